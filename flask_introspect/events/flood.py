"""A limit on log lines of one kind a minute; the rest are counted."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import NamedTuple

__all__ = ["Flood", "Summed"]


class Summed(NamedTuple):
    """What was counted instead of being logged."""

    name: str
    level: int
    lines: int


class _Minute:
    """One name's lines in the current minute."""

    def __init__(self, since: float, level: int) -> None:
        self.since = since
        self.level = level
        self.count = 0


class Flood:
    """Lets a few lines of each name through in a minute, and counts the others.

    :param most: how many it lets through.
    :param seconds: how long a "minute" is.
    :param clock: gives the present time in seconds, from any beginning.
    """

    def __init__(
        self, most: int = 20, seconds: float = 60.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.most = most
        self.seconds = seconds
        self._clock = clock
        self._lock = Lock()
        self._minutes: dict[str, _Minute] = {}

    def take(self, name: str, level: int) -> int:
        """Count a line.

        :return: how many lines there is still room for, this one included; 0 where it is only
            counted.
        """
        with self._lock:
            minute = self._minutes.setdefault(name, _Minute(self._clock(), level))
            minute.count += 1
            return max(0, self.most + 1 - minute.count)

    def ended(self) -> list[Summed]:
        """Close the minutes that are over, and return what was only counted in them."""
        with self._lock:
            before = self._clock() - self.seconds
            over = [name for name, minute in self._minutes.items() if minute.since <= before]
            minutes = [(name, self._minutes.pop(name)) for name in over]
        return [
            Summed(name, minute.level, minute.count - self.most)
            for name, minute in minutes
            if minute.count > self.most
        ]
