"""``python -m benchmarks``: measure, print, and write the results into ``benchmarks/results``."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from . import in_process, over_http, scale, schemas, workers
from .report import Report
from .rounds import pin


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--http", action="store_true", help="over HTTP: gunicorn and wrk")
    mode.add_argument("--scale", action="store_true", help="by table size, and memory")
    mode.add_argument("--workers", action="store_true", help="by workers and threads, on PostgreSQL")
    mode.add_argument("--schemas", action="store_true", help="marshmallow's share")
    mode.add_argument("--profile", action="store_true", help="where the time of our usual request goes")
    parser.add_argument("--rounds", type=int, help="by default 25 in process, 21 over HTTP")
    parser.add_argument("--calls", type=int, default=300, help="in process: calls per round and target")
    parser.add_argument("--seconds", type=float, default=1, help="over HTTP: seconds per round and target")
    parser.add_argument("--core", type=int, help="in process: the core to stay on; by default the last one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if report := _measure(options, Path(folder)):
            report.show()
            report.write()


def _measure(options: argparse.Namespace, folder: Path) -> Report | None:
    if options.http:
        return over_http.measure(folder, options.rounds or 21, options.seconds)
    if options.workers:
        return workers.measure(options.rounds or 21, options.seconds)
    pin(options.core)
    if options.scale:
        return scale.measure(options.rounds or 25, options.calls)
    if options.schemas:
        return schemas.measure(options.rounds or 25)
    if options.profile:
        in_process.profile(folder)
        return None
    return in_process.measure(folder, options.rounds or 25, options.calls)


if __name__ == "__main__":
    main()
