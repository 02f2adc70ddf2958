"""The hosts behind real servers, started by name."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from .ours import make_ours
from .over_authlib import make_authlib
from .plain import make_floor

#: The factory below, as servers name it, and the variables that tell it what to make. Not every
#: server can pass arguments to a factory.
FACTORY = "benchmarks.serve:make_from_environment"
HOST, URL = "BENCH_HOST", "BENCH_URL"

#: How each server starts one worker, by the name in the tables. Threads are the server's default
#: where none are named.
COMMANDS: Mapping[str, Sequence[str]] = {
    "gunicorn sync": ("gunicorn", "--worker-class", "sync"),
    "gunicorn gthread": ("gunicorn", "--worker-class", "gthread", "--threads", "8"),
    "waitress": ("waitress",),
    "granian": ("granian", "--interface", "wsgi", "--workers", "1", "--factory"),
}


def make(host: str, url: str) -> Flask:
    """Make a host by its name."""
    if host == "floor":
        return make_floor(sa.make_url(url).database or "")
    if host == "authlib":
        return make_authlib(url)
    if host == "ours without limits":  # where refusals are its daily bread
        logging.getLogger("flask_introspect").setLevel(logging.CRITICAL)
    app = make_ours(url, **(_UNLIMITED if host == "ours without limits" else {}))
    if host == "ours behind a proxy":  # so that a client can claim any address
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1)  # type: ignore[method-assign]
    return app


def make_from_environment() -> Flask:
    """Make the host that a server was started for."""
    # waitress warns of every request that waits, and writing that would be measured too.
    logging.getLogger("waitress").setLevel(logging.ERROR)
    return make(os.environ[HOST], os.environ[URL])


_UNLIMITED = {
    "INTROSPECT_FAILED_AUTH_LIMIT": "off",
    "INTROSPECT_FAILED_AUTH_ADDRESS_LIMIT": "off",
}


@dataclass(frozen=True)
class Server:
    """A running server."""

    port: int
    pid: int

    def cpu_seconds(self) -> float | None:
        """Add up the processor time of the server and its workers, where the system tells."""
        try:
            children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
            return sum(map(_cpu_seconds, [str(self.pid), *children]))
        except OSError:
            return None


def _cpu_seconds(pid: str) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    user, system = fields[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def served(
    host: str,
    url: str,
    server: str = "gunicorn sync",
    options: Sequence[str] = (),
    core: int | None = None,
) -> Iterator[Server]:
    """Serve a host for a while.

    :param server: a name of :data:`COMMANDS`; :param options: more of its options.
    :param core: the core to keep the server on; ``None`` for any.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", *COMMANDS[server], *options, *_rest(server, port)]
    process = subprocess.Popen(command, env={**os.environ, HOST: host, URL: url})
    if core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(process.pid, {core})  # its workers and threads inherit it
    try:
        _wait(server, process, port)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait(30)


def _rest(server: str, port: int) -> list[str]:
    """List what every command of a kind of server ends with."""
    if server == "waitress":
        return ["--listen", f"127.0.0.1:{port}", "--call", FACTORY]
    if server == "granian":
        return ["--host", "127.0.0.1", "--port", str(port), "--log-level", "error", FACTORY]
    # A server under attack has a queue that it must not work off before it ends.
    address = ["--bind", f"127.0.0.1:{port}", "--graceful-timeout", "1"]
    return [*address, "--log-level", "error", f"{FACTORY}()"]


def _wait(server: str, process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
    raise RuntimeError(f"{server} did not start")
