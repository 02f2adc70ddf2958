"""Signing with our own keys, and encrypting for a client (:rfc:`7515`, :rfc:`7516`)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from joserfc import jwe, jws
from joserfc.errors import JoseError
from joserfc.jwe import JWERegistry
from joserfc.jwk import Key

from .algorithms import KEY_KINDS, algorithms_of
from .keys import keys_of
from .signed import Registry
from .sources import KeySource

__all__ = [
    "CONTENT_ENCRYPTION",
    "KEY_ENCRYPTION",
    "AnswerSigner",
    "Unencryptable",
    "encrypt_for",
    "public_jwks",
]

#: How the key of an encrypted answer gets to the client, and the type of the client's key. RSA1_5
#: is left out: it is broken (:rfc:`8725` section 3.2).
KEY_ENCRYPTION: Mapping[str, tuple[str, ...]] = {
    "RSA-OAEP": ("RSA",),
    "RSA-OAEP-256": ("RSA",),
    "ECDH-ES": ("EC", "OKP"),
    "ECDH-ES+A128KW": ("EC", "OKP"),
    "ECDH-ES+A256KW": ("EC", "OKP"),
}

#: How the answer itself is encrypted.
CONTENT_ENCRYPTION: Sequence[str] = (
    "A128CBC-HS256",
    "A256CBC-HS512",
    "A128GCM",
    "A256GCM",
)

#: Curves whose keys sign, and agree on no key.
_SIGNING_CURVES = frozenset({"Ed25519", "Ed448"})

#: The algorithm for a client that registers none.
_DEFAULT_ALGORITHM = "RS256"

_registry = JWERegistry(algorithms=[*KEY_ENCRYPTION, *CONTENT_ENCRYPTION])


class Unencryptable(ValueError):
    """The client has no key that an answer can be encrypted with."""


class AnswerSigner:
    """Signs with the first key that is for an algorithm.

    :ivar source: our private keys, the newest first.
    """

    def __init__(self, source: KeySource) -> None:
        self.source = source
        self._registry = Registry(algorithms=list(KEY_KINDS))

    def algorithms(self) -> list[str]:
        """List the algorithms that there is a key for, the first key's first.

        :raise KeysUnavailable: the host's callable gave no keys now.
        """
        return _algorithms(self.source.current())

    def sign(self, payload: Mapping[str, Any], algorithm: str | None, typ: str) -> str:
        """Sign a payload.

        :param algorithm: one of :meth:`algorithms`; ``None`` for RS256 (:rfc:`9701` section 6) if
            there is a key for it, else for the first key's.
        :param typ: the type in the header.
        :raise LookupError: there is no key for the algorithm.
        :raise KeysUnavailable: the host's callable gave no keys now.
        """
        keys = self.source.current()  # asked once: a moment later they may differ
        named = algorithm or _default_algorithm(keys)
        fit = [key for key in keys if named in algorithms_of(key, "sign")]
        if not fit:
            raise LookupError(named)
        header = {"typ": typ, "alg": named, "kid": fit[0].kid}
        octets = json.dumps(payload, separators=(",", ":"), allow_nan=False).encode()
        return jws.serialize_compact(header, octets, fit[0], registry=self._registry)

    def public_jwks(self) -> dict[str, Any]:
        """Return the public parts of our keys as a JWK set.

        :raise KeysUnavailable: the host's callable gave no keys now.
        """
        return public_jwks(self.source.current())


def _algorithms(keys: Sequence[Key]) -> list[str]:
    return list(dict.fromkeys(each for key in keys for each in algorithms_of(key, "sign")))


def _default_algorithm(keys: Sequence[Key]) -> str:
    algorithms = _algorithms(keys)
    return _DEFAULT_ALGORITHM if _DEFAULT_ALGORITHM in algorithms else algorithms[0]


def public_jwks(keys: Sequence[Key]) -> dict[str, Any]:
    """Write the public parts of keys as a JWK set (:rfc:`7517` section 5)."""
    public = (key.as_dict(private=False) for key in keys)
    return {
        "keys": [
            {"use": "sig"} | {name: value for name, value in each.items() if name != "key_ops"}
            for each in public  # whose operations are those of the private key
        ]
    }


def encrypt_for(jwks: Any, signed: str, alg: str, enc: str) -> str:
    """Encrypt a signed JWT for a client (:rfc:`7519` section 5.2).

    :param jwks: the client's registered public keys.
    :param alg: one of :data:`KEY_ENCRYPTION`; :param enc: one of :data:`CONTENT_ENCRYPTION`.
    :raise Unencryptable: none of the keys is for that.
    """
    key = next((each for each in keys_of(jwks) if _can_encrypt(each, alg)), None)
    if key is None or enc not in CONTENT_ENCRYPTION:
        raise Unencryptable(alg)
    header = {"alg": alg, "enc": enc, "cty": "JWT"}
    if key.kid is not None:
        header["kid"] = key.kid
    try:
        return jwe.encrypt_compact(header, signed, key, registry=_registry)
    except (JoseError, ValueError):
        raise Unencryptable(alg) from None


def _can_encrypt(key: Key, alg: str) -> bool:
    """Tell whether a key says that it is for an algorithm (:rfc:`7517` section 4)."""
    operations = key.get("key_ops")
    return (
        key.key_type in KEY_ENCRYPTION.get(alg, ())
        and key.get("crv") not in _SIGNING_CURVES
        and key.get("use", "enc") == "enc"
        and key.get("alg", alg) == alg
        and (operations is None or bool({"encrypt", "wrapKey", "deriveKey"} & set(operations)))
    )
