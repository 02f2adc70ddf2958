"""Signed JSON (:rfc:`7515`, :rfc:`7517`), by joserfc; imported only where it is configured."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NoReturn

from cryptography.exceptions import UnsupportedAlgorithm
from joserfc.errors import JoseError
from joserfc.jwk import Key, generate_key, import_key
from joserfc.jws import JWSRegistry, extract_compact, validate_compact

__all__ = [
    "PUBLIC_KEY_ALGORITHMS",
    "SignedJson",
    "Unverifiable",
    "generate_dummy_jwks",
    "keys_for",
    "keys_of",
    "read_signed",
]

#: Headers that point to a key outside, or carry one. None is followed; a token with one is refused.
_FOREIGN_KEYS = frozenset({"jku", "x5u", "jwk"})

#: How many keys of one client are tried at most.
_MAX_KEYS = 20

#: The sizes of RSA keys in bits that are taken. Smaller ones are too weak, and a registered client
#: must not make a signature cost what it likes.
_RSA_SIZES = range(2048, 8192 + 1)
_RSA_EXPONENT_BITS = 32

#: The members of a JWK that count. Private ones, should there be any, are not even read.
_JWK_MEMBERS = frozenset({"kty", "use", "key_ops", "alg", "kid", "n", "e", "crv", "x", "y"})

#: How many clients' key sets are kept, by their text, and how long one may be in characters.
_REMEMBERED = 1024
_MAX_SET_LENGTH = 65_536

#: What a key may raise that cannot be read.
_UNREADABLE = (JoseError, UnsupportedAlgorithm, ValueError, TypeError, LookupError, AttributeError)


class Unverifiable(ValueError):
    """This is no signed JSON that can be accepted. The text holds nothing of it."""


class _Registry(JWSRegistry):
    """An allow-list of algorithms, which warns about none that it allows."""

    max_header_length = 16_384  # clients with certificates send them along, as x5c
    max_signature_length = 1_366  # of an RSA key with 8192 bits, in Base64

    def get_alg(self, name: str) -> Any:
        """Look up an allowed algorithm. joserfc would warn about ``EdDSA`` at every signature."""
        if name not in (self.allowed or ()):
            raise Unverifiable("its algorithm is not allowed")
        return self.algorithms[name]


class SignedJson:
    """A JWS whose payload is a JSON object, not verified yet.

    :ivar header: the protected header.
    :ivar claims: the payload. Nothing in it may be trusted before :meth:`is_signed_by`.
    """

    def __init__(self, text: str, algorithms: Collection[str]) -> None:
        self._registry = _Registry(algorithms=algorithms, strict_check_header=False)
        self.header: Mapping[str, Any] = _unique_object(_decoded(text.partition(".")[0]))
        self._check_header()
        try:
            self._jws = extract_compact(text.encode("ascii"), registry=self._registry)
        except (JoseError, ValueError):
            raise Unverifiable("it is no JWS") from None
        self.claims: Mapping[str, Any] = _unique_object(self._jws.payload)

    @property
    def algorithm(self) -> str:
        """The algorithm that it is signed with."""
        algorithm: str = self.header["alg"]
        return algorithm

    def is_signed_by(self, key: Key) -> bool:
        """Tell whether a key made the signature."""
        try:
            return validate_compact(self._jws, key, registry=self._registry)
        except (JoseError, ValueError):  # a key of another type, or not for signatures
            return False

    def _check_header(self) -> None:
        algorithm = self.header.get("alg")
        if not isinstance(algorithm, str) or algorithm == "none":
            raise Unverifiable("it is not signed")
        self._registry.get_alg(algorithm)
        if "crit" in self.header or "b64" in self.header:
            raise Unverifiable("it needs an extension that is not understood")
        if _FOREIGN_KEYS & self.header.keys():
            raise Unverifiable("it brings a key of its own, or points to one")


def read_signed(text: str, algorithms: Collection[str]) -> SignedJson:
    """Read a JWS without verifying it yet.

    :param algorithms: those that are allowed, such as ``"RS256"``.
    :raise Unverifiable: it is none, or cannot be accepted whoever signed it.
    """
    return SignedJson(text, algorithms)


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
    """Import keys once for each text, so that they can't be staler than the row."""
    jwks = json.loads(written)
    members = jwks.get("keys", [jwks])
    return tuple(_imported(members if isinstance(members, list) else []))


def _imported(members: Sequence[Any]) -> Iterator[Key]:
    for member in members[:_MAX_KEYS]:
        try:
            key = _import(member)
        except _UNREADABLE:
            continue
        if key is not None:
            yield key


def _import(member: Mapping[str, Any]) -> Key | None:
    """Import one public key; a symmetric or an unfit one is none."""
    kind = member.get("kty")
    if kind == "RSA":
        size, exponent = (int.from_bytes(_decoded(member[name]), "big") for name in ("n", "e"))
        if size.bit_length() not in _RSA_SIZES or exponent.bit_length() > _RSA_EXPONENT_BITS:
            return None
    elif kind not in ("EC", "OKP"):
        return None
    return import_key({name: member[name] for name in _JWK_MEMBERS & member.keys()})


def keys_for(signed: SignedJson, keys: Sequence[Key]) -> Sequence[Key]:
    """Pick the keys that may have signed: those named by ``kid`` if it names any, else all.

    A key of another type, or not for this algorithm or for signatures, is none of them.
    """
    kid = signed.header.get("kid")
    fit = [key for key in keys if _is_for(signed.algorithm, key)]
    return [key for key in fit if kid is not None and key.kid == kid] or fit


def _is_for(algorithm: str, key: Key) -> bool:
    """Tell whether a key is for an algorithm, as it says itself (:rfc:`7517` section 4)."""
    kind, curve_or_size = _KEY_KINDS[algorithm]
    return (
        key.key_type == kind
        and key.get("crv", curve_or_size) == curve_or_size
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and "verify" in (key.get("key_ops") or ["verify"])
    )


def _decoded(text: str) -> bytes:
    """Decode Base64 in the alphabet for URLs, without padding (:rfc:`7515` section 2)."""
    if "=" in text:
        raise Unverifiable("its Base64 is padded")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), "-_", validate=True)
    except ValueError:
        raise Unverifiable("it is no Base64") from None


def _unique_object(payload: bytes) -> Mapping[str, Any]:
    """Parse a JSON object. A member that stands twice would mean two things to two readers."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) != len(pairs):
            raise ValueError("a member stands twice")
        return members

    try:
        parsed = json.loads(payload, object_pairs_hook=unique, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Unverifiable("its payload is no JSON object") from None
    if not isinstance(parsed, dict):
        raise Unverifiable("its payload is no JSON object")
    return parsed


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


#: The keys that algorithms need: their type, and their curve or size.
_KEY_KINDS: Mapping[str, tuple[Any, Any]] = {
    **dict.fromkeys(["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"], ("RSA", 2048)),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
    "Ed25519": ("OKP", "Ed25519"),
}

#: The algorithms whose signatures can be verified with a public key.
PUBLIC_KEY_ALGORITHMS = frozenset(_KEY_KINDS)


def generate_dummy_jwks(algorithms: Collection[str]) -> Mapping[str, Any]:
    """Make a JWK set with a public key for each algorithm, with which nobody signs.

    It is verified against for unknown clients, so that they take as long as a wrong signature.
    """
    kinds = sorted({_KEY_KINDS[algorithm] for algorithm in algorithms}, key=str)
    return {"keys": [generate_key(*kind).as_dict(private=False) for kind in kinds]}
