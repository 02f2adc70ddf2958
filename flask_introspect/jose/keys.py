"""Public keys: which are taken from a JWK set, and which may have made a signature."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from joserfc.errors import JoseError
from joserfc.jwk import Key, generate_key, import_key

from .algorithms import ED25519_NAMES, KEY_KINDS, is_for
from .signed import SignedJson, decoded

__all__ = [
    "UNREADABLE",
    "generate_dummy_jwks",
    "import_jwk",
    "importable",
    "keys_for",
    "keys_named",
    "keys_of",
    "members_of",
]

#: How many keys of one client are tried at most.
_MAX_KEYS = 20

#: The sizes of RSA keys in bits that are taken. Smaller ones are too weak, and larger ones would
#: let a client make signatures too costly.
_RSA_SIZES = range(2048, 8192 + 1)
_RSA_EXPONENT_BITS = 32

#: The members of a JWK that count. Private ones, should there be any, are not even read.
_JWK_MEMBERS = frozenset({"kty", "use", "key_ops", "alg", "kid", "n", "e", "crv", "x", "y"})

_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi"})

#: How many clients' key sets are kept, by their text, and how long one may be in characters.
_REMEMBERED = 1024
_MAX_SET_LENGTH = 65_536

#: What a key may raise that cannot be read.
UNREADABLE = (JoseError, UnsupportedAlgorithm, ValueError, TypeError, LookupError, AttributeError)


def keys_of(jwks: Any) -> Sequence[Key]:
    """Read the keys of a JWK set (:rfc:`7517` section 5), as a dict, or one single JWK.

    Keys that cannot be read, and symmetric ones, are left out: a client's secret doesn't stand in
    its public keys.
    """
    if not isinstance(jwks, Mapping):
        return ()
    written = json.dumps(jwks, sort_keys=True)
    return _keys_in(written) if len(written) <= _MAX_SET_LENGTH else ()


@lru_cache(_REMEMBERED)
def _keys_in(written: str) -> Sequence[Key]:
    """Import keys once for each text, so that they are never older than the row."""
    return tuple(importable(members_of(json.loads(written))[:_MAX_KEYS]))


def members_of(jwks: Mapping[str, Any]) -> Sequence[Any]:
    """List the JWKs of a set, as they are written; a single JWK is a set of one."""
    members = jwks.get("keys", [jwks])
    return members if isinstance(members, list) else []


def importable(members: Sequence[Any]) -> Iterator[Key]:
    """Import the public keys that can be read, and skip the others."""
    for member in members:
        try:
            key = import_jwk(member)
        except UNREADABLE:
            continue
        if key is not None:
            yield key


def import_jwk(member: Mapping[str, Any], *, private: bool = False) -> Key | None:
    """Import one asymmetric key; a symmetric or an unfit one is none.

    :param private: keep the private part. Otherwise it isn't even read.
    """
    kind = member.get("kty")
    if kind == "RSA":
        size, exponent = (int.from_bytes(decoded(member[name]), "big") for name in ("n", "e"))
        if size.bit_length() not in _RSA_SIZES or exponent.bit_length() > _RSA_EXPONENT_BITS:
            return None
    elif kind not in ("EC", "OKP"):
        return None
    names = _JWK_MEMBERS | _PRIVATE_MEMBERS if private else _JWK_MEMBERS
    taken = {name: member[name] for name in names & member.keys()}
    if taken.get("alg") in ED25519_NAMES:
        del taken["alg"]  # the curve says as much, under whichever name
    return import_key(taken)


def keys_for(signed: SignedJson, keys: Sequence[Key]) -> Sequence[Key]:
    """Pick the keys that may have signed: those named by ``kid`` if it names any, else all.

    A key of another type, or not for this algorithm or for signatures, is left out.
    """
    kid = signed.header.get("kid")
    fit = [key for key in keys if is_for(signed.algorithm, key)]
    return [key for key in fit if kid is not None and key.kid == kid] or fit


def keys_named(signed: SignedJson, keys: Sequence[Key]) -> Sequence[Key]:
    """Pick the keys that may have signed, if the issuer says which.

    A key of another name is left out. One without a name, from PEM, may be any.
    """
    kid = signed.header.get("kid")
    fit = [key for key in keys if is_for(signed.algorithm, key)]
    return fit if kid is None else [key for key in fit if key.kid in (None, kid)]


def generate_dummy_jwks(algorithms: Collection[str]) -> Mapping[str, Any]:
    """Make a JWK set with a public key for each algorithm, with which nobody signs.

    It is verified against for unknown clients, so that they take as long as a wrong signature.
    """
    kinds = sorted({KEY_KINDS[algorithm] for algorithm in algorithms}, key=str)
    return {"keys": [_dummy_key(*kind) for kind in kinds]}


@cache
def _dummy_key(key_type: Any, curve_or_size: Any) -> Mapping[str, Any]:
    """Make a public key once per process: for RSA it takes much of a second."""
    return dict(generate_key(key_type, curve_or_size).as_dict(private=False))
