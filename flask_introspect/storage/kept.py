"""Connections that are kept between reads."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from contextlib import suppress

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.pool import QueuePool, StaticPool

from .place import Place
from .prepared import PreparedStatements
from .quiet import quiet
from .wire import Watch

__all__ = ["Kept"]

#: How many reads of a database in memory may run at once; they all use its one connection.
_SHARED_PLACES = 64

#: What was open when this process was forked. The parent still uses it, so it must be neither
#: closed nor collected here.
_inherited: list[Kept] = []


class Kept:
    """The places of one pool: as many as it has connections.

    Other kinds of pool are meant not to keep connections; they get no place.

    :param seconds: how long a read may take, or wait for a place; ``None`` for no bound.
    :ivar pool: the pool whose connections they were.
    :ivar is_used: whether a place was ever taken, so that connections may exist.
    """

    def __init__(self, engine: sa.Engine, seconds: float | None) -> None:
        self.pool = pool = engine.pool
        shared = type(pool) is StaticPool and engine.dialect.name == "sqlite"
        self._size = _SHARED_PLACES if shared else pool.size() if type(pool) is QueuePool else 0
        self._seconds = seconds
        own, watch = quiet(engine), Watch(seconds) if seconds is not None else None
        statements = PreparedStatements(own)
        # Taken and given back at the same end, so there are no more connections than reads.
        self._all = tuple(
            Place(own, statements, shared=shared, seconds=seconds, watch=watch)
            for _ in range(self._size)
        )
        self._places = deque(self._all)
        self._returned = threading.Condition()
        self._waiting = 0
        self.is_used = False

    @property
    def open(self) -> int:
        """How many connections these places hold, including those in use."""
        return sum(place.is_open for place in self._all)

    def take(self) -> Place | None:
        """Take a place, which may take a moment while all are in use.

        :return: ``None`` where no connection is to be kept.
        :raise sqlalchemy.exc.TimeoutError: none became free.
        """
        self.is_used = True
        try:
            return self._places.pop()
        except IndexError:
            return self._wait_for_place() if self._size else None

    def _wait_for_place(self) -> Place:
        with self._returned:
            self._waiting += 1
            try:
                found = self._returned.wait_for(self._pop, self._seconds)
            finally:
                self._waiting -= 1
        if found is None:
            raise exc.TimeoutError(
                f"all {self._size} connections were in use for {self._seconds} seconds"
            )
        return found

    def _pop(self) -> Place | None:
        with suppress(IndexError):
            return self._places.pop()
        return None

    def give_back(self, place: Place) -> None:
        """Give a place back."""
        self._places.append(place)
        if self._waiting:
            with self._returned:
                self._returned.notify()

    def close(self) -> None:
        """Close the connections that are not in use."""
        for place in self._take_all():
            place.close()
            self.give_back(place)

    def leave(self) -> None:
        """Close them, and those being opened: they are no longer needed."""
        for place in self._take_all():
            place.leave()
            self.give_back(place)

    def _take_all(self) -> Iterable[Place]:
        """Take all places that are not in use, so that nobody uses what is closed."""
        taken: deque[Place] = deque()
        while (place := self._pop()) is not None:
            taken.appendleft(place)  # to be given back in the order that they had
        return taken

    def abandon(self) -> None:
        """Never touch these connections again."""
        _inherited.append(self)
