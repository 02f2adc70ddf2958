"""What a text must be before a database, a hash, a comparison or a log takes it; what it holds."""

from __future__ import annotations

import hmac
import re
from typing import Any

__all__ = ["VARIABLE", "a_type", "equal", "has_surrogate", "is_storable", "shown"]

#: A variable in a route of Werkzeug's, with or without its converter.
VARIABLE = re.compile(r"<(?:[^:<>]+:)?(\w+)>")

#: At most so many characters of a text from outside are shown.
_MOST_SHOWN = 64


def equal(left: str, right: str) -> bool:
    """Compare two texts in constant time.

    Bytes are compared, since ``compare_digest`` refuses non-ASCII ``str``.
    """
    return hmac.compare_digest(
        left.encode("utf-8", "surrogatepass"), right.encode("utf-8", "surrogatepass")
    )


def has_surrogate(text: str) -> bool:
    """Tell whether a text cannot be encoded as UTF-8."""
    return not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text)


def is_storable(text: str) -> bool:
    """Tell whether every database could hold a text: no NUL, no lone surrogate."""
    return "\0" not in text and (text.isascii() or not has_surrogate(text))


def shown(text: str) -> str:
    """Write a text from outside so that it can neither break nor flood a log."""
    return ascii(text[:_MOST_SHOWN])[1:-1] + ("..." if len(text) > _MOST_SHOWN else "")


def a_type(value: Any) -> str:
    """Name the type of a value that cannot be used, with its article: ``"an int"``."""
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeioAEIO' else 'a'} {name}"
