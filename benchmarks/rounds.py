"""Measuring in turns: A B C ... A B C ...

So whatever else the machine does meets every target alike.
"""

from __future__ import annotations

import gc
import os
import statistics
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .calls import WSGI, Clock, Environ, answer, seconds_of


class WrongAnswer(Exception):
    """A target does not answer as it should; its time means nothing."""


@dataclass
class Target:
    """Something to time.

    :ivar request: makes a fresh request about the token of a number.
    :ivar right: whether an answer is right for it.
    :ivar numbers: the tokens to ask about, one after the other.
    :ivar share: how many of a round's calls it gets; slow ones get fewer.
    """

    name: str
    app: WSGI
    request: Callable[[int], Environ]
    right: Callable[[int, int, Any], bool]
    numbers: Iterator[int]
    share: float = 1.0
    clock: Clock = time.process_time
    seconds: list[float] = field(default_factory=list)

    def check(self, times: int = 3) -> None:
        """Ask a few times.

        :raise WrongAnswer: an answer was not right.
        """
        for _ in range(times):
            number = next(self.numbers)
            status, body = answer(self.app, self.request(number))
            if not self.right(number, status, body):
                raise WrongAnswer(f"{self.name}: {status} {body}")

    def time(self, calls: int) -> None:
        """Take one turn. The requests are made before the clock starts."""
        times = max(1, round(calls * self.share))
        requests = deque(self.request(next(self.numbers)) for _ in range(times))
        gc.collect()
        self.seconds.append(seconds_of(self.app, requests, self.clock) / times)


@dataclass(frozen=True)
class Spread:
    """A measure over the rounds."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Summarise a measure of every round."""
        return cls(statistics.median(values), min(values), max(values))


def pin(core: int | None = None) -> int | None:
    """Keep this process on one core, where the system can."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    core = max(os.sched_getaffinity(0)) if core is None else core
    os.sched_setaffinity(0, {core})
    return core


def run(targets: Sequence[Target], rounds: int, calls: int) -> None:
    """Check every target, warm it up, and time them in turns.

    :raise WrongAnswer: before anything is timed.
    """
    for target in targets:
        target.check()
    for target in targets:
        target.time(calls)
        target.seconds.clear()
    for _ in range(rounds):
        for target in targets:
            target.time(calls)


def ratios(seconds: Mapping[str, Sequence[float]], base: str) -> dict[str, Spread]:
    """Divide each target's time by the base's, round by round."""
    return {
        name: Spread.of([mine / its for mine, its in zip(values, seconds[base], strict=True)])
        for name, values in seconds.items()
    }
