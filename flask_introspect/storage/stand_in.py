"""A row to read if there is none, so that an unknown token costs as much as another's."""

from __future__ import annotations

import json
import uuid
from typing import Any

import sqlalchemy as sa

from ..records import Kind
from .mapping import JSONKey, TokenTable, python_type

__all__ = ["stand_in"]

_NOBODY = "nobody"
_VALUES = {
    str: _NOBODY,
    bytes: _NOBODY.encode(),
    int: 0,
    uuid.UUID: uuid.UUID(int=0),
    list: [_NOBODY],
    tuple: (_NOBODY,),
}


def stand_in(table: TokenTable, keys: int, width: int) -> tuple[Any, ...]:
    """Make a row that is found by its first key, shaped like the rows here.

    It holds what is read of a token that is not for the caller.

    :param keys: how many keys a row begins with.
    :param width: how many values it has.
    """
    row: list[Any] = [None] * width
    row[0] = _NOBODY
    for position, name in enumerate(table.columns, keys):
        if name == "kind":
            row[position] = Kind.ACCESS.value
        elif name in ("client_id", "aud"):
            row[position] = _value(table, name)
    return tuple(row)


def _value(table: TokenTable, name: str) -> Any:
    column, spec = table.columns[name], table.mapped[name]
    if isinstance(spec, JSONKey):
        value: Any = [_NOBODY]
        for key in reversed(spec.path):
            value = {key: value}
        return json.dumps(value)
    if isinstance(column, sa.Cast):  # JSON is read as text
        return json.dumps([_NOBODY])
    held = python_type(column)
    return _NOBODY if held is None else _VALUES.get(held, _NOBODY)
