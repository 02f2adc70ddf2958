"""Assertions, keys and secrets of somebody who means harm, or does not know better."""

from __future__ import annotations

import base64
import json
import logging
import warnings
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from flask_introspect import plain
from flask_introspect.jose import Unverifiable, keys_of, read_signed

from ..support import FORM, JSON, Client, Host, basic, quick_hash, statements
from .signing import (
    KEYS,
    SECRET,
    TYPE,
    MakeHost,
    ask,
    claims,
    is_refused,
    jwk,
    make_signer,
    part,
    signed,
)

pytestmark = pytest.mark.usefixtures("no_collection")


@pytest.fixture
def database_url(scratch_databases: Callable[[str], str]) -> str:
    """SQLite alone: none of this is a matter of the database."""
    return scratch_databases("sqlite")


@pytest.fixture
def host(make_host: MakeHost) -> Host:
    return make_signer(make_host)


def encoded(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def signed_text(header: str, payload: str) -> str:
    """Anything at all, with a good signature of the client's."""
    signing_input = f"{encoded(header.encode())}.{encoded(payload.encode())}"
    algorithm = jwt.algorithms.get_default_algorithms()["ES256"]
    signature = algorithm.sign(signing_input.encode(), KEYS["ES256"])
    return f"{signing_input}.{encoded(signature)}"


HEADERS = {
    "an array": '["alg"]',
    "a text": '"alg"',
    "a number": "5",
    "no algorithm": "{}",
    "an algorithm that is an object": '{"alg": {}}',
    "an algorithm that is a list": '{"alg": ["ES256"]}',
    "no algorithm at all": '{"alg": null}',
    "the algorithm twice": '{"alg": "none", "alg": "ES256"}',
    "a kid that is an object": '{"alg": "ES256", "kid": {}}',
    "a type that is a number": '{"alg": "ES256", "typ": 5}',
    "bottomless": '{"alg": "ES256", "x": ' + "[" * 11_000 + "]" * 11_000 + "}",
    "not encoded": '{"alg": "ES256", "b64": false, "crit": ["b64"]}',
    "not encoded, and not critical": '{"alg": "ES256", "b64": false}',
    "an empty crit": '{"alg": "ES256", "crit": []}',
    "NaN": '{"alg": "ES256", "x": NaN}',
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_a_header_that_is_odd_is_refused(host: Host, header: str) -> None:
    assert is_refused(ask(host, signed_text(header, json.dumps(claims()))))


PAYLOADS = {
    "an array": "[]",
    "bottomless": '{"x": ' + "[" * 11_000 + "]" * 11_000 + "}",
    "an endless number": json.dumps(claims(exp=None))[:-1] + ', "exp": ' + "9" * 5000 + "}",
    "a vast number": json.dumps(claims(exp=None))[:-1] + ', "exp": ' + "9" * 4000 + "}",
    "infinity": json.dumps(claims(exp=None))[:-1] + ', "exp": 1e999}',
    "issued at infinity": json.dumps(claims(iat=None))[:-1] + ', "iat": 1e999}',
    "an id with a lone surrogate": json.dumps(claims(jti="\ud800")),
    "a client with a lone surrogate": json.dumps(claims(iss="\ud800", sub="\ud800")),
    "no client": json.dumps(claims(iss="", sub="")),
    "a client that is a list": json.dumps(claims(iss=["signer"], sub=["signer"])),
}


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_a_payload_that_is_odd_is_refused(host: Host, payload: str) -> None:
    assert is_refused(ask(host, signed_text('{"alg": "ES256"}', payload)))


@pytest.mark.parametrize(
    "signature", ["", "AA", "A", "====", encoded(b"\0" * 64), encoded(b"\xff" * 64)]
)
@pytest.mark.parametrize("algorithm", KEYS)
def test_a_signature_that_is_none_is_refused(host: Host, algorithm: str, signature: str) -> None:
    unsigned = signed(algorithm).rpartition(".")[0]
    assert is_refused(ask(host, f"{unsigned}.{signature}"))


@pytest.mark.parametrize("value", [5, True, [], {}, ["x"]], ids=repr)
@pytest.mark.parametrize("name", ["client_assertion", "client_assertion_type", "client_id"])
def test_credentials_that_are_no_text_are_a_fault(host: Host, name: str, value: Any) -> None:
    parameters = {"client_assertion": signed(), "client_assertion_type": TYPE, name: value}
    answer = host.ask("documented", dialect=JSON, caller=None, **parameters)
    assert answer.status_code == 400
    assert answer.get_json()["error"] == f"{name}: it must be a string"


def test_a_type_alone_proves_nothing(host: Host) -> None:
    answer = host.ask("documented", dialect=FORM, caller=None, client_assertion_type=TYPE)
    assert is_refused(answer)


@pytest.mark.parametrize("dialect", [JSON, FORM])
def test_an_empty_assertion_counts_as_left_out(host: Host, dialect: str) -> None:
    answer = ask(host, "", dialect, headers=basic("test_client_1", "test_secret"))
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "scheme", ["client_assertion", "certificate", "client_secret_post", "Digest"]
)
def test_a_scheme_named_like_a_method_is_unknown(host: Host, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} x"}
    assert is_refused(host.ask("documented", dialect=FORM, caller=None, headers=headers))
    assert ask(host, signed(), headers=headers).status_code == 400


@pytest.mark.parametrize("client_id", ["signer", "nobody"])
def test_who_is_refused_makes_no_token_be_looked_for(host: Host, client_id: str) -> None:
    stranger = ec.generate_private_key(ec.SECP256R1())
    with statements() as sent:
        assert is_refused(ask(host, signed(key=stranger, iss=client_id, sub=client_id)))
    assert [each for each in sent if "token_digest" in each] == []


# The client's keys


def rsa_jwk(size: int = 2048, exponent: int = 65537) -> dict[str, Any]:
    numbers = rsa.generate_private_key(65537, size).public_key().public_numbers()
    n, e = numbers.n.to_bytes(size // 8, "big"), exponent.to_bytes(300, "big").lstrip(b"\0")
    return {"kty": "RSA", "n": encoded(n), "e": encoded(e)}


ODD_KEYS: dict[str, Any] = {
    "no object": "key",
    "no type": {},
    "a type that is a list": {"kty": ["EC"]},
    "symmetric": {"kty": "oct", "k": encoded(SECRET.encode())},
    "an RSA key that is too small": rsa_jwk(1024),
    "an exponent that costs": rsa_jwk(exponent=2**2040 + 1),
    "a vast modulus": {"kty": "RSA", "n": encoded(b"\xff" * 4096), "e": "AQAB"},
    "an even exponent": rsa_jwk(exponent=4),
    "a modulus that is a number": {"kty": "RSA", "n": 5, "e": "AQAB"},
    "no exponent": {"kty": "RSA", "n": "AQAB"},
    "off the curve": {
        "kty": "EC",
        "crv": "P-256",
        "x": encoded(b"\1" * 32),
        "y": encoded(b"\1" * 32),
    },
    "an unknown curve": {**jwk("ES256"), "crv": "P-1"},
    "a curve that is a list": {**jwk("ES256"), "crv": ["P-256"]},
    "a use that is a list": {**jwk("ES256"), "use": ["sig"]},
    "a use that contradicts": {**jwk("ES256"), "use": ["sig"], "key_ops": ["verify"]},
    "another curve's": {"kty": "OKP", "crv": "X25519", "x": encoded(b"\1" * 32)},
}


@pytest.mark.parametrize("key", ODD_KEYS.values(), ids=ODD_KEYS)
def test_a_key_that_cannot_be_used_spoils_no_other(host: Host, key: Any) -> None:
    host.change(Client, {"client_id": "signer"}, jwks={"keys": [key]})
    assert is_refused(ask(host, signed()))
    host.change(Client, {"client_id": "signer"}, jwks={"keys": [key, jwk("ES256")]})
    assert ask(host, signed()).status_code == 200


@pytest.mark.parametrize(
    "members",
    [{"use": "enc"}, {"key_ops": ["sign"]}, {"key_ops": ["deriveKey"]}, {"alg": "ES384"}],
    ids=str,
)
def test_a_key_for_something_else_verifies_nothing(host: Host, members: Any) -> None:
    host.change(Client, {"client_id": "signer"}, jwks={"keys": [jwk("ES256", **members)]})
    assert is_refused(ask(host, signed()))


def test_the_private_half_of_a_key_is_not_read() -> None:
    writer = jwt.algorithms.RSAAlgorithm
    whole = writer.to_jwk(KEYS["RS256"], as_dict=True)
    # Without its primes, they would have to be found from d, which costs as much as d says.
    (key,) = keys_of({"keys": [{"kty": "RSA", "n": whole["n"], "e": whole["e"], "d": whole["d"]}]})
    assert not key.is_private


def test_no_more_than_twenty_keys_of_a_client_are_read() -> None:
    assert len(keys_of({"keys": [jwk("ES256")] * 50})) == 20


def test_a_vast_set_of_keys_is_not_kept() -> None:
    assert keys_of({"keys": [jwk("ES256")], "x": "x" * 65_000}) != ()
    assert keys_of({"keys": [jwk("ES256")], "x": "x" * 66_000}) == ()


def test_keys_warn_of_nothing() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        keys_of({"keys": [rsa_jwk(1024), jwk("EdDSA"), jwk("ES256"), jwk("RS256")]})
        read_signed(signed("EdDSA"), ["EdDSA"]).is_signed_by(keys_of(jwk("EdDSA"))[0])
    assert caught == []


@pytest.mark.parametrize("algorithms", [[], ["RS256"]], ids=str)
def test_an_empty_allow_list_allows_nothing(algorithms: list[str]) -> None:
    with pytest.raises(Unverifiable):
        read_signed(signed(), algorithms)


# The client's secret


@pytest.fixture
def hmac_host(make_host: MakeHost) -> Host:
    made = make_host(
        INTROSPECT_AUTH_METHODS=["private_key_jwt", "client_secret_jwt"],
        INTROSPECT_CLIENT_FIELDS={"client_secret": plain("client_secret")},
    )
    made.add_client("signer", client_secret=SECRET, resources=["my_api"], jwks=jwk("ES256"))
    made.add_token(client_id="signer")
    return made


def test_either_method_is_on_offer(hmac_host: Host) -> None:
    assert ask(hmac_host, signed("HS256", SECRET)).status_code == 200
    assert ask(hmac_host, signed("ES256", jti="second")).status_code == 200


def test_a_stored_hash_is_no_secret(hmac_host: Host) -> None:
    leaked = quick_hash("some secret")
    hmac_host.change(Client, {"client_id": "signer"}, client_secret=leaked)
    assert is_refused(ask(hmac_host, signed("HS256", leaked)))


def test_a_short_secret_signs_nothing_and_the_log_says_so(
    hmac_host: Host, caplog: pytest.LogCaptureFixture
) -> None:
    short = "x" * 31
    hmac_host.change(Client, {"client_id": "signer"}, client_secret=short)
    payload = json.dumps(claims()).encode()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyJWT's, about the length
        assertion = jwt.api_jws.encode(payload, short, "HS256")
    with caplog.at_level(logging.ERROR):
        assert is_refused(ask(hmac_host, assertion))
    assert "client 'signer' cannot sign: its secret is too short" in caplog.text
    assert short not in caplog.text


def forged(key: bytes) -> str:
    """What somebody signs who takes a public thing for a secret."""
    signing_input = f"{part({'alg': 'HS256'})}.{part(claims())}"
    algorithm = jwt.algorithms.get_default_algorithms()["HS256"]
    return f"{signing_input}.{encoded(algorithm.sign(signing_input.encode(), key))}"


def test_a_public_key_is_no_secret_where_secrets_sign(hmac_host: Host) -> None:
    public = KEYS["ES256"].public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    for key in (pem, point, json.dumps(jwk("ES256")).encode(), b"", b"None"):
        assert is_refused(ask(hmac_host, forged(key)))


def test_a_key_of_another_curve_is_refused(host: Host) -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    assert is_refused(ask(host, signed("ES384", key)))
