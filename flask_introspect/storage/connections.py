"""The connections to read with: the host's own, as it would use them.

Where the host hooks into its engine or pool, or chooses an isolation level, each read borrows a
connection from the host's pool and gives it back. Otherwise reads keep a few connections between
requests, in autocommit: no BEGIN, no ROLLBACK, and no old snapshot.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session, scoped_session
from sqlalchemy.pool import QueuePool

from ..errors import ServerError
from ..logs import logger, origin_of
from ..texts import a_type
from .failures import is_stale_plan
from .hooks import is_hooked
from .kept import Kept
from .place import Place
from .quiet import quiet

__all__ = ["Connections", "EngineConnections", "HostConnections", "Rows"]

Rows = Sequence[Sequence[Any]]


class Connections(Protocol):
    """Something that a SELECT can be run with."""

    def rows(self, statement: sa.Select[Any], parameters: Mapping[str, Any]) -> Rows:
        """Read all rows of a statement.

        :raise sqlalchemy.exc.SQLAlchemyError: the database did not answer.
        """
        ...


class BorrowedConnections:
    """Borrows a connection for each read, and gives it back as the host does.

    :param engine: the host's.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = quiet(engine)
        # SQLite has no socket that could get out of step, and its connection may be the database.
        self._has_wire = engine.dialect.name != "sqlite"
        self._process = os.getpid()

    def rows(self, statement: sa.Select[Any], parameters: Mapping[str, Any]) -> Rows:
        """Read all rows of a statement."""
        if self._process != os.getpid():
            self._process = os.getpid()
            if isinstance(self._engine.pool, QueuePool):  # the parent still uses its connections
                self._engine.dispose(close=False)
        return _read(self._rows, statement, parameters)

    def _rows(self, statement: sa.Select[Any], parameters: Mapping[str, Any]) -> Rows:
        with self._engine.connect() as connection:
            try:
                return connection.execute(statement, parameters).all()
            except SQLAlchemyError:
                raise
            except BaseException:
                # Cut off in the middle of a read, by a time limit perhaps: the next answer on this
                # connection may belong to this statement.
                if self._has_wire:
                    connection.invalidate()
                raise


class EngineConnections:
    """Reads with kept connections if the host lets us, else with borrowed ones.

    :param engine: the host's.
    :param seconds: how long a read by a kept connection may take; ``None`` for no bound.
    """

    def __init__(self, engine: sa.Engine, seconds: float | None = None) -> None:
        self._engine = engine
        self._seconds = seconds
        self._borrowed = BorrowedConnections(engine)
        self._kept = Kept(engine, seconds)
        self._process = os.getpid()

    def rows(self, statement: sa.Select[Any], parameters: Mapping[str, Any]) -> Rows:
        """Read all rows of a statement."""
        if self._process != os.getpid():
            self._leave_parent()
        return _read(self._rows, statement, parameters)

    def _rows(self, statement: sa.Select[Any], parameters: Mapping[str, Any]) -> Rows:
        kept = self._kept
        if kept.pool is not self._engine.pool:  # the host disposed of its engine
            kept = self._renew()
        if is_hooked(self._engine):
            if kept.is_used:  # the hook came later
                self._renew()
            return self._borrowed.rows(statement, parameters)
        place = kept.take()
        if place is None:
            return self._borrowed.rows(statement, parameters)
        try:
            rows = place.rows(statement, parameters)
        except BaseException as error:
            place.close()
            self._give_back(kept, place)
            if isinstance(error, DBAPIError) and error.connection_invalidated:
                kept.close()  # the server hung up, on the others too
            raise
        self._give_back(kept, place)
        return rows

    def _give_back(self, kept: Kept, place: Place) -> None:
        if kept is not self._kept or kept.pool is not self._engine.pool:
            place.leave()
        kept.give_back(place)

    @property
    def kept_open(self) -> int:
        """How many connections are kept open between reads."""
        return self._kept.open

    def _renew(self) -> Kept:
        old, self._kept = self._kept, Kept(self._engine, self._seconds)
        old.leave()
        return self._kept

    def _leave_parent(self) -> None:
        """Let go of the connections of the process that this one was forked from.

        The parent still uses them, so they are neither closed nor shared.
        """
        self._process = os.getpid()
        self._kept.abandon()
        if isinstance(self._engine.pool, QueuePool):
            self._engine.dispose(close=False)
        self._kept = Kept(self._engine, self._seconds)


class HostConnections:
    """Reads with what the host provides, and leaves it as it was.

    :param source: returns a Session, a Connection or an Engine (``INTROSPECT_SESSION``). A Session
        or Connection is the host's, which closes it; a transaction that this read began is ended.
    :param setting: the configuration key of ``source``, for the log.
    """

    def __init__(self, source: Callable[[], object], setting: str) -> None:
        self._source = source
        self._setting = setting
        self._borrowed: tuple[sa.Engine, BorrowedConnections] | None = None

    def rows(self, statement: sa.Select[Any], parameters: Mapping[str, Any]) -> Rows:
        """Read all rows of a statement."""
        session = self._given()
        if isinstance(session, sa.Engine):
            return self._of_engine(session).rows(statement, parameters)
        if session.in_transaction():
            return session.execute(statement, parameters).all()
        return _read(partial(_rows_of_session, session), statement, parameters)

    def _given(self) -> Session | sa.Connection | sa.Engine:
        """Ask the host's callable. If it fails, nothing can be read.

        :raise ServerError: it raised something, or it returned nothing to read with.
        """
        try:
            given = self._source()
            session: object = given() if isinstance(given, scoped_session) else given
        except SQLAlchemyError:  # the database is away
            raise
        except Exception as error:
            problem = f"raised {origin_of(error)}"
        else:
            if isinstance(session, (Session, sa.Connection, sa.Engine)):
                return session
            problem = f"returned {a_type(session)}, no Session, Connection or Engine"
        logger.error("%s: there is nothing to read with: it %s", self._setting, problem)
        raise ServerError()

    def _of_engine(self, engine: sa.Engine) -> BorrowedConnections:
        if self._borrowed is None or self._borrowed[0] is not engine:
            self._borrowed = engine, BorrowedConnections(engine)
        return self._borrowed[1]


def _rows_of_session(
    session: Session | sa.Connection, statement: sa.Select[Any], parameters: Mapping[str, Any]
) -> Rows:
    try:
        return session.execute(statement, parameters).all()
    except SQLAlchemyError:
        raise
    except BaseException:
        # Cut off in the middle of a read, as above.
        connection = session
        if not isinstance(connection, sa.Connection):
            connection = connection.connection(bind_arguments={"clause": statement})
        if connection.dialect.name != "sqlite":
            connection.invalidate()
        raise
    finally:
        session.rollback()


def _read(
    rows: Callable[[sa.Select[Any], Mapping[str, Any]], Rows],
    statement: sa.Select[Any],
    parameters: Mapping[str, Any],
) -> Rows:
    """Read, and once more if the connection was at fault. Reading twice does no harm."""
    try:
        return rows(statement, parameters)
    except DBAPIError as error:
        if not error.connection_invalidated and not is_stale_plan(error):
            raise
    return rows(statement, parameters)
