"""The keys that a client registers: public ones, of which at least one can be used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .errors import AdminError

__all__ = ["public_jwks"]

#: The members of a JWK that only its owner may know (:rfc:`7518` section 6). ``k`` is the whole of
#: a symmetric key, and ``priv`` the private part of the newer kinds of key.
_PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv")

_RIGHT = 'Give the public keys, such as {"keys": [{"kty": "EC", "crv": ..., "x": ..., "y": ...}]}'


def public_jwks(given: Any) -> dict[str, Any]:
    """Read the public keys of a client as a JWK set (:rfc:`7517` section 5).

    A single JWK becomes a set. Other members of a set are ignored, as the RFC has it.

    :raise AdminError: it is no set, a key is private or symmetric, or none can be used.
    """
    members = _members(given)
    for n, member in enumerate(members, 1):
        _refuse_secret(f"key {n}", member)
    jwks = {"keys": list(members)}
    if not _usable(jwks):
        kinds = ", ".join(sorted({repr(member.get("kty")) for member in members}))
        raise AdminError(
            f"no key in it can be used (kty: {kinds}). Give whole keys of the kty 'RSA', of 2048 "
            "to 8192 bits, 'EC' or 'OKP'"
        )
    return jwks


def _members(given: Any) -> Sequence[Any]:
    """List the keys of a set, or the one that stands alone."""
    if not isinstance(given, Mapping):
        raise AdminError(f"it is no JWK set, which is a JSON object. {_RIGHT}")
    if "keys" not in given:
        if "kty" not in given:
            names = ", ".join(map(repr, given)) or "nothing"
            raise AdminError(f"it is no JWK set: it has no 'keys', but {names}. {_RIGHT}")
        return [given]
    members = given["keys"]
    if not isinstance(members, list):
        raise AdminError(f"it is no JWK set: its 'keys' are no list. {_RIGHT}")
    if not members:
        raise AdminError(f"its 'keys' are empty. {_RIGHT}")
    return members


def _refuse_secret(name: str, member: Any) -> None:
    """Refuse a key that must not stand in a table, and what is no key."""
    if not isinstance(member, Mapping):
        raise AdminError(f"{name} is no JWK, which is a JSON object. {_RIGHT}")
    if member.get("kty") == "oct":
        problem = f"{name} is symmetric (kty 'oct'), so who reads the table could sign with it"
        raise AdminError(f"{problem}. {_RIGHT}")
    held = ", ".join(repr(each) for each in _PRIVATE if each in member)
    if held:
        raise AdminError(f"{name} is private: it holds {held}. Give its public members alone")


def _usable(jwks: Mapping[str, Any]) -> bool:
    try:
        from ..jose import keys_of  # nobody else here needs its library
    except ImportError:
        raise AdminError("Keys need joserfc: pip install Flask-Introspect[jwt]") from None
    return bool(keys_of(jwks))
