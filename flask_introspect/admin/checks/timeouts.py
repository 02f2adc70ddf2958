"""How long a read waits for a database that does not answer."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import QueuePool

from ...endpoint import Endpoint
from ...storage.hooks import is_hooked
from ...storage.wire import Wire
from .findings import Finding, warning

__all__ = ["timeouts"]

#: The option without which a driver waits for minutes or forever for a server that accepts its
#: connection and says nothing.
_OPTIONS: Mapping[str, str] = {
    "psycopg": "connect_timeout",
    "psycopg2": "connect_timeout",
    "pg8000": "timeout",
    "pymysql": "read_timeout",
    "mysqldb": "read_timeout",
    "mysqlconnector": "read_timeout",
}

#: What libpq reads if the option is not given.
_LIBPQ = "PGCONNECT_TIMEOUT"

#: How to ask a session how long a statement may take, and what sets it.
_BOUNDS: Mapping[str, tuple[str, str]] = {
    "postgresql": ("SELECT current_setting('statement_timeout')", "statement_timeout"),
    "mariadb": ("SELECT @@max_statement_time", "max_statement_time"),
    "mysql": ("SELECT @@max_execution_time", "max_execution_time"),
}


def timeouts(endpoint: Endpoint, engine: sa.Engine) -> Iterator[Finding]:
    """Judge how long reads wait for a database, if we don't bound it.

    :param engine: the host's. It must be able to connect.
    """
    if engine.dialect.name == "sqlite" or endpoint.settings.session is not None:
        return
    with engine.connect() as connection:
        if _is_ours(endpoint, engine) and _is_seen(connection):
            return
        statement, setting = _bound(engine.dialect)
        bound = connection.exec_driver_sql(statement).scalar() if statement else None
    unbounded = f"Reads use connections that {endpoint.settings.prefix}STORE_TIMEOUT does not bound"
    option = _OPTIONS.get(engine.driver)
    if option is not None and option not in _options(engine) and not _is_in_environment(option):
        yield warning(
            "no_timeout",
            f"{unbounded}, and {engine.driver} was given no {option}: it waits long, or for ever, "
            "for a server that says nothing",
            f"Set it in the engine's options: {{'connect_args': {{'{option}': 5}}}}",
        )
    if bound is not None and str(bound).rstrip(".0") == "":  # 0, "0", 0.000000
        yield warning(
            "no_statement_timeout",
            f"{unbounded}, and their {setting} is 0: a read waits for a lock while it is held",
            f"Set {setting} for the role or the server, or in the engine's options",
        )


def _is_ours(endpoint: Endpoint, engine: sa.Engine) -> bool:
    """Tell whether reads use kept connections, which we bound."""
    is_kept = type(engine.pool) is QueuePool and not is_hooked(engine)
    return is_kept and endpoint.settings.store_timeout is not None


def _is_seen(connection: sa.Connection) -> bool:
    """Tell whether the driver shows its socket, so that a read can be cut off."""
    wire = Wire(connection.connection.dbapi_connection)
    wire.close()
    return wire.is_seen


def _bound(dialect: sa.Dialect) -> tuple[str, str]:
    name = "mariadb" if getattr(dialect, "is_mariadb", False) else dialect.name
    return _BOUNDS.get(name, ("", ""))


def _is_in_environment(option: str) -> bool:
    return option == "connect_timeout" and _LIBPQ in os.environ


def _options(engine: sa.Engine) -> Mapping[str, Any]:
    """See the driver's options when it connects, however the host set them."""
    seen: dict[str, Any] = {}

    def look(dialect: Any, record: Any, arguments: Any, options: Mapping[str, Any]) -> None:
        seen.update(options)

    event.listen(engine, "do_connect", look)
    try:
        pool = engine.pool.recreate()
        pool.connect().close()
        pool.dispose()
    finally:
        event.remove(engine, "do_connect", look)
    return seen
