"""The algorithms that need a private key on one side, and the keys that they are for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from joserfc.jwk import Key

__all__ = ["ED25519_NAMES", "KEY_KINDS", "PUBLIC_KEY_ALGORITHMS", "algorithms_of", "is_for"]

#: The keys that algorithms need: their type, and their curve or size.
KEY_KINDS: Mapping[str, tuple[Any, Any]] = {
    **dict.fromkeys(["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"], ("RSA", 2048)),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
    "Ed25519": ("OKP", "Ed25519"),
}

#: The algorithms whose signatures can be verified with a public key.
PUBLIC_KEY_ALGORITHMS = frozenset(KEY_KINDS)

#: Two names of one algorithm: RFC 8037's, and RFC 9864's, which says the curve.
ED25519_NAMES = frozenset({"EdDSA", "Ed25519"})


def is_for(algorithm: str, key: Key, operation: str = "verify") -> bool:
    """Tell whether a key says that it is for an algorithm (:rfc:`7517` section 4).

    :param operation: ``"verify"`` or ``"sign"``.
    """
    kind, curve_or_size = KEY_KINDS[algorithm]
    return (
        key.key_type == kind
        and key.get("crv", curve_or_size) == curve_or_size
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and operation in (key.get("key_ops") or [operation])
    )


def algorithms_of(key: Key, operation: str = "verify") -> list[str]:
    """List the algorithms that a key is for, the usual one first."""
    return [algorithm for algorithm in KEY_KINDS if is_for(algorithm, key, operation)]
