"""From a database's values to a record's.

A decoder takes one value. If it cannot read it, it raises an error of :data:`UNDECODABLE`; nothing
is ever guessed.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from decimal import Decimal
from json import JSONDecoder, loads
from typing import Any, NoReturn

from ..logs import logger
from ..records import Kind, Right

__all__ = [
    "UNDECODABLE",
    "Decode",
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

Decode = Callable[[Any], Any]


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


#: Made once: ``json.loads`` makes one in every call that has options.
_decoder = JSONDecoder(parse_constant=_refuse_constant)

#: What a decoder raises for a value that it cannot read.
UNDECODABLE = (
    ValueError,
    TypeError,
    AttributeError,
    OverflowError,
    ArithmeticError,
    RecursionError,
)

#: How deep a host's own claims may be nested. If reading them succeeds, writing must not fail.
_MAX_DEPTH = 50


def text(value: Any) -> str | None:
    """Read a text. An empty one is nothing; numbers and UUIDs are written out."""
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, (int, uuid.UUID)):
        return str(value)
    raise ValueError("not a text")


def epoch(value: Any) -> int | None:
    """Read epoch seconds from a number or a datetime.

    A naive datetime is UTC, whatever the machine's time zone.
    """
    if type(value) is int or value is None:
        return value
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=timezone.utc)
        return math.floor(aware.timestamp())
    if isinstance(value, (float, Decimal)):
        return math.floor(value)
    raise ValueError("not a time")


def flag(value: Any) -> bool:
    """Read a boolean, or whether a time is set.

    A token with any time of revocation is revoked, whatever the clocks say.
    """
    if value is None or isinstance(value, (bool, int, float, Decimal)):
        return bool(value)
    if isinstance(value, datetime):
        return True
    raise ValueError("neither a boolean nor a time")


def scope(value: Any) -> str | None:
    """Read scopes in their order: a text with blanks between them, or a list, also as JSON text.

    A scope may begin with a bracket, but none holds a quotation mark (:rfc:`6749` section 3.3).
    """
    if value is None:
        return None
    if isinstance(value, str) and not (value.startswith("[") and ('"' in value or value == "[]")):
        return value or None
    return " ".join(strings(value)) or None


def kind(value: Any) -> Kind:
    """Read the kind of a token. A row that doesn't say holds an access token."""
    if value is None:
        return Kind.ACCESS
    word = str(getattr(value, "value", value)).lower()
    return Kind(word if word.endswith("_token") else f"{word}_token")


def strings(value: Any) -> tuple[str, ...]:
    """Read several names: a list (also as JSON text), one plain text, or nothing."""
    if value is None or value == "":
        return ()
    if isinstance(value, str):
        return strings(loads(value)) if value.startswith("[") else (value,)
    is_list = isinstance(value, (list, tuple, set, frozenset))
    if not is_list or not all(isinstance(item, str) for item in value):
        raise ValueError("not a list of texts")
    return tuple(value)


def names(value: Any) -> frozenset[str]:
    """Read several names whose order says nothing."""
    return frozenset(strings(value))


def names_or_all(value: Any) -> frozenset[str] | None:
    """Read a limit. ``None`` limits nothing; an empty one lets nothing through."""
    return None if value is None else names(value)


def right(value: Any) -> Right | None:
    """Read a caller's right.

    A boolean column says yes (the default right) or no. A word that is no right means none.
    """
    if value is None or value == "" or value is True or value == 1:
        return None
    try:
        return Right(getattr(value, "value", value))
    except ValueError:
        if value is not False and value != 0:
            logger.error(
                "a client's right to introspect is %r, which is no right; it is taken for 'none'",
                value,
            )
        return Right.NONE


def document(value: Any) -> Any:
    """Read a JSON document, as the database gave it or as text. An empty text is nothing."""
    if isinstance(value, bytes):
        value = value.decode()
    if not isinstance(value, str):
        return value
    return _decoder.decode(value) if value else None


def claims(value: Any) -> Mapping[str, Any] | None:
    """Read a JSON object of the host's own claims."""
    if value is None:
        return None
    found = document(value)
    if found is not None and not isinstance(found, dict):
        raise ValueError("not an object")
    _check_writable(found, _MAX_DEPTH)
    return found


def as_is(value: Any) -> Any:
    """Take any value as it is."""
    return value


def from_json(decode: Decode, path: tuple[str, ...] = ()) -> Decode:
    """Make a decoder of JSON text.

    :param decode: reads the value.
    :param path: the keys that lead to the value; what is not there is ``None``.
    """

    def read(value: Any) -> Any:
        if value == "" and not path:
            return decode(value)  # an empty limit is not the lack of one
        found = None if value is None else document(value)
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        return decode(found)

    return read


def _check_writable(value: Any, depth: int) -> None:
    """Refuse what cannot be written back as JSON: NaN, infinity, and too deep nesting."""
    if depth == 0:
        raise ValueError("nested too deep")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("not a number that JSON knows")
    if isinstance(value, (dict, list)):
        for member in value.values() if isinstance(value, dict) else value:
            _check_writable(member, depth - 1)
