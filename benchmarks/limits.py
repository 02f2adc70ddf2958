"""What it costs to be counted: each limit, in memory and in Redis."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from . import ours
from .in_process import FLOOR, seed, usual
from .plain import make_floor
from .report import Report, rows_of
from .rounds import Target, run
from .scene import CALLERS

#: Never reached.
MANY = "1000000 per minute"
LIMITS = ("INTROSPECT_INACTIVE_LIMIT", "INTROSPECT_RATE_LIMIT")


def make_targets(folder: Path) -> Iterator[Target]:
    """Seed a database, and make every target."""
    path, _ = seed(folder)
    url, caller = f"sqlite:///{path}", CALLERS["sha256"]
    yield usual(FLOOR, make_floor(str(path)), caller)
    yield usual("none", ours.make_ours(url), caller)
    storages = {"memory": "memory://"}
    if redis := os.environ.get("BENCH_REDIS_URL"):
        storages["Redis"] = redis
    for storage, uri in storages.items():
        for limit in LIMITS:
            config = {limit: MANY, "INTROSPECT_LIMIT_STORAGE_URI": uri}
            yield usual(f"{limit} in {storage}", ours.make_ours(url, **config), caller)


def measure(folder: Path, rounds: int, calls: int) -> Report:
    """Time everything, in turns, by the clock on the wall: Redis is waited for."""
    targets = list(make_targets(folder))
    for target in targets:
        target.clock = time.perf_counter
    run(targets, rounds, calls)
    title = f"Elapsed time per answer, in process; {rounds} rounds of {calls} calls"
    return Report("limits", title, rows_of(targets, FLOOR, "× floor"))
