"""Whether a host hooks into its engine: then a connection must be used as the host would."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import sqlalchemy as sa

__all__ = ["is_hooked"]

# Events of a read, from taking the connection to giving it back. The others change no answer: they
# are about other statements, or about opening a connection, which the host's pool does in any case.
_of_connection = attrgetter(
    "engine_connect",
    "begin",
    "before_execute",
    "after_execute",
    "before_cursor_execute",
    "after_cursor_execute",
)
_of_pool = attrgetter("checkout", "checkin", "reset")
_of_dialect = attrgetter("do_execute", "do_execute_no_params", "handle_error")


#: SQLAlchemy's own listeners to "connect": a driver's set-up, and the first look at the server,
#: in a wrapper that lets it run once. A listener of the host's that runs once has the same
#: wrapper; it is over before a connection is kept.
_OWN = frozenset(
    {("sqlalchemy.engine.create", "on_connect"), ("sqlalchemy.util.langhelpers", "go")}
)

#: Options of an engine that change its transactions, or its statements.
_OPTIONS = frozenset({"isolation_level", "schema_translate_map"})


def is_hooked(engine: sa.Engine) -> bool:
    """Tell whether the host listens to its reads, or configured how they are made.

    It is asked at each read, since hooks may come later.
    """
    pool = engine.pool.dispatch
    return (
        any(map(_is_hosts_own, pool.connect))  # what most of those hosts do, to set a PRAGMA
        or any(_of_connection(engine.dispatch))
        or any(_of_pool(pool))
        or any(_of_dialect(engine.dialect.dispatch))
        or not _OPTIONS.isdisjoint(engine.get_execution_options())
    )


def _is_hosts_own(listener: Any) -> bool:
    """Tell whether a listener to ``connect`` is the host's; SQLAlchemy has some of its own.

    An isolation level that the host gave to ``create_engine`` is set by one of SQLAlchemy's.
    """
    return (getattr(listener, "__module__", None), getattr(listener, "__name__", None)) not in _OWN
