"""A JWS that is read, but not verified yet (:rfc:`7515`)."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Mapping
from typing import Any, NoReturn

from joserfc.errors import JoseError
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry, extract_compact, validate_compact

__all__ = ["Registry", "SignedJson", "Unverifiable", "decoded", "encoded", "read_signed"]

#: Headers that point to a key outside, or carry one. None is followed; a token with one is refused.
_FOREIGN_KEYS = frozenset({"jku", "x5u", "jwk"})


class Unverifiable(ValueError):
    """This is no signed JSON that can be accepted. The text holds nothing of it."""


class Registry(JWSRegistry):
    """An allow-list of algorithms, which gives no warning about those it allows."""

    max_header_length = 16_384  # clients with certificates send them along, as x5c
    max_payload_length = 1_048_576  # what is read is bounded before: a token, a body
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
    :ivar signature: the signature's octets.
    """

    def __init__(self, text: str, algorithms: Collection[str]) -> None:
        self._registry = Registry(algorithms=algorithms, strict_check_header=False)
        self.header: Mapping[str, Any] = _unique_object(decoded(text.partition(".")[0]))
        self._check_header()
        try:
            self._jws = extract_compact(text.encode("ascii"), registry=self._registry)
        except (JoseError, ValueError):
            raise Unverifiable("it is no JWS") from None
        self.signature = decoded(text.rpartition(".")[2])
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
    :raise Unverifiable: it is none, or cannot be accepted, whoever signed it.
    """
    return SignedJson(text, algorithms)


def decoded(text: str) -> bytes:
    """Decode Base64 in the alphabet for URLs, without padding (:rfc:`7515` section 2).

    Only the canonical text of the octets is taken. Others differ in bits without meaning, so one
    signature could be written in several ways, and so could a revoked token.
    """
    try:
        octets = base64.b64decode(text + "=" * (-len(text) % 4), "-_", validate=True)
    except ValueError:
        raise Unverifiable("it is no Base64") from None
    if encoded(octets) != text:
        raise Unverifiable("its Base64 is padded, or not the only one")
    return octets


def encoded(octets: bytes) -> str:
    """Encode in the alphabet for URLs, without padding."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _unique_object(payload: bytes) -> Mapping[str, Any]:
    """Parse a JSON object. A duplicate member would mean two things to two readers."""

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
