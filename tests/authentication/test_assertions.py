"""``private_key_jwt`` and ``client_secret_jwt`` (RFC 7523), with assertions that PyJWT signs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from flask_introspect import ConfigError, plain

from ..support import FORM, JSON, NOW, Client, Host, basic
from .signing import (
    ENDPOINT,
    ISSUER,
    KEYS,
    SECRET,
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
def host(make_host: MakeHost) -> Host:
    return make_signer(make_host)


# Accepted


@pytest.mark.parametrize("dialect", [JSON, FORM])
@pytest.mark.parametrize("algorithm", KEYS)
def test_a_key_of_the_client_proves_it(host: Host, algorithm: str, dialect: str) -> None:
    assert ask(host, signed(algorithm), dialect).get_json()["active"] is True


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": ENDPOINT},
        {"aud": ["https://elsewhere.example", ISSUER]},
        {"exp": NOW + 3600},
        {"exp": NOW + 60.5},
        {"iat": None},
        {"nbf": NOW},
        {"iat": NOW + 30},
    ],
    ids=str,
)
def test_as_real_clients_write_it(host: Host, changes: dict[str, Any]) -> None:
    assert ask(host, signed(**changes)).status_code == 200


@pytest.mark.parametrize("headers", [{"typ": None}, {"typ": "client-authentication+jwt"}], ids=str)
def test_its_type_does_not_matter(host: Host, headers: dict[str, Any]) -> None:
    assert ask(host, signed(headers=headers)).status_code == 200


def test_a_kid_picks_the_key(host: Host) -> None:
    keys = [jwk("RS256", kid="other"), jwk("ES256", kid="mine")]
    host.change(Client, {"client_id": "signer"}, jwks={"keys": keys})
    assert ask(host, signed(headers={"kid": "mine"})).status_code == 200
    assert ask(host, signed(jti="second")).status_code == 200


def test_client_id_may_come_along(host: Host) -> None:
    assert ask(host, signed(), client_id="signer").status_code == 200


def test_a_key_that_is_replaced_is_refused_at_once(host: Host) -> None:
    assert ask(host, signed()).status_code == 200
    host.change(Client, {"client_id": "signer"}, jwks={"keys": [jwk("RS256")]})
    assert is_refused(ask(host, signed(jti="second")))


# Refused

REFUSED: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "test_client_1"},
    "another subject": {"sub": "test_client_1"},
    "an unknown client": {"iss": "nobody", "sub": "nobody"},
    "no subject": {"sub": None},
    "a NUL in the id": {"iss": "a\0b", "sub": "a\0b"},
    "another audience": {"aud": "https://elsewhere.example"},
    "an audience that begins like ours": {"aud": ISSUER + ".evil.example"},
    "no audience": {"aud": None},
    "an audience that is an object": {"aud": {"a": 1}},
    "no end": {"exp": None},
    "ended": {"exp": NOW},
    "good for more than an hour": {"exp": NOW + 7200},
    "an end that is a text": {"exp": str(NOW + 60)},
    "an end that is true": {"exp": True},
    "not yet good": {"nbf": NOW + 600},
    "made in the future": {"iat": NOW + 600},
    "no id": {"jti": None},
    "an empty id": {"jti": ""},
    "an id that is a number": {"jti": 5},
    "an endless id": {"jti": "x" * 5000},
}


@pytest.mark.parametrize("dialect", [JSON, FORM])
@pytest.mark.parametrize("changes", REFUSED.values(), ids=REFUSED)
def test_a_wrong_statement_is_refused(host: Host, changes: dict[str, Any], dialect: str) -> None:
    payload = json.dumps(claims(**changes)).encode()
    assert is_refused(ask(host, jwt.api_jws.encode(payload, KEYS["ES256"], "ES256"), dialect))


@pytest.mark.parametrize(
    "headers",
    [
        {"jku": "https://elsewhere.example/keys"},
        {"x5u": "https://elsewhere.example/cert"},
        {"jwk": jwk("ES256")},
        {"crit": ["exp"], "exp": 1},
        {"crit": ["unknown"], "unknown": 1},
    ],
    ids=lambda headers: next(iter(headers)),
)
def test_a_header_that_would_change_the_key_is_refused(host: Host, headers: Any) -> None:
    assert is_refused(ask(host, signed(headers=headers)))


def test_an_unsigned_assertion_is_refused(host: Host) -> None:
    for algorithm in ("none", "None", "NONE"):
        assertion = f"{part({'alg': algorithm})}.{part(claims())}."
        assert is_refused(ask(host, assertion))


def test_a_public_key_is_no_secret(host: Host) -> None:
    public = KEYS["ES256"].public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = part({"alg": "HS256"})
    signing_input = f"{header}.{part(claims())}"
    digest = hmac.digest(pem, signing_input.encode(), hashlib.sha256)
    forged = f"{signing_input}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"
    assert is_refused(ask(host, forged))


def test_a_key_of_somebody_else_is_refused(host: Host) -> None:
    assert is_refused(ask(host, signed(key=ec.generate_private_key(ec.SECP256R1()))))


def test_an_algorithm_that_is_not_allowed_is_refused(host: Host) -> None:
    assert is_refused(ask(host, signed("RS512", key=KEYS["RS256"])))


@pytest.mark.parametrize("jwks", [None, {}, {"keys": "none"}, {"keys": [{"kty": "EC"}]}], ids=str)
def test_a_client_without_a_usable_key_is_refused(host: Host, jwks: Any) -> None:
    host.change(Client, {"client_id": "signer"}, jwks=jwks)
    assert is_refused(ask(host, signed()))


def test_a_member_that_stands_twice_is_refused(host: Host) -> None:
    payload = json.dumps(claims())[:-1] + ', "sub": "signer"}'
    assert is_refused(ask(host, jwt.api_jws.encode(payload.encode(), KEYS["ES256"], "ES256")))


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "....", "é.é.é", "a" * 60_000, "[" * 20_000])
def test_what_is_no_assertion_is_refused(host: Host, text: str) -> None:
    assert is_refused(ask(host, text))


@pytest.mark.parametrize(
    "kind", [None, "", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"]
)
def test_another_type_of_assertion_is_refused(host: Host, kind: str | None) -> None:
    parameters = {"client_assertion": signed(), "client_assertion_type": kind}
    given = {name: value for name, value in parameters.items() if value is not None}
    assert is_refused(host.ask("documented", dialect=FORM, caller=None, **given))


def test_an_assertion_is_used_once(host: Host) -> None:
    assertion = signed()
    assert ask(host, assertion).status_code == 200
    assert is_refused(ask(host, assertion))


def test_ids_of_two_clients_are_not_mixed_up(host: Host) -> None:
    host.add_client("second", client_secret=None, jwks={"keys": [jwk("ES256")]})
    assert ask(host, signed()).status_code == 200
    assert ask(host, signed(iss="second", sub="second")).status_code == 200


@pytest.mark.parametrize("changes", [{"enabled": False}, {"public": True}], ids=str)
def test_a_client_that_may_not_authenticate_is_refused(host: Host, changes: Any) -> None:
    host.change(Client, {"client_id": "signer"}, **changes)
    assert is_refused(ask(host, signed()))


# Two methods at once


def test_beside_basic_it_is_a_second_method(host: Host) -> None:
    headers = basic("test_client_1", "test_secret")
    answer = ask(host, signed(), headers=headers)
    assert answer.status_code == 400
    assert "more than one client authentication method" in answer.get_json()["error_description"]


def test_beside_a_secret_it_is_a_second_method(host: Host) -> None:
    assert ask(host, signed(), client_id="signer", client_secret="x").status_code == 400


def test_another_client_id_is_a_fault(host: Host) -> None:
    assert ask(host, signed(), client_id="test_client_1").status_code == 400


def test_in_the_url_it_is_a_fault(host: Host) -> None:
    path = f"/v1/oauth/introspect?client_assertion={signed()}"
    answer = host.send({"token": "documented"}, FORM, caller=None, path=path)
    assert answer.status_code == 400


# The registered method


@pytest.mark.parametrize(
    ("registered", "status"),
    [(None, 200), ("private_key_jwt", 200), ("client_secret_basic", 401), ("none", 401)],
)
def test_a_client_uses_the_method_it_is_registered_for(
    host: Host, registered: str | None, status: int
) -> None:
    host.change(Client, {"client_id": "signer"}, auth_method=registered)
    assert ask(host, signed()).status_code == status


@pytest.mark.parametrize(
    ("registered", "status"),
    [
        (None, 200),
        ("client_secret_basic", 200),
        ("client_secret_post", 401),
        ("private_key_jwt", 401),
    ],
)
def test_so_does_a_client_with_a_secret(host: Host, registered: str | None, status: int) -> None:
    host.change(Client, {"client_id": "test_client_1"}, auth_method=registered)
    assert host.ask("documented").status_code == status


# client_secret_jwt


def test_a_secret_in_plain_text_can_sign(make_host: MakeHost) -> None:
    host = make_host(
        INTROSPECT_AUTH_METHODS=["client_secret_jwt"],
        INTROSPECT_CLIENT_FIELDS={"client_secret": plain("client_secret")},
    )
    host.add_client("signer", client_secret=SECRET, resources=["my_api"])
    host.add_token(client_id="signer")
    assert ask(host, signed("HS256", SECRET)).status_code == 200
    assert is_refused(ask(host, signed("HS256", SECRET + "x", jti="second")))
    assert is_refused(ask(host, signed("ES256", jti="third")))


def test_a_hashed_secret_cannot_sign(make_host: MakeHost) -> None:
    with pytest.raises(ConfigError) as caught:
        make_host(INTROSPECT_AUTH_METHODS=["client_secret_jwt"])
    assert caught.value.key == "INTROSPECT_AUTH_METHODS"
    assert "plain(...)" in caught.value.remedy


# Audiences


def test_the_host_may_take_the_issuer_alone(make_host: MakeHost) -> None:
    host = make_host(
        INTROSPECT_AUTH_METHODS=["private_key_jwt"], INTROSPECT_ASSERTION_AUDIENCES=[ISSUER]
    )
    host.add_client("signer", client_secret=None, jwks=jwk("ES256"))
    assert is_refused(ask(host, signed(aud=ENDPOINT)))
    assert ask(host, signed(jti="second")).status_code == 200


def test_the_host_header_is_no_audience(host: Host) -> None:
    evil = "https://evil.example/v1/oauth/introspect"
    headers = {"Host": "evil.example"}
    assert is_refused(ask(host, signed(aud=evil), headers=headers))


def test_without_an_issuer_nothing_is_meant_for_this_server(make_host: MakeHost) -> None:
    with pytest.raises(ConfigError) as caught:
        make_host(INTROSPECT_AUTH_METHODS=["private_key_jwt"], INTROSPECT_ISSUER=None)
    assert caught.value.key == "INTROSPECT_ASSERTION_AUDIENCES"
