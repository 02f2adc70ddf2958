"""How many slow hashes may run at once."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TypeVar

from ..errors import TemporarilyUnavailable
from ..records import Refusal

__all__ = ["HashPlaces"]

Found = TypeVar("Found")

#: This many wrong secrets within this many seconds are more than mistakes.
_FAILURES, _SECONDS = 4, 10.0

#: How many may hold a place while secrets are right.
_MAX_WAITING = 64

#: The lowest priority that Linux knows.
_LOWEST = 19


class HashPlaces:
    """Runs slow hashes in a few separate threads.

    A slow hash takes a core for a tenth of a second, and anybody can ask for one. So only a few run
    at once. Others wait for them: after a restart, every client comes with a secret that must be
    hashed. But each waiting request holds a thread of the server; so when secrets keep turning out
    wrong, only as many wait as run, and the rest are refused at once. The threads have the lowest
    priority, so a known caller's request goes before.

    :param size: how many run at once.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._taken = 0
        self._ran = 0
        self._failed_at: deque[float] = deque(maxlen=_FAILURES)
        self._threads: ThreadPoolExecutor | None = None
        self._process = os.getpid()

    @property
    def taken(self) -> int:
        """How many places are held now."""
        return self._taken

    @property
    def ran(self) -> int:
        """How many hashes were run."""
        return self._ran

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place: one where a hash runs, or one to wait for that.

        :raise TemporarilyUnavailable: there is none left.
        """
        with self._own_lock():
            if self._taken >= self._limit():
                raise TemporarilyUnavailable(
                    "Too many clients authenticate at once, try again later",
                    reason=Refusal.NO_PLACE,
                    retry_after=1,
                )
            self._taken += 1
        try:
            yield
        finally:
            with self._own_lock():
                self._taken -= 1

    def run(self, work: Callable[[], Found]) -> Found:
        """Do some work in one of the threads. Hold a place meanwhile."""
        with self._own_lock():
            self._ran += 1
            if self._threads is None:
                self._threads = ThreadPoolExecutor(
                    self._size,
                    thread_name_prefix="introspect-hash",
                    initializer=_lower_priority,
                    initargs=(threading.get_native_id(),),
                )
        return self._threads.submit(work).result()

    def note_failure(self) -> None:
        """Note that a secret turned out wrong."""
        self._failed_at.append(time.monotonic())

    def _limit(self) -> int:
        """Say how many may hold a place now."""
        failed = self._failed_at
        if len(failed) == _FAILURES and time.monotonic() - failed[0] < _SECONDS:
            return 2 * self._size
        return _MAX_WAITING

    def _own_lock(self) -> threading.Lock:
        """Return this process's lock: in a fork, begin afresh without the parent's threads."""
        if self._process != os.getpid():
            self._process = os.getpid()
            self._lock = threading.Lock()
            self._taken = 0
            self._threads = None
        return self._lock


def _lower_priority(caller: int) -> None:
    """Let this thread run when nothing else wants to.

    If threads are not the system's, as under gevent, that would affect the whole process: then
    nothing is done.
    """
    thread = threading.get_native_id()
    if sys.platform == "linux" and thread not in (caller, os.getpid()):
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, thread, _LOWEST)
