"""The connections to read with.

Reads need no transaction. On SQLite none begins, and the host's own engine is used. On other databases a transaction
around one SELECT would cost two round trips, and could show an old snapshot; so there the connections come from a pool
of their own, made like the host's and put into autocommit once, when they are opened.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.base import OptionEngine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, scoped_session
from sqlalchemy.pool import Pool

__all__ = ["EngineReader", "HostReader", "Reader"]

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
        self._engine: sa.Engine | None = None

    def rows(self, statement: sa.Select[Any], parameters: Mapping[str, Any]) -> Rows:
        engine = self._engine
        if engine is None:
            engine = self._engine = without_transactions(self._find())
        try:
            return _rows(engine, statement, parameters)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
        # The server had closed the pooled connection. The pool has dropped it; reading twice harms nobody.
        return _rows(engine, statement, parameters)


class HostReader(Reader):
    """Reads with what the host hands out, and leaves it as it was.

    :param source: returns a Session, a Connection or an Engine (``INTROSPECT_SESSION``). A Session or Connection belongs
        to the host, which closes it; a transaction that this read began is ended.
    """

    def __init__(self, source: Callable[[], HostSession]) -> None:
        self._source = source

    def rows(self, statement: sa.Select[Any], parameters: Mapping[str, Any]) -> Rows:
        given = self._source()
        if isinstance(given, scoped_session):
            given = given()
        if isinstance(given, sa.Engine):
            return _rows(given, statement, parameters)
        ours = not given.in_transaction()
        try:
            return given.execute(statement, parameters).all()
        finally:
            if ours:
                given.rollback()


def _rows(engine: sa.Engine, statement: sa.Select[Any], parameters: Mapping[str, Any]) -> Rows:
    with engine.connect() as connection:
        return connection.execute(statement, parameters).all()


class _AutocommitEngine(OptionEngine):
    """An engine with the events, options and statement cache of another, and a pool of its own."""

    pool: Pool = None  # type: ignore[assignment]  # an option engine's is a property: its parent's pool

    def __init__(self, engine: sa.Engine) -> None:
        super().__init__(engine, {})
        self.dialect = copy.copy(engine.dialect)
        self.dialect.do_rollback = _nothing_to_roll_back  # type: ignore[assignment, method-assign]
        self.pool = engine.pool.recreate()
        self._process = os.getpid()
        sa.event.listen(self.pool, "connect", self._set_autocommit)
        sa.event.listen(engine, "engine_disposed", self._renew)

    def _set_autocommit(self, dbapi_connection: Any, _: Any) -> None:
        self.dialect.set_isolation_level(dbapi_connection, "AUTOCOMMIT")

    def _renew(self, _: sa.Engine) -> None:
        """The host disposed of its engine, perhaps in a forked child, where the connections are the parent's."""
        if self._process == os.getpid():
            self.pool.dispose()
        self._process = os.getpid()
        self.pool = self.pool.recreate()


def _nothing_to_roll_back(_: Any) -> None:
    """Stand in for ``Dialect.do_rollback``: some drivers send a ROLLBACK even in autocommit."""


def without_transactions(engine: sa.Engine) -> sa.Engine:
    """An engine that reads the same database as another, without transactions around the reads."""
    if engine.dialect.name == "sqlite":
        return engine
    with engine.connect() if engine.dialect.server_version_info is None else nullcontext():
        pass  # the dialect learns about the server in its first connection
    return _AutocommitEngine(engine)
