"""Connections that are kept between reads."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import QueuePool, StaticPool

from .quiet import quiet

__all__ = ["Kept", "Place", "can_be_kept"]

#: Seconds for which a connection is kept at most. Servers, proxies and ``pool_recycle`` close
#: connections after longer times; opening one a minute costs next to nothing.
_LIFETIME = 60

#: How many reads of a database in memory may run at once; they all use its one connection.
_SHARED_PLACES = 64

#: What was open when this process was forked. The parent still uses it, so it must be neither
#: closed nor collected here.
_inherited: list[Kept] = []


def can_be_kept(engine: sa.Engine) -> bool:
    """Tell whether connections of an engine's pool may be kept.

    Other kinds of pool say by their kind that connections are not to be kept.
    """
    return type(engine.pool) is QueuePool or _is_in_memory(engine)


def _is_in_memory(engine: sa.Engine) -> bool:
    return type(engine.pool) is StaticPool and engine.dialect.name == "sqlite"


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
        self._driver_connection: Any = None
        self._opened = 0.0
        self._process = os.getpid()

    def __del__(self) -> None:
        # In a fork the parent still uses the connection.
        if self._process == os.getpid():
            self.close()

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
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.detach()
            self._driver_connection = connection.connection.dbapi_connection
        self._connection, self._opened = connection, time.monotonic()
        self._process = os.getpid()
        return connection

    def close(self) -> None:
        """Close the connection, whatever state it is in."""
        driver_connection, self._driver_connection = self._driver_connection, None
        if not self._shared:
            self._connection = None
        if driver_connection is not None:
            with suppress(Exception):  # it may be broken, that's why it is closed
                driver_connection.close()


class Kept:
    """The places of one pool: at most as many as it has connections of its own.

    :ivar pool: the pool whose connections they were.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self.pool = engine.pool
        shared = _is_in_memory(engine)
        size = engine.pool.size() if isinstance(engine.pool, QueuePool) else _SHARED_PLACES
        own = quiet(engine)
        # Taking from the right and giving back there uses as few connections as there are reads.
        self._places = deque(Place(own, shared=shared) for _ in range(size))

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
