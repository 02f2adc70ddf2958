"""Driving a server: with wrk where it is installed, else with threads of ours."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from itertools import islice
from pathlib import Path

from .calls import FORM, authorization, encode
from .report import Row
from .rounds import Spread, WrongAnswer, ratios
from .scene import PATH, spread, token
from .serve import Server

_SCRIPT = Path(__file__).with_name("wrk.lua")


@dataclass(frozen=True)
class Load:
    """What a server did under load. Times are milliseconds.

    :ivar per_second: answers with status 200 per second; :ivar bad: how many others there were.
    :ivar per_cpu_second: answers per second of the server's processor time, where the system tells.
        How busy the machine was otherwise hardly shows in it.
    """

    count: int
    bad: int
    per_second: float
    p50: float
    p99: float
    per_cpu_second: float | None = None


#: What tables show of a load, by its unit.
MEASURES: Mapping[str, Callable[[Load], float | None]] = {
    "p50 ms": lambda load: load.p50,
    "p99 ms": lambda load: load.p99,
    "per CPU second": lambda load: load.per_cpu_second,
    "per second": lambda load: load.per_second,
}


def driver() -> str:
    """Name what :func:`drive` uses."""
    return "wrk" if shutil.which("wrk") else "http.client in threads (wrk is not installed)"


def split_cores() -> int | None:
    """Take this process, and what it starts, off the last core, which is left to servers.

    :return: that core; ``None`` where there is only one, or the system does not tell.
    """
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(cores) < 2:
        return None
    os.sched_setaffinity(0, set(cores[:-1]))
    return cores[-1]


def ask(port: int, caller: str, body: bytes) -> tuple[int, bytes]:
    """Ask once, on a connection of its own."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Authorization": authorization(caller), "Content-Type": FORM}
    connection.request("POST", PATH, body, headers)
    response = connection.getresponse()
    answer = response.status, response.read()
    connection.close()
    return answer


def drive(
    server: Server,
    caller: str,
    tokens: int,
    *,
    seconds: float,
    connections: int,
    strict: bool = True,
) -> Load:
    """Ask about tokens for some seconds, on several connections at once.

    A request that is unanswered in the end is in no figure.

    :raise WrongAnswer: some answers were no 200; not unless ``strict``.
    """
    before = server.cpu_seconds()
    with_what = _drive_with_wrk if shutil.which("wrk") else _drive_with_threads
    load = with_what(server.port, caller, tokens, seconds, connections)
    after = server.cpu_seconds()
    if strict and load.bad:
        raise WrongAnswer(f"{load.bad} of {load.count} answers were no 200")
    if before is None or after is None or after == before:
        return load
    return replace(load, per_cpu_second=load.count / (after - before))


def _drive_with_wrk(port: int, caller: str, tokens: int, seconds: float, connections: int) -> Load:
    # Without its time-out of 2 seconds: a slow answer is to be measured, not dropped.
    command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "60s"]
    command += ["-s", str(_SCRIPT), f"http://127.0.0.1:{port}{PATH}", "--"]
    command += [authorization(caller), str(tokens)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    result = next(line for line in output.splitlines() if line.startswith("RESULT"))
    count, duration, bad, p50, p99 = (float(field) for field in result.split()[1:])
    return _load(int(count), int(bad), duration / 1e6, p50 / 1e6, p99 / 1e6)


def _drive_with_threads(
    port: int, caller: str, tokens: int, seconds: float, connections: int
) -> Load:
    end = time.perf_counter() + seconds
    times: list[float] = []
    bad: list[int] = []

    def work(start: int) -> None:
        for number in islice(spread(tokens), start, None):
            before = time.perf_counter()
            if before > end:
                return
            try:
                status, _ = ask(port, caller, encode(token(number)))
            except OSError:
                status = 0
            if time.perf_counter() > end:
                return
            times.append(time.perf_counter() - before)
            if status != 200:
                bad.append(status)

    threads = [threading.Thread(target=work, args=(position,)) for position in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    percentiles = statistics.quantiles(times, n=100) if len(times) > 1 else times * 99 or [0] * 99
    return _load(len(times), len(bad), seconds, percentiles[49], percentiles[98])


def _load(count: int, bad: int, seconds: float, p50: float, p99: float) -> Load:
    if not count:  # all that is known: an answer takes longer than this
        p50 = p99 = seconds
    return Load(count, bad, max(0, count - bad) / seconds, p50 * 1e3, p99 * 1e3)


def rows(
    loads: Mapping[str, Sequence[Load]],
    bases: Mapping[str, str],
    base_name: str,
    compared: Sequence[str] = ("p99 ms", "per CPU second", "per second"),
) -> list[Row]:
    """Make a row for each server, with ratios to its base's, round by round.

    :param bases: the base of each; :param base_name: what its tables call a base.
    :param compared: the units to give ratios in.
    """
    measures: dict[str, dict[str, Spread]] = {name: {} for name in loads}
    for unit, measure in MEASURES.items():
        values = {
            name: [value for load in each if (value := measure(load)) is not None]
            for name, each in loads.items()
        }
        if any(len(values[name]) < len(each) for name, each in loads.items()):
            continue
        for name in loads:
            if unit in compared:
                ratio = f"{unit.removesuffix(' ms')} × {base_name}"
                measures[name][ratio] = ratios(values, bases[name])[name]
            measures[name][unit] = Spread.of(values[name])
    return [Row(name, each) for name, each in measures.items()]
