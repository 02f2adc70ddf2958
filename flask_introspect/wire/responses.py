"""What goes back: status and body in a dialect, and the headers around them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..errors import RequestError
from ..records import Introspection
from .parameters import Parameters

__all__ = [
    "HEADERS",
    "HEADERS_THAT_VARY",
    "UNWRITABLE",
    "Dialect",
    "Reply",
    "Verdict",
    "encode",
    "envelope",
]

#: The first four are RFC 7662 section 4's and RFC 6749 section 5.1's for caches; the last keeps
#: browsers from taking JSON for a page.
HEADERS: Sequence[tuple[str, str]] = (
    ("Content-Type", "application/json"),
    ("Cache-Control", "no-store"),
    ("Pragma", "no-cache"),
    ("X-Content-Type-Options", "nosniff"),
)

#: The same, if a caller may ask for a signed answer instead (:rfc:`9110` section 12.5.5).
HEADERS_THAT_VARY: Sequence[tuple[str, str]] = (*HEADERS, ("Vary", "Accept"))

#: What :func:`encode` may raise for values that JSON cannot hold, or that are too deep.
UNWRITABLE = (TypeError, ValueError, RecursionError)

_encoder = json.JSONEncoder(allow_nan=False)


class Verdict(NamedTuple):
    """An answer in a dialect, before the headers are known."""

    status: int
    body: bytes


class Reply(NamedTuple):
    """A complete answer: status, headers, body."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes


def encode(value: Mapping[str, Any]) -> bytes:
    """Write JSON as the endpoint sends it."""
    return _encoder.encode(value).encode()


def envelope(status: int, text: str) -> Verdict:
    """Write an error of the documented API."""
    body = {"code": f"{status}000", "status_code": status, "status": "undefined", "error": text}
    return Verdict(status, encode(body))


_INACTIVE = Verdict(200, encode({"active": False}))

#: The documented answers about a token that is not there, by the hint.
_ACCESS_TOKEN_NOT_FOUND = envelope(404, "Access token not found")
_REFRESH_TOKEN_NOT_FOUND = envelope(404, "Refresh token not found")


@dataclass(frozen=True)
class Dialect:
    """One of the ways to speak with the endpoint.

    :ivar content_type: the media type that picks it.
    :ivar read: turns a body into its parameters; never raises.
    :ivar error: turns an error into its verdict.
    :ivar unknown_is_inactive: whether an unknown token is answered like an inactive one.
    """

    content_type: str
    read: Callable[[bytes], Parameters]
    error: Callable[[RequestError], Verdict]
    unknown_is_inactive: bool

    def answer(
        self, introspection: Introspection, hint: Any, unknown_is_inactive: bool | None
    ) -> Verdict:
        """Answer about a token.

        :param hint: the hint as presented: it picks the text about an unknown token.
        :param unknown_is_inactive: the host's choice, or ``None`` for this dialect's own.
        """
        if introspection.active:
            return Verdict(200, encode(introspection.claims))
        if unknown_is_inactive is None:
            unknown_is_inactive = self.unknown_is_inactive
        if introspection.known or unknown_is_inactive:
            return _INACTIVE
        return _REFRESH_TOKEN_NOT_FOUND if hint == "refresh_token" else _ACCESS_TOKEN_NOT_FOUND
