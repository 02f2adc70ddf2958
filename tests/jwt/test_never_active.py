"""JWTs that are never active, however good they look."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK

from flask_introspect import Reason, introspect

from ..support import DIALECTS, INACTIVE, JSON, Host, envelope
from .issuer import CLAIMS, ISSUER, KEYS, issued, jwk, part

pytestmark = pytest.mark.usefixtures("no_collection")

MakeHost = Callable[..., Host]

STRANGER = ec.generate_private_key(ec.SECP256R1())
NOT_FOUND = envelope(404, "Access token not found")


def by_hand(header: Any, payload: Any, key: Any = None) -> str:
    """A token whose header and payload PyJWT would not write, signed all the same."""
    signed = f"{part(header)}.{part(payload)}".encode()
    signature = jwt.algorithms.get_default_algorithms()["ES256"].sign(signed, key or KEYS["ES256"])
    return f"{signed.decode()}.{part(signature)}"


def hmac_with_a_public_key() -> str:
    public = KEYS["RS256"].public_key()
    pem = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    signed = f"{part({'alg': 'HS256', 'typ': 'at+jwt'})}.{part(CLAIMS)}"
    return f"{signed}.{part(hmac.digest(pem, signed.encode(), hashlib.sha256))}"


def encrypted() -> str:
    made = JWE(issued().encode(), json.dumps({"alg": "ECDH-ES", "enc": "A128GCM", "cty": "JWT"}))
    made.add_recipient(JWK(**{**jwk("ES256"), "use": "enc"}))
    written: str = made.serialize(compact=True)
    return written


HEADER = {"alg": "ES256", "typ": "at+jwt"}
TWICE = json.dumps(CLAIMS)[:-1] + ', "sub": "admin"}'

NEVER: dict[str, Callable[[], str]] = {
    "another key": lambda: issued(key=STRANGER),
    "another key under our kid": lambda: issued(key=STRANGER, headers={"kid": "ES256"}),
    "our key under another kid": lambda: issued(headers={"kid": "RS256"}),
    "a kid outside": lambda: issued(headers={"kid": "../../etc/passwd"}),
    "a kid that is no text": lambda: by_hand({**HEADER, "kid": 7}, CLAIMS),
    "a signature cut short": lambda: issued()[:-8],
    "no signature": lambda: issued().rpartition(".")[0] + ".",
    "none": lambda: f"{part({'alg': 'none', 'typ': 'at+jwt'})}.{part(CLAIMS)}.",
    "None": lambda: f"{part({'alg': 'NoNe', 'typ': 'at+jwt'})}.{part(CLAIMS)}.",
    "HMAC with a public key": hmac_with_a_public_key,
    "an algorithm that is not allowed": lambda: issued("RS256", headers={"alg": "RS512"}),
    "no algorithm": lambda: by_hand({"typ": "at+jwt"}, CLAIMS),
    "no type": lambda: by_hand({"alg": "ES256"}, CLAIMS),
    "a type that is no text": lambda: by_hand({"alg": "ES256", "typ": ["at+jwt"]}, CLAIMS),
    "an ID token": lambda: issued(headers={"typ": "JWT"}, nonce="n", aud="test_client_1"),
    "a client assertion": lambda: issued(iss="test_client_1", sub="test_client_1"),
    "a logout token": lambda: issued(headers={"typ": "logout+jwt"}, events={}),
    "a signed answer": lambda: issued(headers={"typ": "token-introspection+jwt"}),
    "a refresh token": lambda: issued(headers={"typ": "rt+jwt"}),
    "a DPoP proof": lambda: issued(headers={"typ": "dpop+jwt"}),
    "another issuer": lambda: issued(iss="https://evil.example"),
    "no issuer": lambda: issued(iss=None),
    "a list of issuers": lambda: by_hand(HEADER, {**CLAIMS, "iss": [ISSUER]}),
    "the issuer with a slash": lambda: issued(iss=ISSUER + "/"),
    "jku": lambda: issued(headers={"jku": "https://evil.example/jwks"}),
    "x5u": lambda: issued(headers={"x5u": "https://evil.example/certificate"}),
    "x5c": lambda: issued(headers={"x5c": ["AAAA"]}),
    "jwk": lambda: issued(headers={"jwk": jwk("ES256")}),
    "crit": lambda: by_hand({**HEADER, "crit": ["urn:x"], "urn:x": 1}, CLAIMS),
    "b64": lambda: by_hand({**HEADER, "b64": False, "crit": ["b64"]}, CLAIMS),
    "b64 alone": lambda: by_hand({**HEADER, "b64": True}, CLAIMS),
    "a member twice in the payload": lambda: by_hand(HEADER, TWICE.encode()),
    "a member twice in the header": lambda: by_hand(
        b'{"alg": "ES256", "typ": "at+jwt", "typ": "at+jwt"}', CLAIMS
    ),
    "a payload that is no object": lambda: by_hand(HEADER, ["at"]),
    "NaN": lambda: by_hand(HEADER, json.dumps({**CLAIMS, "x": float("nan")}).encode()),
    "an encrypted token": encrypted,
    "padded Base64": lambda: issued() + "==",
    "a blank before it": lambda: " " + issued(),
    "a fourth part": lambda: issued() + ".x",
}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", NEVER)
def test_it_is_unknown(jwt_host: Host, name: str, dialect: str) -> None:
    answer = jwt_host.ask(NEVER[name](), dialect=dialect)
    expected = (404, NOT_FOUND) if dialect == JSON else (200, INACTIVE)
    assert (answer.status_code, answer.data) == expected


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("another key", Reason.BAD_SIGNATURE),
        ("none", Reason.BAD_SIGNATURE),
        ("jku", Reason.BAD_SIGNATURE),
        ("an ID token", Reason.WRONG_TYPE),
        ("no type", Reason.WRONG_TYPE),
        ("another issuer", Reason.WRONG_ISSUER),
        ("a fourth part", Reason.UNKNOWN),
    ],
)
def test_the_host_learns_why(jwt_host: Host, name: str, reason: Reason) -> None:
    with jwt_host.app.app_context():
        assert introspect(NEVER[name]()).reason is reason


@pytest.mark.parametrize("claims", [{"nonce": "n"}, {"at_hash": "x"}, {"events": {}}])
def test_another_jwt_is_told_by_its_claims_where_the_type_says_nothing(
    make_jwt_host: MakeHost, claims: Any
) -> None:
    host = make_jwt_host(INTROSPECT_JWT_TYPES=["JWT"])
    assert host.ask(issued(headers={"typ": "JWT"}, **claims)).status_code == 404


def test_the_type_of_access_tokens_leaves_their_claims_to_the_issuer(jwt_host: Host) -> None:
    assert jwt_host.ask(issued(nonce="n")).json["nonce"] == "n"


def test_a_jwt_of_a_megabyte_is_too_long(jwt_host: Host) -> None:
    with jwt_host.app.app_context():
        assert introspect(issued(x="x" * 1_000_000)).reason is Reason.TOO_LONG


@pytest.mark.parametrize("claims", [{"exp": None}, {"aud": ["my_api", 5]}, {"scope": ["a", None]}])
def test_a_claim_that_cannot_be_read_is_no_good(jwt_host: Host, claims: Any) -> None:
    token = by_hand(HEADER, {**CLAIMS, **claims})
    assert jwt_host.ask(token).data == INACTIVE


@pytest.mark.parametrize("aud", ['["my_api"]', "my_api ", "MY_API", ["*"]])
def test_an_audience_is_compared_as_it_is_written(jwt_host: Host, aud: Any) -> None:
    assert jwt_host.ask(issued(aud=aud, client_id="nobody")).status_code == 404


def test_a_claim_that_json_cannot_write_is_no_500(jwt_host: Host) -> None:
    token = by_hand(HEADER, json.dumps(CLAIMS)[:-1].encode() + b', "x": 1e999}')
    assert jwt_host.ask(token).data == INACTIVE


def test_deep_nesting_is_no_500(jwt_host: Host) -> None:
    token = by_hand(
        HEADER, json.dumps(CLAIMS)[:-1].encode() + b', "x": ' + b"[" * 3000 + b"]" * 3000 + b"}"
    )
    assert jwt_host.ask(token).status_code in (200, 404)
    assert b"error" not in jwt_host.ask(token, dialect="application/x-www-form-urlencoded").data


@pytest.mark.parametrize("place", range(3))
def test_no_changed_letter_keeps_it_good(jwt_host: Host, place: int) -> None:
    token = issued("EdDSA")
    begin = sum(len(each) + 1 for each in token.split(".")[:place])
    for position in (begin, begin + 9, begin + len(token.split(".")[place]) - 1):
        for letter in "A_":
            changed = token[:position] + letter + token[position + 1 :]
            if changed != token:
                assert jwt_host.ask(changed).status_code == 404, (position, letter)
