"""Over HTTP: gunicorn with one worker for each host, driven in turns."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import chain
from pathlib import Path

from . import ours, over_authlib
from .calls import encode
from .load import Load, ask, drive, driver
from .report import Report, Row
from .rounds import Spread, WrongAnswer, ratios
from .scene import CALLERS, OWNER, token
from .serve import served

TOKENS = 1000
CONNECTIONS = 4


def check(port: int, caller: str, name: str, number: int = 1) -> None:
    """Ask once.

    :raise WrongAnswer: the token is not active.
    """
    status, body = ask(port, caller, encode(token(number)))
    if status != 200 or json.loads(body).get("active") is not True:
        raise WrongAnswer(f"{name}: {status} {body!r}")


def measure(folder: Path, rounds: int, seconds: float) -> Report:
    """Load each server for some seconds, in turns."""
    url, authlib_url = f"sqlite:///{folder / 'ours.db'}", f"sqlite:///{folder / 'authlib.db'}"
    with ours.make_ours(url).app_context():
        ours.seed(TOKENS)
    with over_authlib.make_authlib(authlib_url).app_context():
        over_authlib.seed(TOKENS)
    hosts = {
        "floor": ("floor", url, CALLERS["sha256"]),
        "ours, secret as scrypt": ("ours", url, CALLERS["scrypt"]),
        "ours, over Authlib's tables": ("ours_over_authlib", authlib_url, OWNER),
        "Authlib's endpoint, plain-text secret": ("authlib", authlib_url, OWNER),
    }
    loads: dict[str, list[Load]] = {name: [] for name in hosts}
    # The server has one core, wrk another, where there are two.
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    core = cores[-1] if len(cores) > 1 else None
    with ExitStack() as running:
        servers = {name: running.enter_context(served(host, at, core=core)) for name, (host, at, _) in hosts.items()}
        if core is not None:
            os.sched_setaffinity(0, set(cores[:-1]))
        for turn in range(rounds + 1):
            for name, (_, _, caller) in hosts.items():
                check(servers[name].port, caller, name)
                load = drive(servers[name], caller, TOKENS, seconds=seconds, connections=CONNECTIONS)
                if turn:  # the first is for warming up
                    loads[name].append(load)
    turns = f"{CONNECTIONS} connections; {rounds} rounds of {seconds:g} s; {driver()}"
    return Report("over_http", f"Over HTTP: gunicorn, one sync worker, {turns}", rows(loads, "floor", "floor"))


def rows(loads: dict[str, list[Load]], base: str, base_name: str) -> Sequence[Row]:
    """A row for each server, with ratios to the base's, round by round."""
    measures: dict[str, dict[str, Spread]] = {name: {} for name in loads}
    for unit, value, ratio in (
        ("p50 ms", lambda load: load.p50, None),
        ("p99 ms", lambda load: load.p99, f"p99 × {base_name}"),
        ("per CPU second", lambda load: load.per_cpu_second, f"per CPU second × {base_name}"),
        ("per second", lambda load: load.per_second, f"per second × {base_name}"),
    ):
        values = {name: [value(load) for load in each] for name, each in loads.items()}
        if None in chain(*values.values()):
            continue
        by_base = ratios(values, base)
        for name in loads:
            measures[name][unit] = Spread.of(values[name])
            if ratio:
                measures[name][ratio] = by_base[name]
    return [Row(name, each) for name, each in measures.items()]
