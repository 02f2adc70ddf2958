"""Schemathesis makes requests out of the OpenAPI document, and holds the answers against it."""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from urllib.request import urlopen

import pytest

from ..conftest import Databases
from ..support import PATH, Clock, Host, db
from .served import METHODS, make, signing_keys

pytestmark = [pytest.mark.real_clients, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
REQUIRED = os.environ.get("TEST_REQUIRE_CLIENTS") == "1"

#: The token of the document's examples.
TOKEN = "2YotnFZFEjr1zCsicMWpAA"

#: What an answer must be, whatever is on offer.
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
)

#: Where credentials stand in the header alone, all that there is: what is wrong by the document is
#: refused, and what is right is not. Elsewhere a request that is right by the document may use two
#: ways to authenticate.
ALL = ("all",)

BASIC, OWN = ["client_secret_basic"], ["--auth", "test_client_1:test_secret"]

Serve = Callable[[Sequence[str]], AbstractContextManager[str]]


@pytest.fixture
def serve(own_databases: Databases) -> Serve:
    """Starts a server with the documented client and token, and these ways to authenticate."""
    if importlib.util.find_spec("schemathesis") is None:
        said = "schemathesis is not installed; requirements/clients.txt brings it"
        pytest.fail(said) if REQUIRED else pytest.skip(said)
    return partial(serving, own_databases)


@contextmanager
def serving(own_databases: Databases, methods: Sequence[str]) -> Iterator[str]:
    url, keys = own_databases("sqlite", "schemathesis"), json.dumps(signing_keys())
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        issuer = f"http://127.0.0.1:{listening.getsockname()[1]}"
        host = Host(make(url, issuer, keys, methods), Clock())
        with host.app.app_context():
            db.drop_all()
            db.create_all()
        host.add_documented()
        host.add_token(TOKEN, exp=None, jti="example")
        with host.app.app_context():
            db.engine.dispose()
        app = f"{__package__}.served:make({url!r}, {issuer!r}, {keys!r}, {[*methods]!r})"
        command = [sys.executable, "-m", "gunicorn", "--bind", f"fd://{listening.fileno()}", app]
        server = subprocess.Popen(command, cwd=ROOT, pass_fds=[listening.fileno()])
        try:
            yield issuer
        finally:
            server.terminate()
            server.wait(30)


@pytest.mark.parametrize(
    ("methods", "options", "checks", "statuses"),
    [
        pytest.param(METHODS, [], CHECKS, {400, 401, 405}, id="unknown"),
        pytest.param(METHODS, OWN, CHECKS, {200, 400, 404, 405}, id="authenticated"),
        pytest.param(BASIC, OWN, ALL, {200, 400, 401, 404, 405}, id="basic alone"),
    ],
)
def test_every_answer_is_what_the_document_says(
    serve: Serve,
    tmp_path: Path,
    methods: Sequence[str],
    options: list[str],
    checks: Sequence[str],
    statuses: set[int],
) -> None:
    har = tmp_path / "answers.har"
    with serve(methods) as issuer:
        with urlopen(f"{issuer}/openapi.json", timeout=30) as answer:
            operation = json.load(answer)["paths"][PATH]["post"]
        schemathesis = str(Path(sys.executable).with_name("schemathesis"))
        command = [schemathesis, "run", f"{issuer}/openapi.json", *options]
        command += ["--checks", ",".join(checks), "--report-har-path", str(har)]
        command += ["--seed", "1", "--max-examples", "100"]
        done = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )
    assert done.returncode == 0, done.stdout + done.stderr
    seen = {each["response"]["status"] for each in json.loads(har.read_text())["log"]["entries"]}
    assert statuses <= seen
    # To Schemathesis, the document's "default" describes every status.
    assert seen <= {int(status) for status in operation["responses"] if status.isdecimal()}
