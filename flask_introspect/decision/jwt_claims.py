"""The claims of a JWT access token, as a token's record (:rfc:`9068` section 2.2)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ..records import Kind, Token
from ..storage.decoding import UNDECODABLE, claims
from ..texts import is_storable
from ..wire.schemas import DOCUMENTED

__all__ = ["is_access_token", "merged", "token_of"]

#: Claims of other JWTs that an issuer signs: ID tokens (OpenID Connect Core section 2), logout
#: tokens and other security events (:rfc:`8417`), answers of this endpoint (:rfc:`9701`).
_CLAIMS_OF_OTHERS = frozenset({"nonce", "at_hash", "c_hash", "s_hash", "events", "toe"}) | {
    "token_introspection"
}

#: The latest valid time in epoch seconds: what JSON can write exactly.
_LAST = 2**53


def is_access_token(claims: Mapping[str, Any]) -> bool:
    """Tell whether these may be an access token's claims, and are not those of another JWT.

    The type in the header is more reliable, if the issuer writes one (:rfc:`8725` section 3.11).
    """
    return not (_CLAIMS_OF_OTHERS & claims.keys())


def token_of(payload: Mapping[str, Any]) -> Token:
    """Make a record of a JWT's claims. One that cannot be read makes the token unreadable."""
    read: dict[str, Any] = {"kind": Kind.ACCESS, "token_type": _token_type(payload)}
    faults = []
    for name, decode in _DECODERS.items():
        try:
            value = payload.get(name)
            read[name] = None if value is None else decode(value)
        except UNDECODABLE:
            faults.append(name)
    read["aud"] = read.get("aud") or ()  # a record's audience is never None
    if payload.get("exp") is None:  # it must end (RFC 9068 section 2.2)
        faults.append("exp")
    try:
        others = {name: each for name, each in payload.items() if name not in DOCUMENTED}
        read["claims"] = claims(others)
    except UNDECODABLE:
        faults.append("claims")
    return Token(**read, unreadable=faults[0] if faults else None)


def merged(token: Token, rows: Sequence[Token]) -> Token:
    """Merge a token's claims with its rows: it is good only if both say so."""
    if not rows:
        return token
    ends = [each.exp for each in (token, *rows) if each.exp is not None]
    begins = [each.nbf for each in (token, *rows) if each.nbf is not None]
    own = {name: each for row in rows for name, each in (row.claims or {}).items()}
    return token._replace(
        exp=min(ends, default=None),
        nbf=max(begins, default=None),
        username=token.username or next((each.username for each in rows), None),
        revoked=any(each.revoked for each in rows),
        user_enabled=all(each.user_enabled for each in rows),
        unreadable=token.unreadable or next((each.unreadable for each in rows), None),
        claims={**own, **(token.claims or {})},
    )


def _token_type(payload: Mapping[str, Any]) -> str:
    """Name how the token is presented: with a proof of its key, or alone (:rfc:`9449`)."""
    confirmation = payload.get("cnf")
    return "DPoP" if isinstance(confirmation, dict) and "jkt" in confirmation else "Bearer"


def _text(value: Any) -> str | None:
    if not isinstance(value, str) or not is_storable(value):
        raise ValueError("not a text")
    return value or None


def _scope(value: Any) -> str | None:
    """Read scopes: a text (:rfc:`8693` section 4.2), or a list, as some issuers have it."""
    return _text(" ".join(_texts(value)) if isinstance(value, list) else value)


def _audience(value: Any) -> tuple[str, ...]:
    return _texts(value if isinstance(value, list) else [value])


def _texts(values: Sequence[Any]) -> tuple[str, ...]:
    if not all(isinstance(each, str) for each in values):
        raise ValueError("not texts")
    return tuple(each for each in values if each)


def _time(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("not a time")
    if not -_LAST < value < _LAST:  # NaN is neither
        raise ValueError("not a time")
    return math.floor(value)


# Whom it is for comes first: of several faults, the first is the record's.
_DECODERS = {
    "client_id": _text,
    "aud": _audience,
    "username": _text,
    "sub": _text,
    "scope": _scope,
    "iss": _text,
    "jti": _text,
    "iat": _time,
    "exp": _time,
    "nbf": _time,
}
