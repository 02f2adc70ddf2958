"""Which columns have an index."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import operators, visitors

from ...logs import logger

__all__ = ["index_starts", "warn_unindexed"]


def index_starts(table: sa.Table) -> Iterator[Any]:
    """List what the indexes of a table are sorted by first.

    Partial indexes are left out: they find only some of the rows.
    """
    for index in table.indexes:
        if not any(options.get("where") is not None for options in index.dialect_options.values()):
            yield _without_order(next(iter(index.expressions), None))
    for constraint in table.constraints:
        if isinstance(constraint, (sa.UniqueConstraint, sa.PrimaryKeyConstraint)):
            yield next(iter(constraint.columns), None)


def _without_order(start: Any) -> Any:
    """Take off ``DESC`` or ``ASC``: an index is read from both ends."""
    if isinstance(start, sa.UnaryExpression) and start.modifier in (
        operators.desc_op,
        operators.asc_op,
    ):
        return start.element
    return start


def warn_unindexed(setting: str, field_name: str, column: sa.ColumnElement[Any]) -> str | None:
    """Warn about a look-up column without an index.

    :return: its name, as ``"table.column"``; ``None`` where there is an index.
    """
    name = _unindexed(column)
    if name is not None:
        logger.warning(
            "%s: lookups by %r go through %s, and the model declares no index for them; "
            "without one, every request reads the whole table",
            setting,
            field_name,
            name,
        )
    return name


def _unindexed(column: sa.ColumnElement[Any]) -> str | None:
    while isinstance(column, (sa.Label, sa.TypeCoerce)):  # these change nothing in the database
        column = column.element if isinstance(column, sa.Label) else column.clause
    bases = _table_columns(column)
    tables = {base.table for base in bases}
    if any(_is(start, column) for table in tables for start in index_starts(table)):
        return None
    return min((f"{base.table.name}.{base.name}" for base in bases), default=None)


def _table_columns(expression: sa.ColumnElement[Any]) -> list[sa.Column[Any]]:
    """List the tables' own columns that an expression is made of."""
    return [
        base
        for element in visitors.iterate(expression)
        if isinstance(element, sa.ColumnElement)
        for base in element.base_columns
        if isinstance(base, sa.Column) and isinstance(base.table, sa.Table)
    ]


def _is(start: Any, column: sa.ColumnElement[Any]) -> bool:
    return start is column or (isinstance(start, sa.ColumnElement) and start.compare(column))
