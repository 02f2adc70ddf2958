"""Every ``flask introspect`` line of the pages does what is shown below it."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from ..authentication.test_certificates import CertifiedClient
from ..cli.conftest import CLI
from ..conftest import MakeHost
from ..jwt.issuer import jwk
from ..support import NOW, Host
from .pages import blocks

pytestmark = pytest.mark.slow

DAY = 86400

#: Where the pages keep keys; here it is the directory of the test.
DIRECTORY = "/etc/auth/"

#: Shown on a terminal alone: a prompt, and how far it has come.
HIDDEN = r"Token:|Purging|$"

#: A model with the page's column for a subject, and where a proxy puts certificates.
CERTIFICATES: dict[str, object] = {
    "INTROSPECT_CLIENT_MODEL": CertifiedClient,
    "INTROSPECT_CLIENT_CERTIFICATE": {
        "header": "X-Client-Cert",
        "verified": "X-Client-Verify",
        "from": ["127.0.0.1"],
    },
}

#: It needs a column of plain tokens, which tests/cli has.
ELSEWHERE = {"hash-tokens"}


class Line(NamedTuple):
    """A command as it is typed, and what the page says that it prints."""

    page: str
    typed: str
    printed: list[str]


def lines() -> Iterator[Line]:
    for block in blocks("console"):
        for typed in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
            command, *printed = typed.splitlines()
            if command.startswith("flask introspect "):
                yield Line(block.page, command.removeprefix("flask introspect "), printed)


LINES = [line for line in lines() if line.typed not in ELSEWHERE]


@pytest.fixture
def make_reader(
    make_host: MakeHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Line], Host]:
    """Makes the reader's host, in a directory with the files that the pages speak of."""

    def make(line: Line) -> Host:
        method = re.findall(r"--method (\w+)", line.typed)
        host = make_host(
            INTROSPECT_ISSUER="https://auth.example.com",
            INTROSPECT_AUTH_METHODS={"client_secret_basic", *method},
            **(CERTIFICATES if "tls_client_auth" in line.typed else {}),
        )
        host.add_client("web_shop")
        host.add_token("payments", "web_shop", aud="https://api.example.com/payments")
        host.add_token("dead", "web_shop", exp=NOW - 31 * DAY, jti="dead")
        if "client add" not in line.typed:
            host.add_client("orders_api")
            host.add_client("my_api")
        return host

    monkeypatch.chdir(tmp_path)
    for name in ("jwks.json", "certificate-jwks.json"):
        Path(name).write_text(json.dumps({"keys": [jwk("RS256")]}))
    Path("token.txt").write_text("payments")
    return make


def as_pattern(printed: str) -> str:
    """What a page cuts short, and how many rows there were, may be anything."""
    pattern = re.sub(r"\w*\\\.\\\.\\\.", ".*", re.escape(" ".join(printed.split())))
    return re.sub(r"\d+(?=\\ rows)", r"\\d+", pattern)


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line.page} {line.typed}")
def test_a_command_does_what_its_page_shows(
    make_reader: Callable[[Line], Host], line: Line
) -> None:
    typed, _, target = line.typed.replace(DIRECTORY, "").partition(" > ")
    typed, _, source = typed.partition(" < ")
    stdin = Path(source).read_text() if source else "payments"
    result = CLI(make_reader(line).app)(*shlex.split(typed), stdin=stdin)
    assert result.exit_code == 0, result.output
    output = " ".join(result.output.split())
    for printed in line.printed:
        if not re.match(HIDDEN, printed.strip()):
            assert re.search(as_pattern(printed.replace(DIRECTORY, "")), output), output
    if target:
        json.loads(result.stdout)


def test_the_pages_have_commands() -> None:
    assert len(LINES) > 15
