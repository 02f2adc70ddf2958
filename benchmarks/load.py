"""Driving a server: with wrk where it is installed, else with threads of ours."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import threading
import time
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from itertools import islice
from pathlib import Path

from .calls import FORM, authorization, encode
from .rounds import WrongAnswer
from .scene import PATH, spread, token
from .serve import Server

_SCRIPT = Path(__file__).with_name("wrk.lua")


@dataclass(frozen=True)
class Load:
    """What a server did under load. Times are milliseconds.

    :ivar per_cpu_second: answers per second of processor time of the workers, where the system tells: how busy the
        machine was otherwise hardly shows in it.
    """

    per_second: float
    p50: float
    p99: float
    per_cpu_second: float | None = None


def driver() -> str:
    """What :func:`drive` uses."""
    return "wrk" if shutil.which("wrk") else "http.client in threads (wrk is not installed)"


def ask(port: int, caller: str, body: bytes) -> tuple[int, bytes]:
    """One request, on a connection of its own."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", PATH, body, {"Authorization": authorization(caller), "Content-Type": FORM})
    response = connection.getresponse()
    answer = response.status, response.read()
    connection.close()
    return answer


def drive(server: Server, caller: str, tokens: int, *, seconds: float, connections: int) -> Load:
    """Ask about tokens for some seconds, on several connections at once.

    :raise WrongAnswer: some answers were no 200.
    """
    before = server.cpu_seconds()
    with_what = _drive_with_wrk if shutil.which("wrk") else _drive_with_threads
    count, load = with_what(server.port, caller, tokens, seconds, connections)
    after = server.cpu_seconds()
    if before is None or after is None or after == before:
        return load
    return replace(load, per_cpu_second=count / (after - before))


def _drive_with_wrk(port: int, caller: str, tokens: int, seconds: float, connections: int) -> tuple[float, Load]:
    command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "-s", str(_SCRIPT)]
    command += [f"http://127.0.0.1:{port}{PATH}", "--", authorization(caller), str(tokens)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    result = next(line for line in output.splitlines() if line.startswith("RESULT"))
    count, duration, bad, p50, p99 = (float(field) for field in result.split()[1:])
    if bad:
        raise WrongAnswer(f"{bad:.0f} of {count:.0f} answers were no 200")
    return count, Load(count / duration * 1e6, p50 / 1e3, p99 / 1e3)


def _drive_with_threads(port: int, caller: str, tokens: int, seconds: float, connections: int) -> tuple[float, Load]:
    end = time.perf_counter() + seconds
    times: list[float] = []
    bad: list[int] = []

    def work(start: int) -> None:
        for number in islice(spread(tokens), start, None):
            before = time.perf_counter()
            if before > end:
                return
            status, _ = ask(port, caller, encode(token(number)))
            times.append(time.perf_counter() - before)
            if status != 200:
                bad.append(status)

    threads = [threading.Thread(target=work, args=(position,)) for position in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if bad:
        raise WrongAnswer(f"{len(bad)} of {len(times)} answers were no 200")
    percentiles = statistics.quantiles(times, n=100)
    return len(times), Load(len(times) / seconds, percentiles[49] * 1e3, percentiles[98] * 1e3)
