"""What a server is told about our own sessions, so that it ends what takes too long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from math import ceil
from typing import Any

import sqlalchemy as sa

__all__ = ["bound_statements", "leave_to_pooler"]


def leave_to_pooler(dialect: sa.Dialect, driver_connection: Any) -> bool:
    """Prepare no statements in a session that a pooler such as PgBouncer hands on to others.

    A statement prepared in one session is missing in the next, or its name is taken. A pooler
    reports an invented process, so the server's own differs.

    :return: whether there is a pooler between. Then nothing must be set in the session either.
    """
    process = _process_of(driver_connection)
    if dialect.name != "postgresql" or process is None:
        return False
    with closing(driver_connection.cursor()) as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        is_pooled: bool = cursor.fetchone()[0] != process
    if is_pooled and hasattr(driver_connection, "prepare_threshold"):  # psycopg 3 prepares
        driver_connection.prepare_threshold = None
    return is_pooled


def bound_statements(dialect: sa.Dialect, driver_connection: Any, seconds: float) -> None:
    """Bound how long a statement of this session may run, and wait for a lock.

    The session must be ours, and in autocommit: what is set in a transaction goes with it.
    Behind a pooler it is not ours, and the host perhaps would take along what we set.
    """
    # A relative of MySQL may lack a variable. If the connection itself is broken, the next read
    # says so.
    refused = suppress(dialect.loaded_dbapi.DatabaseError)
    for statement in _statements(dialect, driver_connection, seconds):
        with refused, closing(driver_connection.cursor()) as cursor:
            cursor.execute(statement)


def _statements(dialect: sa.Dialect, driver_connection: Any, seconds: float) -> Iterator[str]:
    milliseconds = ceil(seconds * 1000)
    if dialect.name == "postgresql":
        if _process_of(driver_connection) is not None:  # else nobody knows whether it is ours
            yield f"SET statement_timeout = {milliseconds}"
    elif dialect.name in ("mysql", "mariadb"):
        if getattr(dialect, "is_mariadb", False):
            yield f"SET SESSION max_statement_time = {seconds}"
        else:
            yield f"SET SESSION max_execution_time = {milliseconds}"
        yield f"SET SESSION lock_wait_timeout = {ceil(seconds)}"
    elif dialect.name == "sqlite":
        yield f"PRAGMA busy_timeout = {milliseconds}"


def _process_of(driver_connection: Any) -> int | None:
    """Read which process of PostgreSQL's answers, where the driver tells: psycopg and psycopg2."""
    process = getattr(getattr(driver_connection, "info", None), "backend_pid", None)
    return process if isinstance(process, int) else None
