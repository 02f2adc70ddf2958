"""Signed answers: the keys that sign and encrypt them, how to ask for one, and how to read it."""

from __future__ import annotations

from typing import Any

import jwt
from jwcrypto.jwk import JWK

from ..support import Host
from .issuer import ISSUER, KEYS, jwk

SIGNED = "application/token-introspection+jwt"

#: Our own keys. They are the issuer's, which saves making others.
SIGNING = {"keys": [jwk(name, private=True) for name in ("RS256", "ES256", "ES384", "EdDSA")]}

ENCRYPTION = {"EC": JWK.generate(kty="EC", crv="P-256"), "RSA": JWK.generate(kty="RSA", size=2048)}
ENCRYPTION["OKP"] = JWK.generate(kty="OKP", crv="X25519")


def encryption_jwks(kind: str, **members: Any) -> dict[str, Any]:
    return {"keys": [{**ENCRYPTION[kind].export_public(as_dict=True), "kid": "mine", **members}]}


def ask(host: Host, token: str = "documented", accept: str | None = SIGNED, **options: Any) -> Any:
    headers = {} if accept is None else {"Accept": accept}
    return host.ask(token, headers=headers, **options)


def read(answer: Any, algorithm: str = "RS256", audience: str = "test_client_1") -> Any:
    """The claims of a signed answer, verified as a resource server would."""
    assert answer.status_code == 200
    assert answer.content_type == SIGNED
    options: Any = {"verify_iat": False}
    key = KEYS[algorithm].public_key()
    return jwt.decode(
        answer.data, key, [algorithm], audience=audience, issuer=ISSUER, options=options
    )
