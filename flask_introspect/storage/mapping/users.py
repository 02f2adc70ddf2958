"""Whether the user of a token is enabled: a flag behind a relationship, as one expression."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from .columns import Source, python_type

__all__ = ["user_enabled"]

_YES = sa.literal_column("1", sa.Integer)
_NO = sa.literal_column("0", sa.Integer)


def user_enabled(source: Source, spec: str, flag: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    """Make the expression that says whether a token's user is enabled, if it has one.

    A token without a user has nobody who could be disabled. A user who is gone, or whose flag is
    NULL, is disabled.

    :param spec: the path of the flag; :param flag: its column.
    """
    held = python_type(flag)
    if held is bool:
        is_set = flag == sa.true()
    elif held is not None and issubclass(held, datetime):
        is_set = flag.is_not(None)
    else:
        is_set = flag != 0
    return sa.case((source.leads_nowhere(spec), _YES), (is_set, _YES), else_=_NO)
