"""Tables joined to others."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

__all__ = ["Join", "left_join"]

#: A table to be joined, and on what condition.
Join = tuple[sa.FromClause, sa.ColumnElement[bool]]


def left_join(start: sa.FromClause, joins: Iterable[Join]) -> sa.FromClause:
    """Join others to a table, where they have a matching row."""
    for table, condition in joins:
        start = start.outerjoin(table, condition)
    return start
