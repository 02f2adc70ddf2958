"""Temporary: the names of tomorrow's ``storage.mapping``."""

from ..mapping import (
    CLIENT_FIELDS,
    TOKEN_FIELDS,
    ClientTable,
    JSONKey,
    Key,
    Lookup,
    TokenTable,
    left_join,
    python_type,
)
from ..mapping import _index_starts as index_starts

__all__ = [
    "CLIENT_FIELDS",
    "TOKEN_FIELDS",
    "ClientTable",
    "JSONKey",
    "Key",
    "Lookup",
    "TokenTable",
    "index_starts",
    "left_join",
    "python_type",
]
