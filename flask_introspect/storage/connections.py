"""The connections to read with.

Reads need no transaction: around one SELECT it would cost two round trips, and could show an old snapshot. And taking a
connection from a pool and handing it back costs a third of what the SELECT costs. So the connections that are read with
come from a pool of their own, made like the host's; they are put into autocommit once, when they are opened, and kept
open in between.
"""

from __future__ import annotations

import copy
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.base import OptionEngine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, scoped_session
from sqlalchemy.pool import NullPool, Pool, QueuePool, SingletonThreadPool, StaticPool
from sqlalchemy.sql.compiler import NO_LINTING

__all__ = ["Connections", "EngineConnections", "HostConnections", "quiet"]

#: What a host's ``INTROSPECT_SESSION`` may return.
HostSession = Session | scoped_session[Session] | sa.Connection | sa.Engine
Rows = Sequence[sa.Row[Any]]


class Reader:
    """Runs a prepared SELECT and returns its rows."""

    def rows(self, statement: sa.Select[Any], parameters: Mapping[str, Any]) -> Rows:
        """All rows of a statement.

        :raise sqlalchemy.exc.SQLAlchemyError: the database did not answer.
        """
        raise NotImplementedError


class EngineReader(Reader):
    """Reads with connections of an engine that is known only once the application runs.

    :param find: returns the engine. Called once, by the first request.
    """

    def __init__(self, find: Callable[[], sa.Engine]) -> None:
        self._find = find
        self._read: Callable[[sa.Select[Any], Mapping[str, Any]], Rows] | None = None

    def rows(self, statement: sa.Select[Any], parameters: Mapping[str, Any]) -> Rows:
        read = self._read
        if read is None:
            engine = self._find()
            # Other pools say by their kind that connections are not to be kept, or that there is only one.
            read = self._read = _reader_of(engine).rows
        try:
            return read(statement, parameters)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
        # The server had closed the connection. Those that were kept are dropped; reading twice harms nobody.
        return read(statement, parameters)


class HostReader(Reader):
    """Reads with what the host hands out, and leaves it as it was.

    :param source: returns a Session, a Connection or an Engine (``INTROSPECT_SESSION``). A Session or Connection is the
        host's, which closes it; a transaction that this read began is ended.
    """

    def __init__(self, source: Callable[[], HostSession]) -> None:
        self._source = source

    def rows(self, statement: sa.Select[Any], parameters: Mapping[str, Any]) -> Rows:
        given = self._source()
        if isinstance(given, sa.Engine):
            return _OnceReader(given).rows(statement, parameters)
        if isinstance(given, scoped_session):
            given = given()
        ours = not given.in_transaction()
        try:
            return given.execute(statement, parameters).all()
        finally:
            if ours:
                given.rollback()


def _reader_of(engine: sa.Engine) -> Reader | _ReadingEngine:
    """What reads a database best; the kind of its pool says how connections are meant to be used there."""
    pool = engine.pool
    if type(pool) is QueuePool:
        return _ReadingEngine(engine, pool)
    # Where a connection is shared, its transaction is the host's; where it is closed after use, there is none to end.
    quiet = isinstance(pool, (StaticPool, SingletonThreadPool, NullPool))
    return _OnceReader(_QuietEngine(engine) if quiet else engine)


class _OnceReader(Reader):
    """Reads with a connection that is handed back at once."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def rows(self, statement: sa.Select[Any], parameters: Mapping[str, Any]) -> Rows:
        with self._engine.connect() as connection:
            return connection.execute(statement, parameters).all()


#: Connections of the process that this one is a fork of. They are in use there: neither closed nor let go of here.
_INHERITED: list[tuple[list[Any], Pool]] = []


class _CompiledStatements(dict[Any, Any]):
    """A statement cache for SQLAlchemy (its option ``compiled_cache``) that knows which statement is being executed.

    SQLAlchemy looks compiled statements up by a tuple that describes every part of them; hashing its thousand parts
    costs as much as the database takes to answer. Our statements are made once and never change: they are their own
    keys.
    """

    statement: sa.Select[Any] | None = None

    def get(self, _: Any, default: Any = None) -> Any:
        return super().get(self.statement, default)

    def __setitem__(self, _: Any, compiled: Any) -> None:
        super().__setitem__(self.statement, compiled)


class _KeptConnection:
    """An open connection, used by one thread at a time, with the statements that were compiled on it."""

    def __init__(self, engine: sa.Engine) -> None:
        self.opened = time.monotonic()
        self._used = False
        self._compiled = _CompiledStatements()
        self.connection = engine.connect().execution_options(compiled_cache=self._compiled)

    def rows(self, statement: sa.Select[Any], parameters: Mapping[str, Any]) -> Rows:
        self._compiled.statement = statement
        rows = self.connection.execute(statement, parameters).all()
        if not self._used:
            self._used = True
            # A hook of the host's may have begun a transaction at the first statement, as SQLAlchemy's recipe for
            # SQLite does; it would hold its snapshot for as long as the connection is kept.
            self.connection.connection.rollback()
        return rows


class _QuietEngine(OptionEngine):
    """An engine with the events, options and connections of the host's, which ends no transaction, and logs no value.

    For a database in memory, whose one connection is the host's as well, with what it has not committed yet.
    """

    def __init__(self, engine: sa.Engine) -> None:
        with engine.connect() if engine.dialect.server_version_info is None else nullcontext():
            pass  # the dialect learns about the server in its first connection
        super().__init__(engine, {})
        self.dialect = copy.copy(engine.dialect)
        self.dialect.do_rollback = _nothing_to_roll_back  # type: ignore[assignment, method-assign]
        # A host that logs its SQL would log tokens that are looked up in plain text, and the rows with stored secrets.
        self.hide_parameters = True
        self._should_log_debug = _never  # type: ignore[method-assign]
        self.dialect.compiler_linting = NO_LINTING  # it takes a join on what is sought for a cartesian product


class _ReadingEngine(_QuietEngine):
    """An engine with the events and options of the host's, and connections of its own, which have no transactions.

    A kept connection occupies a place of the pool, so one place at least is left to those who find all of them in use.
    They are closed when the host disposes of its engine.
    """

    pool: Pool = None  # type: ignore[assignment]  # an option engine's is a property: its parent's pool

    def __init__(self, engine: sa.Engine, pool: QueuePool) -> None:
        super().__init__(engine)
        self.pool = pool.recreate()
        self._recycle = pool._recycle  # seconds, or -1; kept connections don't come by the pool, which looks after it
        self._process = os.getpid()
        # A stack of places: with a connection, or still without one. Who works with a place has taken it off.
        self._places: list[_KeptConnection | None] = [None] * (pool.size() - 1)
        sa.event.listen(self.pool, "connect", self._set_autocommit)
        sa.event.listen(engine, "engine_disposed", self._start_afresh)

    def rows(self, statement: sa.Select[Any], parameters: Mapping[str, Any]) -> Rows:
        """All rows of a statement, read with a kept connection if one is free, else with one from the pool."""
        if self._process != os.getpid():
            self._start_afresh(self)
        try:
            kept = self._places.pop()
        except IndexError:
            with self.connect() as connection:
                return connection.execute(statement, parameters).all()
        try:
            kept = self._fresh(kept)
            rows = kept.rows(statement, parameters)
        except BaseException:
            self._places.append(None)
            if kept is not None:
                self._drop(kept.connection)
            raise
        self._places.append(kept)
        return rows

    def _fresh(self, kept: _KeptConnection | None) -> _KeptConnection:
        if kept is not None and 0 <= self._recycle < time.monotonic() - kept.opened:
            kept.connection.close()
            kept = None
        return kept or _KeptConnection(self)

    def _drop(self, connection: sa.Connection) -> None:
        """Close a connection that failed, and the others with it, if the server hung up on all of them."""
        hung_up = connection.invalidated
        connection.close()
        if hung_up:
            self._close_kept()

    def _close_kept(self) -> None:
        for _ in range(len(self._places)):
            try:
                kept = self._places.pop(0)
            except IndexError:  # the rest is in use
                return
            self._places.append(None)
            if kept is not None:
                kept.connection.close()

    def _set_autocommit(self, dbapi_connection: Any, _: Any) -> None:
        self.dialect.set_isolation_level(dbapi_connection, "AUTOCOMMIT")

    def _start_afresh(self, _: sa.Engine) -> None:
        """Let go of all connections: the host disposed of its engine, or this is a fork of their process."""
        if self._process == os.getpid():
            self._close_kept()
            self.pool.dispose()
        else:
            _INHERITED.append((self._places, self.pool))
            self._places = [None] * len(self._places)
        self._process = os.getpid()
        self.pool = self.pool.recreate()


def _never() -> bool:
    return False


def _nothing_to_roll_back(_: Any) -> None:
    """Stand in for ``Dialect.do_rollback``: some drivers send a ROLLBACK even in autocommit."""


Connections = Reader


def EngineConnections(engine):
    return EngineReader(lambda: engine)


HostConnections = HostReader


def quiet(engine):
    quiet = engine.execution_options()
    quiet.hide_parameters = True
    quiet._should_log_debug = _never
    return quiet
