"""A real server in a test: gunicorn, and connections that stay with one of its workers."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple

from ..support import FORM, PATH, basic
from .served import SECRET, token_of

_ROOT = Path(__file__).parents[2]


class Answer(NamedTuple):
    status: int
    body: bytes

    @property
    def active(self) -> bool:
        return self.status == 200 and json.loads(self.body)["active"] is True


class Worker:
    """A connection that is kept open, and so stays with the worker that accepted it."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=30)
        self.pid = 0
        self.checked()

    def introspect(self, client_id: str, secret: str = SECRET) -> Answer:
        """Let a client ask about its token."""
        headers = {**basic(client_id, secret), "Content-Type": FORM}
        return self._send("POST", PATH, f"token={token_of(client_id)}", headers)

    def change(self, client_id: str) -> None:
        assert self._send("POST", f"/change/{client_id}", "", {}).status == 200

    def checked(self) -> int:
        """How many secrets the worker checked at full cost."""
        return int(self._send("GET", "/checked", None, {}).body)

    def close(self) -> None:
        self._connection.close()

    def _send(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answer:
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        pid = int(response.headers["X-Worker"])
        assert self.pid in (0, pid), "the connection went to another worker"
        self.pid = pid
        return Answer(response.status, response.read())


class Server:
    """A running gunicorn."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._open: list[Worker] = []

    def connect(self) -> Worker:
        """A connection to whichever worker accepts it."""
        worker = Worker(self.port)
        self._open.append(worker)
        return worker

    def two_workers(self) -> tuple[Worker, Worker]:
        """A connection to each of two workers: while one is stopped, only the other can accept."""
        one = self.connect()
        os.kill(one.pid, signal.SIGSTOP)
        try:
            other = self.connect()
        finally:
            os.kill(one.pid, signal.SIGCONT)
        assert one.pid != other.pid
        return one, other

    def close(self) -> None:
        for worker in self._open:
            worker.close()


@contextmanager
def gunicorn(
    url: str,
    *,
    workers: int,
    threads: int,
    worker_class: str = "gthread",
    served: str = f"{__package__}.served",
    options: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Serve the host of :mod:`.served`, or of another module that makes one.

    The socket listens before the server runs, so nobody has to wait for it.

    :param threads: of each worker, where its class has any.
    :param options: further ones for gunicorn.
    :param environment: further variables for it.
    """
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listening:
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "--bind",
            f"fd://{listening.fileno()}",
            "--keep-alive",
            "60",
        ]
        command += [
            "--worker-class",
            worker_class,
            "--workers",
            str(workers),
            "--threads",
            str(threads),
        ]
        command += ["--log-level", "error", *options, f"{served}:make({url!r})"]
        process = subprocess.Popen(
            command,
            cwd=_ROOT,
            pass_fds=[listening.fileno()],
            env={**os.environ, **(environment or {})},
        )
        server = Server(listening.getsockname()[1])
        try:
            yield server
        finally:
            server.close()
            process.terminate()
            process.wait(30)
