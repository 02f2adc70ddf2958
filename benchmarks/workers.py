"""Workers and threads: requests per second of our endpoint on PostgreSQL."""

from __future__ import annotations

import os
from contextlib import ExitStack

from .load import Load, drive, driver
from .over_http import check, rows
from .report import Report
from .scale import postgresql_with
from .scene import CALLERS
from .serve import served

TOKENS = 100_000
CONNECTIONS = 8

#: Workers and threads.
SHAPES = ((1, 1), (2, 1), (1, 4), (2, 4))


def measure(rounds: int, seconds: float) -> Report:
    """Load each shape of server for some seconds, in turns."""
    server = os.environ.get("BENCH_POSTGRESQL_URL")
    if not server:
        raise SystemExit("--workers needs BENCH_POSTGRESQL_URL, such as postgresql+psycopg://user@host/database")
    names = {(workers, threads): f"workers: {workers}, threads: {threads}" for workers, threads in SHAPES}
    base = names[SHAPES[0]]
    caller = CALLERS["scrypt"]
    loads: dict[str, list[Load]] = {name: [] for name in names.values()}
    with postgresql_with(server, TOKENS) as url, ExitStack() as running:
        servers = {
            name: running.enter_context(served("ours", url, workers=workers, threads=threads))
            for (workers, threads), name in names.items()
        }
        for turn in range(rounds + 1):
            for name, each in servers.items():
                check(each.port, caller, name)
                load = drive(each, caller, TOKENS, seconds=seconds, connections=CONNECTIONS)
                if turn:
                    loads[name].append(load)
    title = f"Ours on PostgreSQL: gunicorn, {CONNECTIONS} connections; {rounds} rounds of {seconds:g} s; {driver()}"
    return Report("workers", title, rows(loads, base, "one"))
