"""PgBouncer between a host and its PostgreSQL, handing on sessions after each transaction."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from .servers import PATIENCE, find, free_port

#: How many sessions all its clients share.
SESSIONS = 2

_CONFIGURATION = """\
[databases]
{database} = host={host} port={port} dbname={database} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own_port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {sessions}
"""


@contextmanager
def pgbouncer(url: sa.URL, folder: Path) -> Iterator[sa.URL]:
    """Run PgBouncer before a database, and give the URL to use instead."""
    port = free_port()
    configuration = folder / "pgbouncer.ini"
    configuration.write_text(
        _CONFIGURATION.format(
            database=url.database,
            host=url.host,
            port=url.port or 5432,
            user=url.username,
            own_port=port,
            sessions=SESSIONS,
        )
    )
    become: list[str] = []
    if os.geteuid() == 0:  # it does not like to be root
        shutil.chown(folder, "postgres")
        become = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
    command = [*become, str(find("pgbouncer")), "-q", str(configuration)]
    process = subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL)
    try:
        _wait(process, port)
        yield url.set(host="127.0.0.1", port=port)
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("PgBouncer did not start")
