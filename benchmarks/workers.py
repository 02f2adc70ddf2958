"""Workers and threads: answers per second of our endpoint on PostgreSQL."""

from __future__ import annotations

import os
from contextlib import ExitStack

from .load import Load, drive, driver, rows
from .over_http import check
from .report import Report
from .scale import postgresql_with
from .scene import CALLERS
from .serve import Server, served

TOKENS = 100_000
CONNECTIONS = 8

#: Workers and threads.
SHAPES = ((1, 1), (2, 1), (1, 4), (2, 4))


def measure(rounds: int, seconds: float) -> Report:
    """Load each shape of server for some seconds, in turns."""
    database = os.environ.get("BENCH_POSTGRESQL_URL")
    if not database:
        raise SystemExit(
            "--workers needs BENCH_POSTGRESQL_URL, such as postgresql+psycopg://user@host/database"
        )
    caller = CALLERS["scrypt"]
    loads: dict[str, list[Load]] = {_name(*shape): [] for shape in SHAPES}
    with postgresql_with(database, TOKENS) as url, ExitStack() as running:
        servers = {_name(*shape): _start(running, url, *shape) for shape in SHAPES}
        for turn in range(rounds + 1):
            for name, each in servers.items():
                check(each.port, caller, name)
                load = drive(each, caller, TOKENS, seconds=seconds, connections=CONNECTIONS)
                if turn:
                    loads[name].append(load)
    turns = f"{CONNECTIONS} connections; {rounds} rounds of {seconds:g} s; {driver()}"
    bases = dict.fromkeys(loads, _name(*SHAPES[0]))
    return Report("workers", f"Ours on PostgreSQL: gunicorn, {turns}", rows(loads, bases, "one"))


def _name(workers: int, threads: int) -> str:
    return f"workers: {workers}, threads: {threads}"


def _start(running: ExitStack, url: str, workers: int, threads: int) -> Server:
    server = "gunicorn sync" if threads == 1 else "gunicorn gthread"
    options = ["--workers", str(workers), "--threads", str(threads)]
    return running.enter_context(served("ours", url, server, options))
