"""What the resource servers of these tests have in common: the server that they ask, and ports."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import pytest
import requests

from example_app.demo import TOKEN

from .blocks import PRINTED
from .tls import Certificates

ROOT = Path(__file__).parents[2]

REQUIRED = os.environ.get("TEST_REQUIRE_CLIENTS") == "1"

#: The caller of the page, its secret, and what it stands for.
CALLER, SECRET, RESOURCE = "orders_api", "the secret", "https://api.example.com/orders"

#: Where Debian keeps the authorities that it trusts.
TRUSTED = "/etc/ssl/certs/ca-certificates.crt"

#: What no server issued. Every client must refuse it.
GARBAGE = "no-such-token"

_ISSUED_TO = ("test_client_1", "test_secret")
_APP = f"example_app:create_app({{'AUDIENCE': {RESOURCE!r}}})"


def missing(what: str) -> None:
    """Skip a test for want of a client, or fail where none may be missing."""
    said = f"{what} is not installed; `.ci/run` installs it"
    if REQUIRED:
        pytest.fail(said)
    pytest.skip(said)


@dataclass
class AuthServer:
    """The example app, over TLS. Its tokens are for :data:`RESOURCE`."""

    url: str
    #: The same without TLS, for a client that trusts only what the system trusts.
    plain_url: str
    #: An address of this machine where nobody listens.
    closed: str
    certificates: Certificates
    environment: Mapping[str, str]

    #: A token of ``user123`` with the scope ``read write``.
    users_token: ClassVar[str] = TOKEN

    @cached_property
    def longer_scope_token(self) -> str:
        """A token whose only scope begins like the one that is asked for."""
        return self.issue_by_command("test_client_1", "read.all", RESOURCE)

    def issue_by_command(self, client_id: str, scope: str, *audience: str) -> str:
        """Issue a token with any scope, by the command line."""
        command = ["introspect", "token", "issue", client_id, "--scope", scope]
        aud = [f"--aud={each}" for each in audience]
        return _flask(self.environment, *command, *aud).strip()

    def issue(self, scope: str = "read write") -> str:
        """Issue a token to a client; nobody's, so ``sub`` is the client."""
        form = {"grant_type": "client_credentials", "scope": scope}
        token: str = self._post("/v1/oauth/token", form).json()["access_token"]
        return token

    def revoke(self, token: str) -> str:
        """Revoke a token that :meth:`issue` issued, and return it."""
        self._post("/v1/oauth/revoke", {"token": token})
        return token

    @property
    def place(self) -> tuple[str, str]:
        """What a block of the page prints, and where the server is."""
        return PRINTED, self.url

    @property
    def closed_place(self) -> tuple[str, str]:
        """The same for a server that is down."""
        return PRINTED, self.closed

    @property
    def trust(self) -> dict[str, str]:
        """The variables that make requests, httpx and curl trust the server's certificate."""
        names = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE")
        return dict.fromkeys(names, str(self.certificates.authority))

    def _post(self, path: str, form: Mapping[str, str]) -> requests.Response:
        answer = requests.post(
            self.url + path,
            form,
            auth=_ISSUED_TO,
            verify=str(self.certificates.authority),
            timeout=30,
        )
        answer.raise_for_status()
        return answer


@contextmanager
def serve_auth(folder: Path, certificates: Certificates) -> Iterator[AuthServer]:
    """Run the example app, with the caller of the page registered by its command line."""
    with ExitStack() as cleanup:
        secure, plain = (
            cleanup.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(2)
        )
        closed = cleanup.enter_context(closed_port())
        url = f"https://localhost:{secure.getsockname()[1]}"
        environment = {
            "DATABASE_URL": f"sqlite:///{folder}/example.db",
            "KEYS_FOLDER": str(folder),
            "ISSUER": url,
            "SECRET_KEY": "shared",
        }
        _register(folder, environment)
        tls = ["--certfile", str(certificates.certificate), "--keyfile", str(certificates.key)]
        for listening, options in ((secure, tls), (plain, [])):
            cleanup.enter_context(gunicorn(listening, _APP, environment, options))
        plain_url = f"http://localhost:{plain.getsockname()[1]}"
        yield AuthServer(url, plain_url, f"https://localhost:{closed}", certificates, environment)


def _register(folder: Path, environment: Mapping[str, str]) -> None:
    """Seed the database of the example app, and add the page's caller with its secret."""
    _flask(environment, "seed")
    _flask(environment, "introspect", "client", "add", CALLER, "--resource", RESOURCE)
    # Authlib's column holds plain text, so the page's secret can stand there.
    with closing(sqlite3.connect(folder / "example.db")) as database, database:
        changed = "UPDATE client SET client_secret = ? WHERE client_id = ?"
        assert database.execute(changed, (SECRET, CALLER)).rowcount == 1


def _flask(environment: Mapping[str, str], *arguments: str) -> str:
    """Run a command of the example app, and return what it printed."""
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", _APP, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        check=True,
        capture_output=True,
        text=True,
    ).stdout


@contextmanager
def gunicorn(
    listening: socket.socket,
    app: str,
    environment: Mapping[str, str],
    options: Sequence[str] = (),
    folder: Path = ROOT,
) -> Iterator[None]:
    """Serve an application on a socket that listens already, so there is nothing to wait for."""
    command = [sys.executable, "-m", "gunicorn", "--bind", f"fd://{listening.fileno()}"]
    command += ["--threads", "4", "--log-level", "error", *options, app]
    with running(command, environment, folder, pass_fds=[listening.fileno()]):
        yield


@contextmanager
def running(
    command: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    pass_fds: Sequence[int] = (),
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server, and end it."""
    process = subprocess.Popen(
        command, cwd=folder, env={**os.environ, **environment}, pass_fds=pass_fds
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def public_folder() -> Iterator[Path]:
    """A directory that a server can read also after it gave root's rights away."""
    with tempfile.TemporaryDirectory(prefix="introspect-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@contextmanager
def closed_port() -> Iterator[int]:
    """A port that nobody else gets, and where nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a server listens that opens its port itself.

    :raises AssertionError: if it ended, or does not listen within half a minute.
    """
    end = time.monotonic() + 30
    while time.monotonic() < end:
        assert process.poll() is None, f"the server ended with {process.returncode}"
        with socket.socket() as connection:
            if connection.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the server does not listen")
