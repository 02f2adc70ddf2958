"""What the live database has: the tables, the columns, and the indexes that searches need."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import NoSuchTableError

from ...storage.failures import COLUMN_REMEDY, TABLE_REMEDY
from ...storage.mapping import ClientTable, TokenTable, index_starts
from ..rows import OwnTable
from ..values import name_of
from .findings import Finding, error, info, warning

__all__ = ["database"]

Own = OwnTable[ClientTable] | OwnTable[TokenTable]


def database(own: Own) -> Generator[Finding, None, bool]:
    """Compare a table with the live one.

    :return: whether the mapped columns can be read.
    """
    name = own.table.fullname
    if own.engine.dialect.name == "sqlite" and own.engine.url.database in (None, "", ":memory:"):
        yield warning(
            "in_memory",
            f"{name} is in memory: every process has its own, and it is gone with the process",
            "Use a database that all workers share",
        )
    live = _live_table(own)
    if live is None:
        yield error("no_table", f"The database has no table {name}", TABLE_REMEDY)
        return False
    missing = sorted(column.name for column in _mapped(own) if column.name not in live.columns)
    for column in missing:
        problem = f"The database has no column {name}.{column}"
        yield error("no_column", problem, COLUMN_REMEDY)
    if not missing:
        yield from _indexes(own, live)
    return not missing


def _live_table(own: Own) -> sa.Table | None:
    """Read a table's columns and indexes from the database."""
    try:
        return sa.Table(
            own.table.name,
            sa.MetaData(),
            schema=own.table.schema,
            autoload_with=own.engine,
            resolve_fks=False,
        )
    except NoSuchTableError:
        return None


def _mapped(own: Own) -> Iterator[sa.Column[Any]]:
    """Find the columns of this table that the mapping names."""
    for spec in own.mapping.mapped.values():
        for each in spec if isinstance(spec, (list, tuple)) else [spec]:
            column = own.own_column(each)
            if column is not None:
                yield column


def _indexes(own: Own, live: sa.Table) -> Iterator[Finding]:
    """Judge whether the database has an index for every search."""
    starts = {_column_name(each) for each in index_starts(live)}
    searched = [own.own_column(each) for each in _searched(own)]
    for column in searched:
        if column is not None and column.name not in starts:
            yield error(
                "no_index",
                f"{own.table.fullname}.{column.name} is searched by, and the database has no index "
                "on it: every request reads the whole table",
                "Add index=True to the model, migrate"
                if name_of(column) in own.mapping.unindexed
                else "The model declares one: make it with a migration",
            )
    if any(column is None for column in searched):
        yield info(
            "index_unknown",
            f"{own.name} is searched by an SQL expression; whether an index serves it cannot be "
            "told here",
            "Look at the database's EXPLAIN",
        )


def _column_name(start: Any) -> str | None:
    """Name the column that an index begins with, in whichever order; ``None`` for an expression."""
    while isinstance(start, sa.UnaryExpression) and start.modifier is not None:
        start = start.element
    return start.name if isinstance(start, sa.Column) else None


def _searched(own: Own) -> list[sa.ColumnElement[Any]]:
    """List what the endpoint searches a table by."""
    if isinstance(own.mapping, ClientTable):
        return [own.mapping.client_id]
    return [key.column for key in own.mapping.keys]
