"""Is a token a JWT of one of our issuers, and did they sign it? (:rfc:`9068` section 4)"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from ..errors import TemporarilyUnavailable
from ..jose import (
    KeySource,
    KeysUnavailable,
    SignedJson,
    Unverifiable,
    keys_named,
    read_signed,
    twin_of,
)
from ..records import Reason, Token
from ..remembered import Remembered
from ..storage.carried import Carried
from .jwt_claims import is_access_token, token_of

__all__ = ["JWTSignatures", "NotOurs", "SeenJWT"]

#: How many tokens whose signature was verified are remembered, and how many whose failed.
_REMEMBERED = 4096

#: The type that only access tokens have (:rfc:`9068` section 2.1).
_ACCESS_TOKEN = "at+jwt"  # noqa: S105

#: How Base64 begins where a JSON object is encoded.
_OBJECT = "eyJ"


class NotOurs(Exception):
    """This is none of our issuers' access tokens.

    :param reason: why, for the host alone.
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class SeenJWT(NamedTuple):
    """A JWT that says that it is an access token of one of our issuers.

    :ivar token: its claims; :ivar carried: what the tables may know it by.
    """

    digest: bytes
    token: Token
    carried: Carried


class JWTSignatures:
    """Knows the JWTs of our issuers, and which of them they signed.

    A verified token is remembered by its digest, with the keys then in force. It counts only while
    these same keys are, so removing a key ends its tokens at once. Failures are remembered in the
    same way, but apart: so a forgery takes the time of a token for somebody else, and a flood of
    them pushes out no good token.

    :param keys: the public keys of the issuers.
    :param algorithms: those that are allowed; none of them with a shared secret.
    :param types: what the header may say as the type, in lower case, without ``application/``.
    :param issuers: what ``iss`` may be.
    """

    def __init__(
        self,
        keys: KeySource,
        *,
        algorithms: Collection[str],
        types: Collection[str],
        issuers: Collection[str],
    ) -> None:
        self._keys = keys
        self._algorithms = frozenset(algorithms)
        self._types = frozenset(types)
        self._issuers = frozenset(issuers)
        self._verified: Remembered[tuple[SeenJWT, Sequence[Any]]] = Remembered(_REMEMBERED)
        self._failed: Remembered[tuple[SeenJWT, Sequence[Any]]] = Remembered(_REMEMBERED)

    def see(self, text: str) -> SeenJWT:
        """Read what a token says about itself, and verify nothing yet.

        :raise NotOurs: it is no JWT, or not one that these issuers issue as an access token.
        """
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        known = self._verified.get(digest) or self._failed.get(digest)
        if known is not None:
            return known[0]
        signed = self._read(text)
        token = token_of(signed.claims)
        carried = Carried(token.client_id or "", token.iss or "", token.jti, twin_of(text, signed))
        return SeenJWT(digest, token, carried)

    def is_signed(self, text: str, seen: SeenJWT) -> bool:
        """Tell whether one of the keys that are in force now signed a token.

        :raise TemporarilyUnavailable: the host's callable gives no keys now.
        """
        try:
            keys = self._keys.current()
        except KeysUnavailable:
            raise TemporarilyUnavailable() from None
        for remembered, outcome in ((self._verified, True), (self._failed, False)):
            known = remembered.get(seen.digest)
            if known is not None and known[1] is keys:
                return outcome
        signed = self._read(text)
        holds = any(signed.is_signed_by(key) for key in keys_named(signed, keys))
        remembered, other = self._verified, self._failed
        if not holds:
            remembered, other = other, remembered
        remembered.put(seen.digest, (seen, keys))
        other.discard(seen.digest)
        return holds

    def _read(self, text: str) -> SignedJson:
        try:
            signed = read_signed(text, self._algorithms)
        except Unverifiable:
            is_jwt = text.startswith(_OBJECT)
            raise NotOurs(Reason.BAD_SIGNATURE if is_jwt else Reason.UNKNOWN) from None
        if "x5c" in signed.header:  # a key of its own, which nobody here would look at
            raise NotOurs(Reason.BAD_SIGNATURE)
        written = _type_of(signed)
        # A type of its own says it all; with others, the claims must.
        is_told = written == _ACCESS_TOKEN or is_access_token(signed.claims)
        if written not in self._types or not is_told:
            raise NotOurs(Reason.WRONG_TYPE)
        issuer = signed.claims.get("iss")
        if not isinstance(issuer, str) or issuer not in self._issuers:
            raise NotOurs(Reason.WRONG_ISSUER)
        return signed


def _type_of(signed: SignedJson) -> str | None:
    """Read the type in the header, whose prefix may be left out (:rfc:`7515` section 4.1.9)."""
    written = signed.header.get("typ")
    return written.lower().removeprefix("application/") if isinstance(written, str) else None
