"""Schemathesis makes requests out of the OpenAPI document, and holds the answers against it."""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from ..conftest import Databases
from ..support import PATH, Clock, Host, db
from .served import make, signing_keys

pytestmark = [pytest.mark.real_clients, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
REQUIRED = os.environ.get("TEST_REQUIRE_CLIENTS") == "1"

#: The token of the document's examples.
TOKEN = "2YotnFZFEjr1zCsicMWpAA"

#: What an answer must be. Schemathesis takes any 400 for a refusal of its data, but a request that
#: is right by the document may use two ways to authenticate, so what is refused is left to ours.
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
)


@pytest.fixture(scope="module")
def issuer(own_databases: Databases) -> Iterator[str]:
    """A server with the documented client and token."""
    if importlib.util.find_spec("schemathesis") is None:
        said = "schemathesis is not installed; requirements/clients.txt brings it"
        pytest.fail(said) if REQUIRED else pytest.skip(said)
    url, keys = own_databases("sqlite", "schemathesis"), json.dumps(signing_keys())
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        issuer = f"http://127.0.0.1:{listening.getsockname()[1]}"
        host = Host(make(url, issuer, keys), Clock())
        with host.app.app_context():
            db.create_all()
        host.add_documented()
        host.add_token(TOKEN, exp=None, jti="example")
        with host.app.app_context():
            db.engine.dispose()
        app = f"{__package__}.served:make({url!r}, {issuer!r}, {keys!r})"
        command = [sys.executable, "-m", "gunicorn", "--bind", f"fd://{listening.fileno()}", app]
        server = subprocess.Popen(command, cwd=ROOT, pass_fds=[listening.fileno()])
        try:
            yield issuer
        finally:
            server.terminate()
            server.wait(30)


@pytest.mark.parametrize(
    ("options", "statuses"),
    [
        ([], {400, 401, 405}),
        (["--auth", "test_client_1:test_secret"], {200, 400, 404, 405}),
    ],
    ids=["unknown", "authenticated"],
)
def test_every_answer_is_what_the_document_says(
    issuer: str, tmp_path: Path, options: list[str], statuses: set[int]
) -> None:
    with urlopen(f"{issuer}/openapi.json", timeout=30) as answer:
        operation = json.load(answer)["paths"][PATH]["post"]
    described = {int(status) for status in operation["responses"] if status.isdecimal()}
    har = tmp_path / "answers.har"
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", f"{issuer}/openapi.json"]
    command += [*options, "--checks", ",".join(CHECKS), "--report-har-path", str(har)]
    command += ["--seed", "1", "--max-examples", "100"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    seen = {each["response"]["status"] for each in json.loads(har.read_text())["log"]["entries"]}
    assert statuses <= seen
    # To Schemathesis, the document's "default" describes every status.
    assert seen <= described
