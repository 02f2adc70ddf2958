"""Signed answers (RFC 9701): who gets one, and what it says. Read by PyJWT and jwcrypto."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import datetime
from itertools import cycle
from typing import Any

import jwt
import pytest
from jwcrypto.jwk import JWK

from flask_introspect import ConfigError

from ..support import DIALECTS, DOCUMENTED, FORM, HEADERS, JSON, NOW, Host, error_body
from .answers import SIGNED, SIGNING, ask, read
from .issuer import ISSUER, jwk

MakeHost = Callable[..., Host]


@pytest.mark.parametrize("value", [datetime(2022, 1, 1), float("nan")], ids=["time", "NaN"])
def test_a_claim_that_json_cannot_hold_is_not_signed(
    make_signing: MakeHost, value: Any, caplog: pytest.LogCaptureFixture
) -> None:
    host = make_signing(INTROSPECT_EXTRA_CLAIMS=lambda token, caller: {"own": value})
    assert ask(host).status_code == 500
    (line,) = caplog.messages
    assert line.startswith("INTROSPECT_EXTRA_CLAIMS: the request gets no answer: ")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_answer_is_signed_for_whoever_asks_for_it(signing: Host, dialect: str) -> None:
    answer = ask(signing, dialect=dialect)
    assert list(read(answer).items()) == [
        ("iss", ISSUER),
        ("aud", "test_client_1"),
        ("iat", NOW),
        ("token_introspection", DOCUMENTED),
    ]
    header = jwt.get_unverified_header(answer.data)
    assert header == {"typ": "token-introspection+jwt", "alg": "RS256", "kid": "RS256"}


def test_the_answer_inside_is_the_plain_one(signing: Host) -> None:
    inside = read(ask(signing))["token_introspection"]
    assert json.dumps(inside).encode() == ask(signing, accept=JSON).data


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("unknown", ["auto", "inactive", "not_found"])
@pytest.mark.parametrize("token", ["expired", "foreign", "nowhere", "a\0b"])
def test_whatever_is_not_active_is_inactive_inside(
    make_signing: MakeHost, dialect: str, unknown: str, token: str
) -> None:
    host = make_signing(INTROSPECT_UNKNOWN_TOKEN=unknown)
    host.add_token("expired", exp=1)
    host.add_token("foreign", client_id="somebody", aud="somebody")
    answer = ask(host, token, dialect=dialect)
    assert read(answer)["token_introspection"] == {"active": False}


def test_the_headers_are_those_of_a_plain_answer(signing: Host) -> None:
    for accept, content_type in ((SIGNED, SIGNED), (JSON, JSON)):
        headers = dict(ask(signing, accept=accept).headers)
        del headers["Content-Length"]
        assert headers == {**HEADERS, "Content-Type": content_type, "Vary": "Accept"}


@pytest.mark.parametrize(
    ("accept", "signed"),
    [
        (SIGNED, True),
        ("Application/Token-Introspection+JWT", True),
        (f"{SIGNED}, application/json", True),
        (f"application/json, {SIGNED}", True),
        (f"{SIGNED}, application/json;q=0.9", True),
        (f"{SIGNED}, */*", True),
        (f"{SIGNED};q=0.5, */*;q=0.1", True),
        (f"{SIGNED};q=0.5, application/json", False),
        (f"{SIGNED};q=0.5, */*", False),
        (f"{SIGNED};q=0.5, application/*;q=0.8", False),
        (f"{SIGNED};q=0", False),
        (f"{SIGNED};q=0, */*", False),
        (f"{SIGNED};q=nonsense", False),
        (f"{SIGNED};q=0.1, application/json;charset=utf-8", False),
        (f"{SIGNED};q=0.9, application/json;charset=utf-8;q=0.1", True),
        (f"{SIGNED};v=9", False),
        (f"{SIGNED};v=9, application/json;q=0.1", False),
        ("application/json", False),
        ("application/*", False),
        ("*/*", False),
        ("application/jwt", False),
        ("application/token-introspection", False),
        ("text/html", False),
        ("", False),
        ("\xff,;=,", False),
        (None, False),
    ],
)
def test_the_accept_header_decides(signing: Host, accept: str | None, signed: bool) -> None:
    answer = ask(signing, accept=accept)
    assert answer.status_code == 200
    assert answer.content_type == (SIGNED if signed else JSON)


def test_without_keys_nobody_gets_one(host: Host) -> None:
    answer = ask(host)
    assert (answer.content_type, answer.json) == (JSON, DOCUMENTED)
    assert "Vary" not in answer.headers


@pytest.mark.parametrize("dialect", DIALECTS)
def test_errors_stay_json(signing: Host, dialect: str) -> None:
    answer = ask(signing, dialect=dialect, caller=("test_client_1", "wrong"))
    assert answer.data == error_body(dialect, 401, "invalid_client", "Client authentication failed")
    assert (answer.content_type, answer.headers["Vary"]) == (JSON, "Accept")


# What a client is registered for


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "ES384", "EdDSA"])
def test_the_algorithm_is_the_registered_one(signing: Host, algorithm: str) -> None:
    signing.add_client("reg", resources=["*"], introspection_signed_response_alg=algorithm)
    answer = ask(signing, caller=("reg", "test_secret"))
    assert read(answer, algorithm, "reg")["token_introspection"] == DOCUMENTED
    assert jwt.get_unverified_header(answer.data)["alg"] == algorithm


def test_ed25519_is_named_as_it_is_registered(signing: Host) -> None:
    signing.add_client("reg", introspection_signed_response_alg="Ed25519")
    header = jwt.get_unverified_header(ask(signing, caller=("reg", "test_secret")).data)
    assert header["alg"] == "Ed25519"


def test_without_an_rsa_key_the_first_key_signs(make_signing: MakeHost) -> None:
    host = make_signing(INTROSPECT_SIGNING_KEYS={"keys": [jwk("ES256", private=True)]})
    assert read(ask(host), "ES256")["token_introspection"] == DOCUMENTED


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("accept", [JSON, "*/*", None])
@pytest.mark.parametrize(
    "registered",
    [
        {"introspection_signed_response_alg": "RS256"},
        {"introspection_encrypted_response_alg": "ECDH-ES"},
    ],
    ids=["signed", "encrypted"],
)
def test_a_client_registered_for_signed_answers_gets_no_plain_one(
    signing: Host, dialect: str, accept: str | None, registered: Any
) -> None:
    signing.add_client("reg", resources=["*"], **registered)
    answer = ask(signing, accept=accept, dialect=dialect, caller=("reg", "test_secret"))
    text = (
        "This client is registered for signed answers; ask for them with "
        "Accept: application/token-introspection+jwt"
    )
    assert (answer.status_code, answer.data) == (
        400,
        error_body(dialect, 400, "invalid_request", text),
    )


@pytest.mark.parametrize("algorithm", ["ES512", "HS256", "none", "nonsense"])
def test_an_algorithm_without_a_key_is_an_error(
    signing: Host, algorithm: str, caplog: pytest.LogCaptureFixture
) -> None:
    signing.add_client("reg", resources=["*"], introspection_signed_response_alg=algorithm)
    answer = ask(signing, dialect=FORM, caller=("reg", "test_secret"))
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    assert f"no key of this server signs with {algorithm}" in answer.json["error_description"]
    assert "'reg'" in caplog.text


# Keys


def test_the_first_key_of_an_algorithm_signs(make_signing: MakeHost) -> None:
    keys = [jwk("ES256", private=True, kid="new"), jwk("ES256", private=True, kid="old")]
    host = make_signing(INTROSPECT_SIGNING_KEYS={"keys": keys})
    assert jwt.get_unverified_header(ask(host).data)["kid"] == "new"


def test_a_key_without_a_name_is_named_by_its_thumbprint(make_signing: MakeHost) -> None:
    own = {name: each for name, each in jwk("ES256", private=True).items() if name != "kid"}
    host = make_signing(INTROSPECT_SIGNING_KEYS=own)
    kid = jwt.get_unverified_header(ask(host).data)["kid"]
    assert kid == JWK(**own).thumbprint()


def test_keys_rotate_without_a_restart(make_signing: MakeHost) -> None:
    keys = [{"keys": [jwk("ES256", private=True)]}]
    host = make_signing(INTROSPECT_SIGNING_KEYS=lambda: keys[-1])
    assert read(ask(host), "ES256")
    keys.append({"keys": [jwk("EdDSA", private=True)]})
    assert read(ask(host), "EdDSA")


def test_keys_that_change_in_the_middle_of_a_request_do_no_harm(make_signing: MakeHost) -> None:
    each_time = cycle({"keys": [jwk(name, private=True)]} for name in ("ES256", "EdDSA", "ES384"))
    host = make_signing(INTROSPECT_SIGNING_KEYS=lambda: next(each_time))
    assert [ask(host).status_code for _ in range(4)] == [200] * 4


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_callable_without_keys_is_a_503(
    make_signing: MakeHost, dialect: str, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "".join(["c2V", "jcmV0"])  # the lines of code are logged, and may be

    def keys() -> Any:
        raise OSError(secret)

    host = make_signing(INTROSPECT_SIGNING_KEYS=keys)
    answer = ask(host, dialect=dialect)
    text = "The signing keys are unavailable"
    assert answer.data == error_body(dialect, 503, "temporarily_unavailable", text)
    assert answer.headers["Retry-After"] == "5"
    assert "INTROSPECT_SIGNING_KEYS" in caplog.text
    assert secret not in caplog.text
    assert ask(host, accept=JSON).json == DOCUMENTED


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"keys": [jwk("ES256")]}, "key 1 is no private key"),
        ({"keys": [jwk("ES256", private=True), jwk("RS256")]}, "key 2 is no private key"),
        ({"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}, "key 1 is no private key"),
        ({"keys": [jwk("ES256", private=True, use="enc")]}, "key 1 is no private key"),
        ({"keys": [{"kty": "EC", "d": "c2VjcmV0"}]}, "key 1 cannot be read"),
        ({"keys": ["c2VjcmV0"]}, "key 1 cannot be read"),
        ({"keys": []}, "the set is empty"),
    ],
)
def test_what_cannot_sign_is_refused_at_registration(
    make_host: MakeHost, given: Any, problem: str
) -> None:
    with pytest.raises(ConfigError) as refusal:
        make_host(INTROSPECT_SIGNING_KEYS=given)
    assert refusal.value.key == "INTROSPECT_SIGNING_KEYS"
    assert problem in refusal.value.problem
    assert "c2VjcmV0" not in str(refusal.value)


def test_signed_answers_need_an_issuer(make_host: MakeHost) -> None:
    with pytest.raises(ConfigError, match="INTROSPECT_SIGNING_KEYS: signed answers name"):
        make_host(INTROSPECT_SIGNING_KEYS=SIGNING, INTROSPECT_ISSUER=None)


def test_no_private_part_is_in_any_repr_or_log(
    make_signing: MakeHost, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    host = make_signing()
    ask(host)
    private = [each["d"] for each in SIGNING["keys"]]
    shown = repr(host.app.extensions["introspect"]) + caplog.text
    assert not [each for each in private if each in shown]
