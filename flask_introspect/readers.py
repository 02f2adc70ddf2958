"""From what a database gives to what a record holds.

A reader takes one value, and raises :exc:`ValueError` (or what Python raises for a wrong type) for one that it cannot
read. What cannot be read is never guessed.
"""

from __future__ import annotations

import logging
import math
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from decimal import Decimal
from functools import lru_cache
from json import loads
from typing import Any

from .records import Kind, Right

__all__ = [
    "UNREADABLE",
    "Reader",
    "as_is",
    "claims",
    "document",
    "epoch",
    "flag",
    "from_json",
    "kind",
    "names",
    "names_or_all",
    "right",
    "scope",
    "strings",
    "text",
]

logger = logging.getLogger(__package__)

Reader = Callable[[Any], Any]

#: What a reader raises for a value that it cannot read.
UNREADABLE = (ValueError, TypeError, AttributeError, OverflowError, ArithmeticError)

#: How many texts are remembered by what was read from them.
_REMEMBERED = 4096


def text(value: Any) -> str | None:
    """A text; nothing for an empty one. Numbers and UUIDs are written out."""
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, (int, uuid.UUID)):
        return str(value)
    raise ValueError("not a text")


def epoch(value: Any) -> int | None:
    """Epoch seconds from a number or a datetime; a naive datetime is UTC, whatever the machine's time zone."""
    if type(value) is int or value is None:
        return value
    if isinstance(value, datetime):
        return math.floor((value if value.tzinfo else value.replace(tzinfo=timezone.utc)).timestamp())
    if isinstance(value, (float, Decimal)):
        return math.floor(value)
    raise ValueError("not a time")


def flag(value: Any) -> bool:
    """A boolean, or whether a time is set: what holds any time at all is revoked, whatever the clocks say."""
    if value is None or isinstance(value, (bool, int, float, Decimal)):
        return bool(value)
    if isinstance(value, datetime):
        return True
    raise ValueError("neither a boolean nor a time")


def scope(value: Any) -> str | None:
    """Scopes in their order, separated by blanks, also from a list."""
    if value is None or isinstance(value, str):
        return value or None
    return " ".join(strings(value)) or None


def kind(value: Any) -> Kind:
    """Access or refresh token; a row that does not say is an access token's."""
    if value is None:
        return Kind.ACCESS
    word = str(getattr(value, "value", value)).lower()
    return Kind(word if word.endswith("_token") else f"{word}_token")


def strings(value: Any) -> tuple[str, ...]:
    """Several names: a list (also as JSON text), one plain text, or nothing."""
    if value is None or value == "":
        return ()
    if isinstance(value, str):
        return _strings_in(value)
    if not isinstance(value, (list, tuple, set, frozenset)) or not all(isinstance(item, str) for item in value):
        raise ValueError("not a list of texts")
    return tuple(value)


@lru_cache(_REMEMBERED)
def _strings_in(written: str) -> tuple[str, ...]:
    return strings(loads(written)) if written.startswith("[") else (written,)


def names(value: Any) -> frozenset[str]:
    """Several names, where the order says nothing."""
    return frozenset(strings(value))


def names_or_all(value: Any) -> frozenset[str] | None:
    """A limiting list: what is not there does not limit, an empty list lets nothing through."""
    return None if value is None or value == "" else names(value)


def right(value: Any) -> Right | None:
    """A caller's right. A boolean column says yes (the default right) or no; a word that is none means nothing."""
    if value is None or value == "" or value is True or value == 1:
        return None
    try:
        return Right(getattr(value, "value", value))
    except ValueError:
        if value is not False and value != 0:
            logger.error("a client's right to introspect is %r, which is no right; it is taken for 'none'", value)
        return Right.NONE


def document(value: Any) -> Any:
    """A JSON document, as the database gave it or as text; nothing for an empty text."""
    return (loads(value) if value else None) if isinstance(value, (str, bytes)) else value


def claims(value: Any) -> Mapping[str, Any] | None:
    """A JSON object of the host's own claims."""
    found = document(value)
    if found is not None and not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def as_is(value: Any) -> Any:
    """Whatever it is."""
    return value


def from_json(reader: Reader, path: tuple[str, ...] = ()) -> Reader:
    """A reader of JSON text.

    :param reader: reads the value.
    :param path: the keys that lead to the value; what is not there is ``None``.
    """

    def read(value: Any) -> Any:
        found = document(value)
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        return reader(found)

    # What these make is immutable, so the same text need not be read twice.
    return lru_cache(_REMEMBERED)(read) if reader in (strings, scope) else read
