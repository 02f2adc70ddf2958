"""The hosts behind a real server: gunicorn, on a core of their own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from .ours import make_ours
from .over_authlib import make_authlib, make_ours_over_authlib
from .plain import make_floor

_MAKERS = {"ours": make_ours, "authlib": make_authlib, "ours_over_authlib": make_ours_over_authlib}


def make(name: str, url: str) -> Flask:
    """What gunicorn loads."""
    if name == "floor":
        return make_floor(sa.make_url(url).database or "")
    return _MAKERS[name](url)


@dataclass(frozen=True)
class Server:
    """A running server."""

    port: int
    pid: int

    def cpu_seconds(self) -> float | None:
        """The processor time that its workers have used, where the system tells."""
        try:
            children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
            stats = [Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split() for child in children]
        except OSError:
            return None
        return sum(int(user) + int(system) for *_, user, system in (stat[:13] for stat in stats)) / os.sysconf(
            "SC_CLK_TCK"
        )


@contextmanager
def served(name: str, url: str, *, workers: int = 1, threads: int = 1, core: int | None = None) -> Iterator[Server]:
    """Serve a host for a while.

    :param core: the core to keep the server on; ``None`` for any.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--log-level", "error"]
    command += ["--workers", str(workers), "--threads", str(threads), f"benchmarks.serve:make({name!r}, {url!r})"]
    process = subprocess.Popen(command)
    if core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(process.pid, {core})  # before it forks its workers, which inherit it
    try:
        _wait(process, port)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait(30)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
    raise RuntimeError("gunicorn did not start")
