"""Every parser of what somebody else wrote: it says what it read, or that it could not."""

from __future__ import annotations

import base64
import json
import math
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flask_introspect.authentication.basic import read_basic
from flask_introspect.authentication.presented import ClientCredentials
from flask_introspect.decision.jwt_claims import is_access_token, merged, token_of
from flask_introspect.errors import InvalidRequest
from flask_introspect.jose import SignedJson, Unverifiable, keys_of, read_signed
from flask_introspect.records import Token
from flask_introspect.secrets import UnreadableSecret, rotated, stored_secrets, verify_secret
from flask_introspect.settings.certificates import CertificateSource
from flask_introspect.storage import decoding
from flask_introspect.wire import FORM, JSON
from flask_introspect.wire.responses import encode
from flask_introspect.wire.schemas import load_request
from flask_introspect.wire.signed import SIGNED_TYPE, asks_for_jwt

from ..jwt.issuer import part

pytestmark = pytest.mark.slow

scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=20)


def nested(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
        max_leaves=12,
    )


json_values = nested(scalars | st.floats())
finite = nested(scalars | st.floats(allow_nan=False, allow_infinity=False))

#: What stands in a header: anything that a server hands on.
headers = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=80)

secrets = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
ids = secrets.filter(lambda text: ":" not in text)


# Basic


@given(ids, secrets)
@example("a", ":")
@example("%41", "+")
def test_basic_reads_what_was_sent_unencoded(client_id: str, secret: str) -> None:
    sent = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    assert ClientCredentials(client_id, secret) in read_basic(sent)


@given(ids, secrets)
def test_basic_reads_what_was_sent_encoded(client_id: str, secret: str) -> None:
    for encode_ in (quote_plus, quote):
        pair = f"{encode_(client_id, safe='')}:{encode_(secret, safe='')}"
        sent = base64.b64encode(pair.encode()).decode()
        assert ClientCredentials(client_id, secret) in read_basic(sent)


@given(headers)
def test_basic_takes_any_header(header: str) -> None:
    assert len(read_basic(header)) <= 2


@given(st.binary(max_size=60))
def test_basic_takes_any_octets(octets: bytes) -> None:
    for each in read_basic(base64.b64encode(octets).decode()):
        assert each.plausible


# Bodies


@given(st.binary(max_size=200))
@example(b"token=%ff")
@example(b'{"token": "\\ud800"}')
def test_a_body_is_read_or_has_a_fault(body: bytes) -> None:
    for dialect in (FORM, JSON):
        parameters = dialect.read(body)
        try:
            loaded = load_request(parameters.values)
        except InvalidRequest as error:
            assert "token" in error.description
        else:
            assert loaded["token"]


@given(st.dictionaries(st.text(min_size=1, max_size=10), secrets, max_size=5), secrets)
def test_a_form_is_read_as_it_was_written(others: dict[str, str], token: str) -> None:
    parameters = FORM.read(urlencode({**others, "token": token}).encode())
    assert (parameters.get("token"), parameters.fault) == (token, None)


@given(st.dictionaries(st.text(max_size=10), finite, max_size=5), st.text(min_size=1))
def test_json_is_read_as_it_was_written(others: dict[str, Any], token: str) -> None:
    parameters = JSON.read(json.dumps({**others, "token": token}).encode())
    assert parameters.get("token") == token


@given(json_values)
def test_json_takes_any_value(value: Any) -> None:
    parameters = JSON.read(json.dumps(value).encode())
    assert parameters.fault is not None or isinstance(value, dict)


# Assertions and JWTs

ALGORITHMS = frozenset({"RS256", "ES256", "EdDSA"})


def read(text: str) -> SignedJson | None:
    try:
        return read_signed(text, ALGORITHMS)
    except Unverifiable as error:
        assert not error.args[0].isascii() or len(str(error)) < 80
        return None


@given(st.text(max_size=200))
@example("..")
@example("e30.e30.")
def test_a_jws_is_read_or_refused(text: str) -> None:
    read(text)


@given(json_values, json_values, st.binary(max_size=80))
def test_a_jws_of_any_parts_is_read_or_refused(header: Any, payload: Any, signature: bytes) -> None:
    signed = read(f"{part(header)}.{part(payload)}.{part(signature)}")
    if signed is not None:
        assert isinstance(payload, dict)
        assert signed.claims == payload


@given(st.dictionaries(st.sampled_from(["alg", "typ", "kid", "crit", "b64", "jku"]), json_values))
def test_a_header_of_any_members_is_read_or_refused(header: dict[str, Any]) -> None:
    signed = read(f"{part({'alg': 'ES256', **header})}.{part({'sub': 'x'})}.AAAA")
    if signed is not None:
        assert not {"crit", "b64", "jku"} & header.keys()


CLAIMS = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "client_id", "scope", "cnf", "act"]


@given(st.dictionaries(st.sampled_from([*CLAIMS, "username", "nonce", "active"]), json_values))
def test_claims_of_any_kind_become_a_record_that_can_be_written(claims: dict[str, Any]) -> None:
    is_access_token(claims)
    token = token_of(claims)
    for value in (token.client_id, token.sub, token.scope, token.iss, token.jti, token.username):
        assert value is None or (isinstance(value, str) and value)
    for value in (token.exp, token.nbf, token.iat):
        assert value is None or type(value) is int
    assert all(isinstance(each, str) for each in token.aud)
    if token.unreadable is None:
        assert token.exp is not None
        encode(dict(token.claims or {}))
    assert merged(token, [token]).exp == token.exp


@given(json_values)
def test_keys_of_any_kind_are_read_or_left_out(value: Any) -> None:
    keys_of(value)
    keys_of({"keys": value})
    keys_of({"keys": [value]})


@given(
    st.dictionaries(
        st.sampled_from(["kty", "crv", "x", "y", "n", "e", "use", "alg", "kid", "key_ops"]),
        st.sampled_from(["RSA", "EC", "OKP", "P-256", "Ed25519", "AQAB", "AAAA", "sig"])
        | json_values,
    )
)
def test_a_key_of_any_members_is_read_or_left_out(member: dict[str, Any]) -> None:
    assert len(keys_of({"keys": [member]})) <= 1


# Accept


@given(headers)
def test_accept_takes_any_header(header: str) -> None:
    if SIGNED_TYPE not in header.lower():
        assert asks_for_jwt(header) is False


@given(
    st.lists(
        st.tuples(
            st.sampled_from([SIGNED_TYPE, "application/json", "application/*", "*/*", "text/html"]),
            st.sampled_from(["", ";q=0", ";q=0.5", ";q=1", ";q=x", ";q=", ";charset=x", ";"]),
        ),
        max_size=4,
    )
)
def test_a_jwt_is_asked_for_by_its_very_type(ranges: list[tuple[str, str]]) -> None:
    named = [quality for name, quality in ranges if name == SIGNED_TYPE]
    asked = asks_for_jwt(",".join(name + quality for name, quality in ranges))
    if not named or set(named) <= {";q=0", ";charset=x"}:
        assert asked is False
    if named == [";q=1"] or named == [""]:
        assert asked is True


# Stored secrets


@given(st.text(max_size=80), secrets)
@example("scrypt:1:1:1$$", "x")
@example("pbkdf2:sha256:1$salt$zz", "x")
@example("pbkdf2:md9:1$salt$00", "x")
@example("$2b$12$", "x")
@example("$argon2id$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA", "x")
@example("{bcrypt}$2b$12$", "x")
def test_a_stored_text_is_checked_or_unreadable(stored: str, presented: str) -> None:
    try:
        assert verify_secret(stored, presented) is False
    except UnreadableSecret as error:
        assert presented not in str(error) or len(presented) < 4


@given(json_values)
def test_stored_values_are_secrets_or_unreadable(value: Any) -> None:
    for raw in (value, json.dumps(value)):
        try:
            found = stored_secrets(raw)
        except UnreadableSecret:
            continue
        assert all(isinstance(each.value, str) and each.value for each in found)


@given(
    st.lists(st.tuples(secrets, st.none() | st.integers(0, 2**40)), max_size=4),
    st.integers(0, 10**6),
    st.integers(0, 2**40),
)
def test_a_rotation_can_be_read_again_and_gives_no_secret_a_later_end(
    old: list[tuple[str, int | None]], keep_for: int, now: int
) -> None:
    held = [{"hash": value, "expires_at": end} for value, end in old]
    new, *kept = stored_secrets(json.dumps(rotated(held, "new", keep_for=keep_for, now=now)))
    assert (new.value, new.expires_at) == ("new", None)
    ends = dict(reversed(old))
    for each in kept:
        assert each.expires_at is not None
        assert now < each.expires_at <= now + keep_for
        assert ends[each.value] is None or len(old) > 1 or each.expires_at <= ends[each.value]


# Mapped values

DECODERS = [
    decoding.text,
    decoding.epoch,
    decoding.flag,
    decoding.scope,
    decoding.kind,
    decoding.strings,
    decoding.names,
    decoding.names_or_all,
    decoding.right,
    decoding.document,
    decoding.claims,
    decoding.from_json(decoding.strings, ("a", "b")),
]


@pytest.mark.parametrize("decode", DECODERS, ids=lambda each: each.__name__)
@given(value=json_values | st.binary(max_size=20) | st.datetimes() | st.decimals() | st.uuids())
@example(value="[")
@example(value="[1]")
@example(value=math.inf)
def test_a_mapped_value_is_read_or_undecodable(decode: Any, value: Any) -> None:
    try:
        read_value = decode(value)
    except decoding.UNDECODABLE:
        return
    if decode is decoding.claims and read_value is not None:
        encode(read_value)
    if decode is decoding.epoch:
        assert read_value is None or isinstance(read_value, int)


# Certificates

SOURCE = CertificateSource.read({"header": "X-Cert", "verified": None, "from": ["127.0.0.1"]})


@given(headers)
@example("-----BEGIN CERTIFICATE-----" * 2 + "-----END CERTIFICATE-----")
@example(":AA==:")
@example("%")
def test_a_certificate_header_is_pem_or_none(header: str) -> None:
    found = SOURCE.certificate({"HTTP_X_CERT": header, "REMOTE_ADDR": "127.0.0.1"})
    assert found is None or found.count(b"BEGIN CERTIFICATE") == 1


def test_the_record_of_no_claims_is_unreadable() -> None:
    assert token_of({}) == Token(
        token_of({}).kind, token_type="Bearer", claims={}, unreadable="exp"
    )
