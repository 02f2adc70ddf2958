"""Connections that are kept between reads."""

from __future__ import annotations

import os
import time
import weakref
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import QueuePool, StaticPool

from .quiet import quiet

__all__ = ["Kept", "Place"]

#: Seconds for which a connection is kept at most. Servers, proxies and ``pool_recycle`` close
#: connections after longer times; opening one a minute costs next to nothing.
_LIFETIME = 60

#: How many reads of a database in memory may run at once; they all use its one connection.
_SHARED_PLACES = 64

#: What was open when this process was forked. The parent still uses it, so it must be neither
#: closed nor collected here.
_inherited: list[Kept] = []


class Place:
    """A place for one connection, used by one thread at a time.

    :param engine: opens the connection.
    :param shared: whether the connection is the host's one and only, of a database in memory. Then
        it is never given back, since that would roll back what the host has not committed yet.
    """

    def __init__(self, engine: sa.Engine, *, shared: bool) -> None:
        self._engine = engine
        self._shared = shared
        self._connection: sa.Connection | None = None
        self._closing: weakref.finalize[..., Any] | None = None
        self._opened = 0.0

    @property
    def is_open(self) -> bool:
        """Whether there is a connection in this place."""
        return self._connection is not None

    def rows(
        self, statement: sa.Select[Any], parameters: Mapping[str, Any]
    ) -> Sequence[sa.Row[Any]]:
        """Read all rows of a statement."""
        connection = self._connection
        if connection is None or time.monotonic() - self._opened > _LIFETIME:
            connection = self._open()
        return connection.execute(statement, parameters).all()

    def _open(self) -> sa.Connection:
        self.close()
        connection = self._engine.connect()
        if not self._shared:
            # Detached first: otherwise the host's next connection in its place would be reset.
            connection.detach()
            driver_connection: Any = connection.connection.dbapi_connection
            self._engine.dialect.set_isolation_level(driver_connection, "AUTOCOMMIT")
            # It also closes what is left when the application is collected.
            self._closing = weakref.finalize(self, _close, driver_connection, os.getpid())
            self._closing.atexit = False
        self._connection, self._opened = connection, time.monotonic()
        return connection

    def close(self) -> None:
        """Close the connection, whatever state it is in."""
        if not self._shared:
            self._connection = None
        if self._closing is not None:
            self._closing()


def _close(driver_connection: Any, process: int) -> None:
    """Close a connection, unless this is a fork of the process that opened it."""
    if process == os.getpid():
        with suppress(Exception):  # it may be broken: that is why it is closed
            driver_connection.close()


class Kept:
    """The places of one pool: at most as many as it has connections of its own.

    Other kinds of pool say by their kind that connections are not to be kept; they get no place.

    :ivar pool: the pool whose connections they were.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self.pool = pool = engine.pool
        shared = type(pool) is StaticPool and engine.dialect.name == "sqlite"
        size = _SHARED_PLACES if shared else pool.size() if type(pool) is QueuePool else 0
        own = quiet(engine)
        # Taken and given back at the same end, as few connections are used as there are reads.
        self._all = tuple(Place(own, shared=shared) for _ in range(size))
        self._places = deque(self._all)

    @property
    def open(self) -> int:
        """How many connections there are in these places, those in use among them."""
        return sum(place.is_open for place in self._all)

    def take(self) -> Place | None:
        """Take a place, or ``None`` where all are in use."""
        try:
            return self._places.pop()
        except IndexError:
            return None

    def give_back(self, place: Place) -> None:
        """Give a place back."""
        self._places.append(place)

    def close(self) -> None:
        """Close the connections that are not in use."""
        for place in list(self._places):
            place.close()

    def abandon(self) -> None:
        """Never touch these connections again."""
        _inherited.append(self)
