"""A short name for a token that tells nothing about it."""

from __future__ import annotations

import hashlib
import hmac
import os

__all__ = ["Fingerprints"]

_PURPOSE = b"flask_introspect: fingerprints of tokens"

#: 64 bits are enough that two tokens of one log hardly ever share a name.
_OCTETS = 8


class Fingerprints:
    """Names tokens by a keyed hash: BLAKE2, which is made for that and is quicker than an HMAC.

    Without the key, nobody can even test a guess at the token.

    :param secret_key: the host's ``SECRET_KEY``: then all its workers name a token alike, even
        after a restart. ``None`` takes a random key, which lasts as long as the process.
    """

    def __init__(self, secret_key: str | bytes | None) -> None:
        octets = secret_key.encode() if isinstance(secret_key, str) else secret_key
        self._key = hmac.digest(octets or os.urandom(32), _PURPOSE, "sha256")

    def of(self, token: str) -> str:
        """Name a token."""
        octets = token.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(octets, digest_size=_OCTETS, key=self._key).hexdigest()
