"""``python -m benchmarks``: measure, print, and write the results into ``benchmarks/results``.

Without a mode, everything is measured in process. The modes:

--http      four servers, one worker each: a bare view, our endpoint, Authlib's
--attack    a healthy caller while somebody else sends wrong secrets
--scale     by table size, and memory
--workers   by workers and threads, on PostgreSQL; needs ``BENCH_POSTGRESQL_URL``
--signed    JWT access tokens and signed answers, against an opaque token
--soak      many requests while everything changes: not one stale answer, no growth; on PostgreSQL
            and MariaDB where ``BENCH_POSTGRESQL_URL`` and ``BENCH_MARIADB_URL`` name them
--timing    what the time of an answer tells: who is unknown, which tokens there are
--events    signals, log lines, metrics and spans
--limits    limits in memory, and in the Redis that ``BENCH_REDIS_URL`` names
--schemas   marshmallow's share
--profile   where the time of our usual request goes; writes nothing
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping
from pathlib import Path

from . import (
    attack,
    events,
    in_process,
    limits,
    over_http,
    scale,
    schemas,
    signed,
    soak,
    timing,
    workers,
)
from .report import Report
from .rounds import pin

MODES: Mapping[str, str] = {
    "--http": "over HTTP, on four servers",
    "--attack": "a healthy caller while somebody else sends wrong secrets",
    "--scale": "by table size, and memory",
    "--workers": "by workers and threads, on PostgreSQL",
    "--signed": "JWT access tokens and signed answers",
    "--soak": "many requests while everything changes",
    "--timing": "what the time of an answer tells",
    "--events": "signals, log lines, metrics and spans",
    "--limits": "limits in memory and in Redis",
    "--schemas": "marshmallow's share",
    "--profile": "where the time of our usual request goes",
}


def main() -> None:
    """Measure what the command line asks for."""
    options = _parser().parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if report := _measure(options, Path(folder)):
            report.show()
            if not options.dry:
                report.write()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure in process, or in one of the modes; print the results and keep them.",
    )
    mode = parser.add_mutually_exclusive_group()
    for flag, text in MODES.items():
        mode.add_argument(flag, action="store_true", help=text)
    rounds = "by default 25 in process, 21 over HTTP, 7 under attack"
    parser.add_argument("--rounds", type=int, help=rounds)
    calls = "in process: calls per round and target"
    parser.add_argument("--calls", type=int, default=300, help=calls)
    samples = "timing: how many of each; by default 20,000"
    parser.add_argument("--samples", type=int, default=20_000, help=samples)
    requests = "soak: how many; by default 200,000"
    parser.add_argument("--requests", type=int, default=200_000, help=requests)
    seconds = "over HTTP: seconds per round and target, wrk takes 1 at least; "
    parser.add_argument("--seconds", type=float, help=f"{seconds}by default 1, under attack 5")
    dry = "print the results, and keep nothing"
    parser.add_argument("--dry", action="store_true", help=dry)
    core = "in process: the core to stay on; by default the last one"
    parser.add_argument("--core", type=int, help=core)
    return parser


def _measure(options: argparse.Namespace, folder: Path) -> Report | None:
    if options.http:
        return over_http.measure(folder, options.rounds or 21, options.seconds or 1)
    if options.attack:
        return attack.measure(folder, options.rounds or 7, options.seconds or 5)
    if options.workers:
        return workers.measure(options.rounds or 21, options.seconds or 1)
    if options.timing:
        return timing.measure(folder, options.samples)
    if options.soak:
        return soak.measure(folder, options.requests)
    pin(options.core)
    if options.scale:
        return scale.measure(options.rounds or 25, options.calls)
    if options.signed:
        return signed.measure(folder, options.rounds or 25, options.calls)
    if options.events:
        return events.measure(folder, options.rounds or 25, options.calls)
    if options.limits:
        return limits.measure(folder, options.rounds or 25, options.calls)
    if options.schemas:
        return schemas.measure(options.rounds or 25)
    if options.profile:
        in_process.profile(folder)
        return None
    return in_process.measure(folder, options.rounds or 25, options.calls)


if __name__ == "__main__":
    main()
