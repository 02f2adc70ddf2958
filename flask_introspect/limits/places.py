"""How many slow hashes may run at once."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from ..errors import TemporarilyUnavailable
from ..records import Refusal

__all__ = ["HashPlaces"]

Found = TypeVar("Found")

#: The lowest priority that Linux knows.
_LOWEST = 19


class HashPlaces:
    """Runs slow hashes in a few threads of their own.

    A slow hash takes a core for a tenth of a second, and anybody can ask for one. So only a few run
    at once, as many again may wait for them, and everybody else is refused at once: whoever waits
    holds a thread of the server. The threads have the lowest priority, so a known caller's request
    goes before.

    :param size: how many run at once.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._tickets = threading.BoundedSemaphore(2 * size)
        self._threads: ThreadPoolExecutor | None = None
        self._process = os.getpid()

    def run(self, work: Callable[[], Found]) -> Found:
        """Do some work in a place.

        :raise TemporarilyUnavailable: all places are taken, and so are those to wait at.
        """
        threads = self._own_threads()
        tickets = self._tickets
        if not tickets.acquire(blocking=False):
            raise TemporarilyUnavailable(
                "Too many clients authenticate at once, try again later",
                reason=Refusal.NO_PLACE,
                retry_after=1,
            )
        try:
            return threads.submit(work).result()
        finally:
            tickets.release()

    def _own_threads(self) -> ThreadPoolExecutor:
        """Return this process's threads; those of a parent don't run in its fork."""
        if self._threads is None or self._process != os.getpid():
            self._process = os.getpid()
            self._tickets = threading.BoundedSemaphore(2 * self._size)
            self._threads = ThreadPoolExecutor(
                self._size,
                thread_name_prefix="introspect-hash",
                initializer=_lower_priority,
                initargs=(threading.get_native_id(),),
            )
        return self._threads


def _lower_priority(caller: int) -> None:
    """Let this thread run when nothing else wants to.

    Where threads are none of the system's, as under gevent, the whole process would be meant: then
    nothing is done.
    """
    thread = threading.get_native_id()
    if sys.platform == "linux" and thread not in (caller, os.getpid()):
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, thread, _LOWEST)
