"""Columns of the type ``CHAR(n)``, whose values PostgreSQL pads with blanks."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

__all__ = ["Unpadded", "unpadded"]


class Unpadded(sa.TypeDecorator[str]):
    """``CHAR(n)`` without the blanks at the end, which no database tells from padding."""

    impl = sa.CHAR
    cache_ok = True

    @property
    def python_type(self) -> type[str]:
        """What its values are."""
        return str

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """Take off the padding."""
        return None if value is None else value.rstrip(" ")


def unpadded(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Read a column without padding. Its SQL stays the same, so its index is used."""
    if not isinstance(column.type, sa.CHAR):
        return column
    return sa.type_coerce(column, Unpadded(column.type.length, column.type.collation))
