"""The wire to a server, which can be cut from another thread when no answer comes.

A server that is frozen, or has vanished, ends nothing by itself. Few drivers bound how long they
wait for it, and those only if the host says so when it connects.
"""

from __future__ import annotations

import socket
import threading
import time
import weakref
from contextlib import suppress
from typing import Any

__all__ = ["Watch", "Wire"]

#: Seconds from one look at the reads to the next.
_STEP = 1.0

#: Seconds that a server has to end a statement by itself, and to say so.
_GRACE = 1.0


class Wire:
    """A second handle on the socket of a connection.

    :param driver_connection: the driver's own.
    :ivar since: when the current read began, by the monotonic clock.
    :ivar is_seen: whether the driver shows its socket. Otherwise nothing can be cut.
    """

    def __init__(self, driver_connection: Any) -> None:
        self.since: float | None = None
        self._socket = _second_handle(driver_connection)
        self.is_seen = self._socket is not None
        self._lock = threading.Lock()

    def cut(self) -> None:
        """Cut the connection; a read that waits on it gets an error at once."""
        with self._lock, suppress(OSError):  # it may be closed already
            if self._socket is not None:
                self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the socket, without changing it."""
        with self._lock:
            if self._socket is not None:
                self._socket.close()
                self._socket = None


def _second_handle(driver_connection: Any) -> socket.socket | None:
    """Duplicate a connection's socket; ``None`` if the driver shows none.

    Our own handle stays ours when the driver closes its: it never names another file.
    """
    shown = getattr(driver_connection, "fileno", None)
    if shown is None:  # PyMySQL and pg8000 are written in Python, and hold a socket of Python's
        held = getattr(driver_connection, "__dict__", {}).values()
        shown = next((each.fileno for each in held if isinstance(each, socket.socket)), None)
    if shown is not None:
        with suppress(Exception):  # it may be closed already; whoever reads by it is told
            return socket.fromfd(shown(), socket.AF_INET, socket.SOCK_STREAM)
    return None


class Watch:
    """Cuts the wires of reads that take too long, from a thread that lives while there are wires.

    A read only has to note when it began.

    :param seconds: how long a read may take. It is cut off one to two seconds later, since a
        server that is alive ends it by itself, and frees what it holds.
    """

    def __init__(self, seconds: float) -> None:
        self._limit = seconds + _GRACE
        self._wires: weakref.WeakSet[Wire] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._is_running = False

    def add(self, wire: Wire) -> None:
        """Watch a wire, for as long as somebody holds it."""
        with self._lock:
            self._wires.add(wire)
            if not self._is_running:
                threading.Thread(target=self._run, name="introspect-watch", daemon=True).start()
                self._is_running = True

    def is_over(self, since: float) -> bool:
        """Tell whether a read that began then is one that is cut off."""
        return time.monotonic() - since >= self._limit

    def _run(self) -> None:
        while self._look():
            time.sleep(_STEP)

    def _look(self) -> bool:
        """Cut what is over.

        :return: whether there is anything left to watch.
        """
        with self._lock:
            wires = list(self._wires)
            self._is_running = bool(wires)
        for wire in wires:
            since = wire.since
            if since is not None and self.is_over(since):
                wire.cut()
        return bool(wires)
