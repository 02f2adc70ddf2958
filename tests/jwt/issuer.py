"""An issuer of JWT access tokens, signed by PyJWT: another library than the one that verifies."""

from __future__ import annotations

import base64
import json
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from ..authentication.signing import KEYS as CLIENT_KEYS
from ..support import NOW

ISSUER = "http://localhost:4000"

KEYS: dict[str, Any] = {
    "RS256": CLIENT_KEYS["RS256"],
    "PS256": CLIENT_KEYS["RS256"],
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}

#: The claims of RFC 9068 section 2.2, of the documented token.
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "exp": 1640995200,
    "aud": "my_api",
    "sub": "user123",
    "client_id": "test_client_1",
    "iat": 1640918800,
    "jti": "jwt-1",
    "scope": "read write",
}

assert CLAIMS["iat"] < NOW < CLAIMS["exp"]


def jwk(algorithm: str, *, private: bool = False, **members: Any) -> dict[str, Any]:
    """A key of the issuer, as a JWK."""
    key = KEYS[algorithm] if private else KEYS[algorithm].public_key()
    writer = jwt.algorithms.get_default_algorithms()[algorithm]
    return {**writer.to_jwk(key, as_dict=True), "use": "sig", "kid": algorithm, **members}


def jwks(*algorithms: str) -> dict[str, Any]:
    """The issuer's public keys."""
    return {"keys": [jwk(name) for name in algorithms or ("RS256", "ES256", "ES384", "EdDSA")]}


def issued(algorithm: str = "ES256", key: Any = None, headers: Any = None, **changes: Any) -> str:
    """An access token. A claim that is ``None`` is left out."""
    claims = {name: value for name, value in (CLAIMS | changes).items() if value is not None}
    kid = "RS256" if algorithm == "PS256" else algorithm
    header = {"typ": "at+jwt", "kid": kid, **(headers or {})}
    return jwt.encode(
        claims,
        key or KEYS[algorithm],
        algorithm,
        headers={name: value for name, value in header.items() if value is not None},
    )


def part(value: Any) -> str:
    """A part of a JWT that is written by hand."""
    octets = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
