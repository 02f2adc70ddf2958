"""A place for one connection that is kept."""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, wait
from contextlib import suppress
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import exc

from .attempts import begin
from .prepared import PreparedStatements
from .sessions import bound_statements, leave_to_pooler
from .wire import Watch, Wire

__all__ = ["Place"]

#: Seconds for which a connection is kept at most. Servers, proxies and ``pool_recycle`` close
#: connections after longer times; opening one a minute costs next to nothing.
_LIFETIME = 60


class Opened(NamedTuple):
    """A connection that was opened to be kept."""

    connection: sa.Connection
    driver_connection: Any
    wire: Wire


class Place:
    """A place for one connection, used by one thread at a time.

    :param engine: opens the connection.
    :param statements: reads with it.
    :param shared: whether the connection is the host's only one, of a database in memory. Then it
        is never given back, since that would roll back what the host has not committed yet.
    :param seconds: how long opening, and reading, may take; ``None`` for no bound.
    :param watch: cuts off reads that take longer.
    """

    def __init__(
        self,
        engine: sa.Engine,
        statements: PreparedStatements,
        *,
        shared: bool,
        seconds: float | None,
        watch: Watch | None,
    ) -> None:
        self._engine = engine
        self._statements = statements
        self._shared = shared
        self._seconds = seconds
        self._watch = watch
        # SQLite has no socket that could go dead, and may want its connections used by one thread.
        self._has_wire = engine.dialect.name != "sqlite"
        self._connection: sa.Connection | None = None
        self._driver_connection: Any = None
        self._wire = Wire(None)
        self._attempt: Future[Opened] | None = None
        self._leaving: weakref.finalize[..., Any] | None = None
        self._closing: weakref.finalize[..., Any] | None = None
        self._opened = 0.0

    @property
    def is_open(self) -> bool:
        """Whether there is a connection in this place."""
        return self._connection is not None

    def rows(
        self, statement: sa.Select[Any], parameters: Mapping[str, Any]
    ) -> Sequence[Sequence[Any]]:
        """Read all rows of a statement.

        :raise sqlalchemy.exc.TimeoutError: there was no answer in time.
        """
        now = time.monotonic()
        if self._connection is None or now - self._opened > _LIFETIME:
            self._open()
            now = self._opened
        wire = self._wire
        wire.since = now
        try:
            return self._statements.rows(self._driver_connection, statement, parameters)
        except Exception as error:
            if self._shared and getattr(error, "connection_invalidated", False):
                self._connection = None  # the host has another by now
            if self._watch is not None and self._watch.is_over(now):
                raise self._no_answer("answered a read") from None
            raise
        finally:
            wire.since = None

    def _no_answer(self, what: str) -> exc.TimeoutError:
        return exc.TimeoutError(f"the server has not {what} within {self._seconds} seconds")

    def _open(self) -> None:
        self.close()
        if self._shared:
            self._connection = self._engine.connect()
            self._driver_connection = self._connection.connection.dbapi_connection
        else:
            opened = self._connect_in_time() if self._has_wire else self._connect()
            self._connection, self._driver_connection, self._wire = opened
            if self._watch is not None and self._wire.is_seen:
                self._watch.add(self._wire)
            # It also closes what is left when the application is collected.
            self._closing = weakref.finalize(
                self, _close, self._driver_connection, self._wire, os.getpid()
            )
            self._closing.atexit = False
        self._opened = time.monotonic()

    def _connect_in_time(self) -> Opened:
        """Wait for a connection no longer than is allowed.

        An attempt that hangs goes on. The next read waits for the same attempt, so each place has
        at most one, and one that succeeds late is not lost.
        """
        if self._seconds is None:
            return self._connect()
        attempt = self._attempt
        if attempt is None or (attempt.done() and attempt.exception() is not None):
            attempt = self._attempt = begin(self._connect)
            self._leaving = weakref.finalize(self, attempt.add_done_callback, _close_late)
            self._leaving.atexit = False
        if not wait([attempt], self._seconds).done:
            raise self._no_answer("let us connect")
        self._forget_attempt()
        return attempt.result()

    def _forget_attempt(self) -> None:
        self._attempt = None
        if self._leaving is not None:
            self._leaving.detach()

    def _connect(self) -> Opened:
        connection = self._engine.connect()
        try:
            # Detached first: otherwise the host's next connection in its place would be reset.
            connection.detach()
            return self._set_up(connection)
        except BaseException:
            connection.close()
            raise

    def _set_up(self, connection: sa.Connection) -> Opened:
        driver_connection: Any = connection.connection.dbapi_connection
        dialect = self._engine.dialect
        try:
            dialect.set_isolation_level(driver_connection, "AUTOCOMMIT")
            is_pooled = leave_to_pooler(dialect, driver_connection)
            if self._seconds is not None and not is_pooled:
                bound_statements(dialect, driver_connection, self._seconds)
            wire = Wire(driver_connection if self._has_wire else None)
        except dialect.loaded_dbapi.Error as error:
            # Most likely it was already dead in the host's pool. This read lets SQLAlchemy find
            # that out, so that it renews the others too.
            connection.scalar(sa.select(1))
            raise exc.DBAPIError(None, None, error) from None
        return Opened(connection, driver_connection, wire)

    def close(self) -> None:
        """Close the connection, whatever state it is in."""
        if not self._shared:
            self._connection = self._driver_connection = None
        if self._closing is not None:
            self._closing()

    def leave(self) -> None:
        """Close the connection, and any that is being opened."""
        self.close()
        self._attempt = None
        if self._leaving is not None:
            self._leaving()  # unless it was detached


def _close(driver_connection: Any, wire: Wire, process: int) -> None:
    """Close a connection, unless this process is a fork of the one that opened it."""
    if process == os.getpid():
        with suppress(Exception):  # it may be broken: that is why it is closed
            driver_connection.close()
        wire.close()


def _close_late(attempt: Future[Opened]) -> None:
    with suppress(Exception):  # it may have failed in the end
        _, driver_connection, wire = attempt.result()
        _close(driver_connection, wire, os.getpid())
