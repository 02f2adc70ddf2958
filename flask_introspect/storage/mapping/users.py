"""Whether the user of a token is enabled: a flag behind a relationship, as one expression."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from .columns import Source, python_type
from .notation import JSONKey

__all__ = ["user_enabled"]

_YES: sa.ColumnElement[int] = sa.literal_column("1")
_NO: sa.ColumnElement[int] = sa.literal_column("0")


def user_enabled(source: Source, spec: Any, flag: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Make the expression that says whether a token's user is enabled, if it has one.

    A token without a user counts as enabled. A user who is gone, or whose flag is NULL, is
    disabled.

    :param spec: what the flag is mapped to. Only a path tells whether there is a user.
    :param flag: its column.
    """
    path = spec.column if isinstance(spec, JSONKey) else spec
    if not isinstance(path, str) or "." not in path:
        return flag
    nobody = source.leads_nowhere(path)
    if isinstance(spec, JSONKey):
        return sa.case((nobody, sa.literal(_document(spec), sa.Text)), else_=flag)
    return sa.case((nobody, _YES), (_is_set(flag), _YES), else_=_NO)


def _is_set(flag: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    held = python_type(flag)
    if held is bool:
        return flag == sa.true()
    if held is not None and issubclass(held, datetime):
        return flag.is_not(None)
    return flag != 0


def _document(spec: JSONKey) -> str:
    """Write the JSON in which the value is set."""
    value: Any = True
    for key in reversed(spec.path):
        value = {key: value}
    return json.dumps(value)
