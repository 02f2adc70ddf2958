"""Encrypted answers (RFC 9701): who gets one, and who an error instead. Opened by jwcrypto."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from jwcrypto.jwe import JWE

from ..support import DIALECTS, DOCUMENTED, Host, error_body
from .answers import ENCRYPTION, SIGNED, ask, encryption_jwks
from .issuer import KEYS, jwk


@pytest.mark.parametrize("enc", [None, "A128CBC-HS256", "A256CBC-HS512", "A128GCM", "A256GCM"])
@pytest.mark.parametrize(
    ("kind", "alg"),
    [
        ("RSA", "RSA-OAEP"),
        ("RSA", "RSA-OAEP-256"),
        ("EC", "ECDH-ES"),
        ("EC", "ECDH-ES+A128KW"),
        ("EC", "ECDH-ES+A256KW"),
        ("OKP", "ECDH-ES"),
    ],
)
def test_an_answer_is_encrypted_for_whoever_is_registered_so(
    signing: Host, kind: str, alg: str, enc: str | None
) -> None:
    signing.add_client(
        "reg",
        resources=["*"],
        jwks=encryption_jwks(kind),
        introspection_encrypted_response_alg=alg,
        introspection_encrypted_response_enc=enc,
    )
    answer = ask(signing, caller=("reg", "test_secret"))
    assert answer.content_type == SIGNED
    opened = JWE()
    opened.deserialize(answer.data.decode(), ENCRYPTION[kind])
    header = opened.jose_header
    assert (header["alg"], header["enc"]) == (alg, enc or "A128CBC-HS256")
    assert (header["cty"], header["kid"]) == ("JWT", "mine")
    claims = jwt.decode(
        opened.payload,
        KEYS["RS256"].public_key(),
        ["RS256"],
        audience="reg",
        options={"verify_iat": False},
    )
    assert claims["token_introspection"] == DOCUMENTED


@pytest.mark.parametrize(
    "registered",
    [
        {"introspection_encrypted_response_alg": "RSA-OAEP", "jwks": None},
        {"introspection_encrypted_response_alg": "RSA-OAEP", "jwks": encryption_jwks("EC")},
        {
            "introspection_encrypted_response_alg": "ECDH-ES",
            "jwks": encryption_jwks("EC", use="sig"),
        },
        {
            "introspection_encrypted_response_alg": "ECDH-ES",
            "jwks": encryption_jwks("EC", alg="ECDH-ES+A128KW"),
        },
        {
            "introspection_encrypted_response_alg": "ECDH-ES",
            "jwks": encryption_jwks("EC", key_ops=["sign"]),
        },
        {"introspection_encrypted_response_alg": "ECDH-ES", "jwks": {"keys": [jwk("EdDSA")]}},
        {"introspection_encrypted_response_alg": "ECDH-ES", "jwks": {"keys": ["nonsense"]}},
        {"introspection_encrypted_response_alg": "RSA1_5", "jwks": encryption_jwks("RSA")},
        {"introspection_encrypted_response_alg": "dir", "jwks": encryption_jwks("EC")},
        {"introspection_encrypted_response_enc": "A128GCM", "jwks": encryption_jwks("EC")},
        {
            "introspection_encrypted_response_alg": "ECDH-ES",
            "introspection_encrypted_response_enc": "A1",
            "jwks": encryption_jwks("EC"),
        },
    ],
)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_client_whose_key_cannot_be_used_gets_an_error(
    signing: Host, registered: Any, dialect: str
) -> None:
    signing.add_client("reg", resources=["*"], **registered)
    answer = ask(signing, dialect=dialect, caller=("reg", "test_secret"))
    text = (
        "The answer cannot be written for this client: no key in its jwks is for the encryption "
        "that it is registered for"
    )
    assert answer.status_code == 400
    assert answer.data == error_body(dialect, 400, "invalid_request", text)
