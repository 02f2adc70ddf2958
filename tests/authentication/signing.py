"""Assertions of a client, signed by PyJWT."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from ..support import FORM, NOW, Host

MakeHost = Callable[..., Host]

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ISSUER = "http://localhost:4000"
ENDPOINT = "http://localhost:4000/v1/oauth/introspect"
SECRET = "a secret of at least two hundred and fifty-six bits"

KEYS: dict[str, Any] = {
    "RS256": rsa.generate_private_key(65537, 2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
KEYS["PS256"] = KEYS["RS256"]


def jwk(algorithm: str, **members: Any) -> dict[str, Any]:
    """A public key as a client registers it."""
    writer = jwt.algorithms.get_default_algorithms()[algorithm]
    return {**writer.to_jwk(KEYS[algorithm].public_key(), as_dict=True), **members}


def claims(**changes: Any) -> dict[str, Any]:
    standard = {
        "iss": "signer",
        "sub": "signer",
        "aud": ISSUER,
        "exp": NOW + 60,
        "iat": NOW,
        "jti": "first",
    }
    merged = {**standard, **changes}
    return {name: value for name, value in merged.items() if value is not None}


def signed(algorithm: str = "ES256", key: Any = None, headers: Any = None, **changes: Any) -> str:
    return jwt.encode(claims(**changes), key or KEYS[algorithm], algorithm, headers=headers)


def make_signer(make_host: MakeHost) -> Host:
    """A host with a client that signs, and the documented one, which has a secret."""
    made = make_host(INTROSPECT_AUTH_METHODS=["client_secret_basic", "private_key_jwt"])
    made.add_client()
    made.add_token()
    keys = [jwk(name) for name in ("RS256", "ES256", "ES384", "EdDSA")]
    columns = {"client_secret": None, "resources": ["my_api"]}
    made.add_client("signer", jwks={"keys": keys}, **columns)
    return made


def ask(host: Host, assertion: str, dialect: str = FORM, **options: Any) -> Any:
    parameters = {"client_assertion_type": TYPE, "client_assertion": assertion, **options}
    return host.ask("documented", dialect=dialect, caller=None, **parameters)


def is_refused(answer: Any) -> bool:
    return answer.status_code == 401 and b"Client authentication failed" in answer.data


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
