"""What a column takes: times, flags, lists, numbers and words, in the form of the column's type."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa

from ..records import Kind, Right
from ..storage.decoding import UNDECODABLE, Decode
from ..storage.mapping import python_type
from .errors import AdminError

__all__ = [
    "PLACEHOLDER",
    "choice",
    "fitting",
    "flag",
    "is_placeholder",
    "is_required",
    "moment",
    "name_of",
    "placeholder",
    "texts",
    "typed",
]

#: How a NOT NULL column begins that no longer holds a token. No token has a DEL (:rfc:`6749`
#: appendix A.12), so the endpoint never looks for such a text.
PLACEHOLDER = "hashed\x7f"


def placeholder() -> str:
    """Make a text for a NOT NULL column whose token was hashed.

    Nobody can present it as a token. Each one is random, so that a unique column stays unique.
    """
    return PLACEHOLDER + secrets.token_hex(16)


def is_placeholder(value: Any) -> bool:
    """Tell whether a column holds a :func:`placeholder` and no token."""
    return isinstance(value, str) and value.startswith(PLACEHOLDER)


def name_of(column: sa.Column[Any]) -> str:
    """Name a column for a message, with its table."""
    return f"{column.table.name}.{column.name}"


def is_required(column: sa.Column[Any]) -> bool:
    """Tell whether no row can be added without a value for a column."""
    filled_without_us = (
        column.nullable
        or column.default is not None
        or column.server_default is not None
        or column is column.table.autoincrement_column
    )
    return not filled_without_us


def moment(expression: sa.ColumnElement[Any], epoch: float) -> Any:
    """Convert a time to a datetime (a naive one is UTC), or to epoch seconds."""
    if python_type(expression) is not datetime:
        return int(epoch)
    found = datetime.fromtimestamp(int(epoch), timezone.utc)
    return found if getattr(expression.type, "timezone", False) else found.replace(tzinfo=None)


def flag(column: sa.Column[Any], on: bool, now: float) -> Any:
    """Convert a flag to a boolean, a small number, or the time at which it was set."""
    if python_type(column) is bool:
        return on
    if isinstance(column.type, sa.SmallInteger):
        return int(on)
    if on:
        return moment(column, now)
    return None if column.nullable else 0


def texts(column: sa.Column[Any], values: Sequence[str]) -> Any:
    """Convert several names to a list, or to a text: one name as it is, several as a JSON list."""
    if isinstance(column.type, (sa.JSON, sa.ARRAY)):
        return list(values)
    return values[0] if len(values) == 1 else json.dumps(list(values))


def typed(column: sa.Column[Any], text: str) -> Any:
    """Convert a text for a column that may hold numbers or UUIDs.

    :raise AdminError: the text is no such value.
    """
    kind = python_type(column)
    try:
        return kind(text) if kind in (int, uuid.UUID) else text
    except ValueError:
        problem = f"{name_of(column)} holds only values of the type {column.type!r}"
        raise AdminError(problem) from None


def fitting(column: sa.Column[Any], text: str, what: str) -> str:
    """Return a text that fits into a column.

    :param what: names the text in the error.
    :raise AdminError: the column is too short.
    """
    length = getattr(column.type, "length", None)
    if length is not None and len(text) > length:
        raise AdminError(
            f"{name_of(column)} holds {length} characters, and {what} needs {len(text)}. "
            "Widen the column"
        )
    return text


def choice(column: sa.Column[Any], wanted: Right | Kind, decode: Decode) -> Any:
    """Choose the word for a right or a kind.

    For an enumeration it is the one of its words that is read as the wanted one.
    """
    if isinstance(column.type, sa.Enum):
        for word in column.type.enum_class or column.type.enums:
            try:
                if decode(word) is wanted:
                    return word
            except UNDECODABLE:
                continue
    return wanted.value
