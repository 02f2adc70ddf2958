"""The ways a caller proves itself, what it costs, and what is remembered of it."""

from __future__ import annotations

import base64
import json
import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

import argon2
import pytest
from werkzeug.security import generate_password_hash

import flask_introspect.authentication.client_secret as client_secret
from flask_introspect import plain
from flask_introspect.authentication.verified import VerifiedSecrets
from flask_introspect.authentication.presented import ClientCredentials
from flask_introspect.secrets import hash_generated_secret

from .support import (
    CHALLENGE,
    DOCUMENTED,
    FORM,
    INACTIVE,
    JSON,
    NOW,
    Client,
    Host,
    basic,
    error_body,
    quick_hash,
    statements,
)
from .test_credentials import bcrypt_hash, django_pbkdf2

DIALECTS = [pytest.param(JSON, id="json"), pytest.param(FORM, id="form")]
PAIR = ("test_client_1", "test_secret")


def header(octets: bytes, scheme: str = "Basic") -> dict[str, str]:
    return {"Authorization": f"{scheme} {base64.b64encode(octets).decode()}"}


def ask(host: Host, headers: Mapping[str, str] | None = None, dialect: str = FORM, **parameters: Any) -> int:
    """Ask about the documented token with exactly these credentials."""
    return host.ask("documented", caller=None, headers=headers, dialect=dialect, **parameters).status_code


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The stored secrets that presented ones are checked against, each at the cost of its hash."""
    seen: list[str] = []
    real = client_secret.verify_secret

    def verify(stored: str, presented: str, **options: Any) -> bool:
        seen.append(stored)
        return real(stored, presented, **options)

    monkeypatch.setattr(client_secret, "verify_secret", verify)
    return seen


# client_secret_basic


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC", "bAsIc", "Basic ", "Basic   "])
def test_the_scheme_has_any_case_and_any_blanks_after_it(host: Host, scheme: str) -> None:
    assert ask(host, header(b"test_client_1:test_secret", scheme)) == 200


BAD_BASIC = {
    "a bare scheme": "Basic",
    "a scheme and a blank": "Basic ",
    "no base64": "Basic !!!",
    "base64 cut short": "Basic dGVzdF9jbGllbnRfMTp0ZXN0X3NlY3JldA=",
    "no colon": "Basic " + base64.b64encode(b"test_client_1").decode(),
    "nothing encoded": "Basic test_client_1:test_secret",
    "an empty id": header(b":test_secret")["Authorization"],
    "an empty secret": header(b"test_client_1:")["Authorization"],
    "only a colon": header(b":")["Authorization"],
    "a NUL in the id": header(b"test_client_1\0:test_secret")["Authorization"],
    "a NUL in the secret": header(b"test_client_1:test_secret\0")["Authorization"],
    "an encoded NUL": header(b"test_client_1%00:test_secret")["Authorization"],
    "a surrogate": header(b"test_client_1\xed\xa0\x80:test_secret")["Authorization"],
    "an encoded surrogate": header(b"test_client_1:%ed%a0%80")["Authorization"],
    "blanks in the secret": header(b"test_client_1: test_secret")["Authorization"],
    "another case": header(b"TEST_CLIENT_1:test_secret")["Authorization"],
    "a trailing blank in the id": header(b"test_client_1 :test_secret")["Authorization"],
    "an id of 60,000 characters": header(b"x" * 60_000 + b":test_secret")["Authorization"],
    "an emoji": header("😀:😀".encode())["Authorization"],
    "two headers in one": "{0}, {0}".format(header(b"test_client_1:test_secret")["Authorization"]),
    "a tab after the scheme": "Basic\tdGVzdF9jbGllbnRfMTp0ZXN0X3NlY3JldA==",
    "no scheme": "dGVzdF9jbGllbnRfMTp0ZXN0X3NlY3JldA==",
    "bearer": "Bearer documented",
    "digest": 'Digest username="test_client_1"',
    "negotiate": "Negotiate abc",
    "no ASCII": "Bäsic \xff",
}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("value", BAD_BASIC.values(), ids=BAD_BASIC)
def test_a_header_that_proves_nothing_is_a_401(host: Host, value: str, dialect: str) -> None:
    response = host.ask("documented", caller=None, dialect=dialect, headers={"Authorization": value})
    assert response.status_code == 401
    assert response.data == error_body(dialect, 401, "invalid_client", "Client authentication failed")
    assert response.headers["WWW-Authenticate"] == CHALLENGE


SECRETS = [
    ":",
    "::",
    "a:b",
    "a b",
    "a+b",
    "a%20b",
    "100%",
    "%zz",
    "=&?#/",
    "s€crét",
    "😀",
    "x" * 1000,
    "%2B+%2b",
    " x ",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_any_secret_can_be_presented_raw_or_form_encoded(host: Host, secret: str) -> None:
    from urllib.parse import quote, quote_plus

    host.add_client("ïd & co", secret, resources=["*"])
    for presented in (
        f"ïd & co:{secret}",
        f"{quote_plus('ïd & co')}:{quote_plus(secret)}",
        f"{quote('ïd & co')}:{quote(secret, safe='')}",
    ):
        assert ask(host, header(presented.encode())) == 200


def test_an_overdone_encoding_is_decoded(host: Host) -> None:
    host.add_client("my-id.1", "a-b_c.d", resources=["*"])
    assert ask(host, header(b"my%2Did%2E1:a%2Db%5Fc%2Ed")) == 200


@pytest.mark.parametrize("charset", ["utf-8", "latin-1"])
def test_credentials_are_utf8_or_latin1(host: Host, charset: str) -> None:
    host.add_client("müller", "geheimnis ÿ", resources=["*"])
    assert ask(host, header("müller:geheimnis ÿ".encode(charset))) == 200


def test_a_client_is_not_reached_by_half_decoded_credentials(host: Host) -> None:
    host.add_client("a%41", "s%41")
    assert ask(host, header(b"a%41:s%41")) == 200
    assert ask(host, header(b"aA:s%41")) == 401
    assert ask(host, header(b"a%41:sA")) == 401


# client_secret_post


@pytest.mark.parametrize("dialect", DIALECTS)
def test_id_and_secret_may_stand_in_the_body(host: Host, dialect: str) -> None:
    assert ask(host, dialect=dialect, client_id="test_client_1", client_secret="test_secret") == 200


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"client_id": "test_client_1"},
        {"client_secret": "test_secret"},
        {"client_id": "test_client_1", "client_secret": ""},
        {"client_id": "", "client_secret": "test_secret"},
        {"client_id": "test_client_1", "client_secret": "wrong"},
        {"client_id": "test_client_1", "client_secret": "test_secret "},
        {"client_id": "test_client_1", "client_secret": "test%5Fsecret"},
        {"client_id": "nobody", "client_secret": "test_secret"},
        {"client_id": "test_client_1\0", "client_secret": "test_secret"},
    ],
    ids=str,
)
def test_a_body_that_proves_nothing_is_a_401(host: Host, parameters: dict[str, str], dialect: str) -> None:
    assert ask(host, dialect=dialect, **parameters) == 401


@pytest.mark.parametrize("value", [1, 0, True, [], ["test_secret"], {"a": 1}], ids=str)
@pytest.mark.parametrize("name", ["client_id", "client_secret"])
def test_credentials_that_are_no_text_are_a_400(host: Host, name: str, value: Any) -> None:
    body = {"token": "documented", "client_id": "test_client_1", "client_secret": "test_secret", name: value}
    response = host.send(json.dumps(body), JSON, caller=None)
    assert (response.status_code, response.data) == (
        400,
        error_body(JSON, 400, "invalid_request", f"{name}: it must be a string"),
    )


@pytest.mark.parametrize("name", ["client_id", "client_secret"])
def test_a_null_is_no_credential(host: Host, name: str) -> None:
    body = {"token": "documented", "client_id": "test_client_1", "client_secret": "test_secret", name: None}
    assert host.send(json.dumps(body), JSON, caller=None).status_code == 401


def test_a_lone_surrogate_is_nobodys_credential(host: Host) -> None:
    assert ask(host, dialect=JSON, client_id="test_client_1", client_secret="\ud800") == 401
    assert ask(host, dialect=JSON, client_id="\ud800", client_secret="test_secret") == 401


@pytest.mark.parametrize("name", ["client_id", "client_secret"])
@pytest.mark.parametrize(
    ("dialect", "body"),
    [
        (FORM, "token=documented&client_id=test_client_1&client_secret=test_secret&{0}=test_secret"),
        (JSON, '{{"token": "documented", "client_id": "test_client_1", "client_secret": "test_secret", "{0}": null}}'),
    ],
    ids=["form", "json"],
)
def test_credentials_that_are_sent_twice_are_a_400(host: Host, name: str, dialect: str, body: str) -> None:
    response = host.send(body.format(name), dialect, caller=None)
    assert (response.status_code, response.data) == (
        400,
        error_body(dialect, 400, "invalid_request", f"{name}: it is sent more than once"),
    )


def test_credentials_in_bad_utf8_are_a_400(host: Host) -> None:
    response = host.send("token=documented&client_id=test_client_1&client_secret=%ff", FORM, caller=None)
    assert (response.status_code, response.data) == (
        400,
        error_body(FORM, 400, "invalid_request", "client_secret: it is not valid UTF-8"),
    )


# One method at a time

TWO_METHODS = "The request uses more than one client authentication method"
OTHER_ID = "client_id: it differs from the client id in the Authorization header"


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("header_value", "parameters", "text"),
    [
        (basic(*PAIR), {"client_id": PAIR[0], "client_secret": PAIR[1]}, TWO_METHODS),
        (basic(*PAIR), {"client_secret": PAIR[1]}, TWO_METHODS),
        (basic(*PAIR), {"client_id": "other", "client_secret": PAIR[1]}, TWO_METHODS),
        (basic(*PAIR), {"client_id": "other"}, OTHER_ID),
        ({"Authorization": "Basic"}, {"client_id": PAIR[0], "client_secret": PAIR[1]}, TWO_METHODS),
        ({"Authorization": "Bearer x"}, {"client_id": PAIR[0], "client_secret": PAIR[1]}, TWO_METHODS),
    ],
    ids=str,
)
def test_two_methods_at_once_are_a_400(
    host: Host, header_value: dict[str, str], parameters: dict[str, str], text: str, dialect: str
) -> None:
    with statements() as sent:
        response = host.ask("documented", caller=None, headers=header_value, dialect=dialect, **parameters)
    assert (response.status_code, response.data) == (400, error_body(dialect, 400, "invalid_request", text))
    assert sent == []


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "parameters",
    [
        {"client_id": PAIR[0]},
        {"client_id": ""},
        {"client_secret": ""},
        {"client_id": PAIR[0], "client_secret": ""},
    ],
    ids=str,
)
def test_basic_with_the_same_id_alone_in_the_body_is_one_method(
    host: Host, parameters: dict[str, str], dialect: str
) -> None:
    assert ask(host, basic(*PAIR), dialect, **parameters) == 200


def test_the_id_in_the_body_may_be_either_reading_of_the_header(host: Host) -> None:
    host.add_client("a b", "test_secret")
    assert ask(host, basic("a+b", "test_secret"), client_id="a b") == 200
    assert ask(host, basic("a+b", "test_secret"), client_id="a+b") == 200
    assert ask(host, basic("a+b", "test_secret"), client_id="a  b") == 400


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_very_same_credentials_twice_count_where_the_host_allows_it(
    make_host: Callable[..., Host], dialect: str
) -> None:
    host = make_host(INTROSPECT_ALLOW_REPEATED_CREDENTIALS=True)
    host.add_client(resources=["my_api"])
    host.add_token()
    pair = {"client_id": PAIR[0], "client_secret": PAIR[1]}
    assert ask(host, basic(*PAIR), dialect, **pair) == 200
    assert ask(host, basic(*PAIR), dialect, **{**pair, "client_secret": "other"}) == 400
    assert ask(host, basic(*PAIR), dialect, **{**pair, "client_id": "other"}) == 400
    assert ask(host, basic(*PAIR), dialect, client_secret=PAIR[1]) == 400
    assert ask(host, {"Authorization": "Bearer x"}, dialect, **pair) == 400
    wrong = {"client_id": PAIR[0], "client_secret": "wrong"}
    assert ask(host, basic(PAIR[0], "wrong"), dialect, **wrong) == 401


@pytest.mark.parametrize(
    ("methods", "by_basic", "by_post"),
    [
        (["basic"], 200, 401),
        (["client_secret_basic"], 200, 401),
        (("post",), 401, 200),
        ({"client_secret_post"}, 401, 200),
        (["basic", "client_secret_post"], 200, 200),
    ],
    ids=str,
)
def test_only_the_methods_on_offer_count(
    make_host: Callable[..., Host], methods: Any, by_basic: int, by_post: int
) -> None:
    host = make_host(INTROSPECT_AUTH_METHODS=methods)
    host.add_client()
    assert ask(host, basic(*PAIR)) == by_basic
    assert ask(host, client_id=PAIR[0], client_secret=PAIR[1]) == by_post


def test_the_challenge_names_only_schemes_on_offer(make_host: Callable[..., Host]) -> None:
    host = make_host(INTROSPECT_AUTH_METHODS=["post"])
    assert "WWW-Authenticate" not in host.ask("x", caller=None).headers


# Who is let in


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "columns",
    [{"enabled": False}, {"public": True}, {"client_secret": None}, {"client_secret": ""}, {"client_secret": "[]"}],
    ids=str,
)
def test_public_and_disabled_clients_and_those_without_a_secret_are_refused(
    host: Host, columns: dict[str, Any], dialect: str
) -> None:
    host.change(Client, {"client_id": PAIR[0]}, **columns)
    response = host.ask("documented", dialect=dialect)
    assert response.status_code == 401
    assert response.data == error_body(dialect, 401, "invalid_client", "Client authentication failed")


FORMATS = {
    "scrypt": lambda: generate_password_hash("test_secret", "scrypt:1024:8:1"),
    "pbkdf2": lambda: quick_hash("test_secret"),
    "argon2": lambda: argon2.PasswordHasher(1, 8, 1).hash("test_secret"),
    "bcrypt": lambda: bcrypt_hash(b"test_secret"),
    "django": lambda: django_pbkdf2("test_secret"),
    "generated": lambda: hash_generated_secret("test_secret"),
    "several": lambda: json.dumps([quick_hash("old"), {"hash": quick_hash("test_secret"), "expires_at": NOW + 1}]),
}


@pytest.mark.parametrize("stored", FORMATS.values(), ids=FORMATS)
def test_each_format_of_stored_secrets_lets_its_client_in_and_again_by_memory(
    host: Host, stored: Callable[[], str]
) -> None:
    host.change(Client, {"client_id": PAIR[0]}, client_secret=stored())
    for _ in range(2):
        assert host.ask("documented").status_code == 200
        assert host.ask("documented", caller=(PAIR[0], "wrong")).status_code == 401


def test_a_secret_longer_than_bcrypt_reads_is_refused(host: Host) -> None:
    host.add_client("long", client_secret=bcrypt_hash(b"x" * 72))
    assert host.ask("documented", caller=("long", "x" * 72)).status_code == 404
    assert host.ask("documented", caller=("long", "x" * 73)).status_code == 401


BROKEN = [
    "test_secret",
    "scrypt:32768:8:1$salt$abc",
    "$2b$04$abc",
    "$argon2id$x",
    "[1]",
    "[",
    '[{"hash": 1}]',
    "pbkdf2_sha256$x",
]


@pytest.mark.parametrize("stored", BROKEN)
def test_a_broken_stored_secret_is_a_failed_authentication_and_a_log_line(
    host: Host, stored: str, caplog: pytest.LogCaptureFixture
) -> None:
    host.change(Client, {"client_id": PAIR[0]}, client_secret=stored)
    response = host.ask("documented")
    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, CHALLENGE)
    assert len(caplog.records) == 1
    assert "'test_client_1'" in caplog.text
    assert stored not in caplog.text.replace("test_client_1", "")
    assert "test_secret" not in caplog.text


def test_one_broken_secret_among_several_does_not_lock_the_client_out(host: Host) -> None:
    stored = json.dumps(["$2b$04$abc", quick_hash("test_secret")])
    host.change(Client, {"client_id": PAIR[0]}, client_secret=stored)
    assert host.ask("documented").status_code == 200


def test_plain_text_counts_only_where_the_mapping_says_so(make_host: Callable[..., Host]) -> None:
    hashing, plain_text = make_host(), make_host(INTROSPECT_CLIENT_FIELDS={"client_secret": plain("client_secret")})
    hashing.add_client(client_secret="test_secret")
    assert ask(hashing, basic(*PAIR)) == 401
    for _ in range(2):
        assert ask(plain_text, basic(*PAIR)) == 200
        assert ask(plain_text, basic(PAIR[0], "wrong")) == 401
        assert ask(plain_text, basic("nobody", "test_secret")) == 401


def test_a_leaked_hash_is_no_secret_where_plain_text_counts(make_host: Callable[..., Host]) -> None:
    host = make_host(INTROSPECT_CLIENT_FIELDS={"client_secret": plain("client_secret")})
    stored = quick_hash("test_secret")
    host.add_client(client_secret=stored)
    assert ask(host, basic(PAIR[0], stored)) == 401
    assert ask(host, basic(*PAIR)) == 200


# The host's own verifier


def test_a_host_may_verify_secrets_itself(make_host: Callable[..., Host]) -> None:
    asked: list[tuple[str, str]] = []

    def verify(stored: str, presented: str) -> bool:
        asked.append((stored, presented))
        return stored == presented[::-1]

    host = make_host(INTROSPECT_SECRET_VERIFIER=verify)
    host.add_client(client_secret="terces_tset")
    assert ask(host, basic(*PAIR)) == 200
    assert ask(host, basic(*PAIR)) == 200
    assert asked == [("terces_tset", "test_secret")]
    assert ask(host, basic(PAIR[0], "wrong")) == 401


@pytest.mark.parametrize("answer", [None, 1, "yes", [True], NotImplemented], ids=str)
def test_only_true_is_a_yes(make_host: Callable[..., Host], answer: Any) -> None:
    host = make_host(INTROSPECT_SECRET_VERIFIER=lambda stored, presented: answer)
    host.add_client()
    assert ask(host, basic(*PAIR)) == 401


def test_a_verifier_that_raises_means_no_and_its_words_are_not_logged(
    make_host: Callable[..., Host], caplog: pytest.LogCaptureFixture
) -> None:
    def verify(stored: str, presented: str) -> bool:
        raise LookupError(presented)

    host = make_host(INTROSPECT_SECRET_VERIFIER=verify)
    host.add_client()
    assert ask(host, basic(*PAIR)) == 401
    assert "LookupError" in caplog.text
    assert "test_secret" not in caplog.text


# The same answer at the same cost


@pytest.mark.parametrize("dialect", DIALECTS)
def test_failures_cannot_be_told_apart_by_answer_or_work(host: Host, checks: list[str], dialect: str) -> None:
    host.add_client("disabled", enabled=False)
    host.add_client("public", public=True)
    host.add_client("no secret", client_secret=None)
    host.ask("documented", caller=("nobody", "x"))  # finds out how secrets are kept here

    def seen(*caller: str) -> tuple[int, bytes, list[tuple[str, str]], int, int]:
        checks.clear()
        with statements() as sent:
            response = host.ask("documented", caller=(caller[0], caller[1]), dialect=dialect)
        return response.status_code, response.data, list(response.headers), len(checks), len(sent)

    wrong = seen("test_client_1", "wrong")
    assert (wrong[0], wrong[3], wrong[4]) == (401, 1, 1)
    for caller in (
        ("nobody", "test_secret"),
        ("disabled", "test_secret"),
        ("disabled", "wrong"),
        ("public", "test_secret"),
        ("no secret", "test_secret"),
        ("no secret", "x"),
        ("test_client_1", "wrong"),
    ):
        assert seen(*caller) == wrong, caller


def test_an_unknown_client_costs_a_hash_of_the_kind_that_this_host_has(host: Host, checks: list[str]) -> None:
    ask(host, basic("nobody", "x"))
    assert [stored.partition("$")[0] for stored in checks] == ["pbkdf2:sha256:1"]


def test_an_unknown_client_costs_a_slow_hash_where_there_is_no_client_at_all(
    make_host: Callable[..., Host], checks: list[str]
) -> None:
    assert ask(make_host(), basic("nobody", "x")) == 401
    assert [stored.partition("$")[0] for stored in checks] == ["scrypt:32768:8:1"]


def test_an_unknown_client_costs_a_slow_hash_where_the_stored_secrets_are_unreadable(
    make_host: Callable[..., Host], checks: list[str]
) -> None:
    host = make_host()
    host.add_client(client_secret="[")
    assert ask(host, basic("nobody", "x")) == 401
    assert [stored.partition("$")[0] for stored in checks] == ["scrypt:32768:8:1"]


def test_nobodys_secret_is_never_right(make_host: Callable[..., Host]) -> None:
    """An unknown client that presents some other client's secret has the decoy's, and is still unknown."""
    host = make_host()
    host.add_client()
    assert ask(host, basic("nobody", "test_secret")) == 401
    assert ask(host, basic("nobody", "test_secret")) == 401


def test_a_disabled_client_costs_a_hash_also_when_it_was_known_before(host: Host, checks: list[str]) -> None:
    assert host.ask("documented").status_code == 200
    host.change(Client, {"client_id": PAIR[0]}, enabled=False)
    for _ in range(2):
        checks.clear()
        assert host.ask("documented").status_code == 401
        assert len(checks) == 1


# Nobody who is not authenticated makes a token lookup happen


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "credentials",
    [{}, basic("nobody", "x"), basic(PAIR[0], "wrong"), basic("disabled", "test_secret"), {"Authorization": "Basic"}],
    ids=str,
)
def test_who_is_not_authenticated_causes_no_token_lookup(host: Host, credentials: dict[str, str], dialect: str) -> None:
    host.add_client("disabled", enabled=False)
    host.ask("documented")  # the right secret is in memory now; that helps nobody else
    with statements() as sent:
        for _ in range(2):
            assert ask(host, credentials, dialect) == 401
    assert not [statement for statement in sent if "token" in statement]


@pytest.mark.parametrize(
    "change",
    [{"enabled": False}, {"public": True}, {"client_secret": quick_hash("new")}],
    ids=["disabled", "public", "rotated"],
)
def test_who_was_authenticated_once_and_is_refused_now_causes_no_further_lookups(
    host: Host, change: dict[str, Any]
) -> None:
    host.ask("documented")
    host.change(Client, {"client_id": PAIR[0]}, **change)
    assert host.ask("documented").status_code == 401
    with statements() as sent:
        assert host.ask("documented").status_code == 401
    assert not [statement for statement in sent if "token" in statement]


def test_a_caller_without_any_right_is_refused_before_its_body_is_judged(host: Host) -> None:
    host.add_client("shut out", may_introspect="none")
    for body in (b"", b"token=", b"token=a&token=b", b"token=documented"):
        with statements() as sent:
            assert host.send(body, FORM, caller=("shut out", "test_secret")).status_code == 403
        assert len(sent) == 1


# The memo of verified secrets


def test_a_slow_hash_is_paid_once(host: Host, checks: list[str]) -> None:
    for _ in range(3):
        assert host.ask("documented").status_code == 200
    assert len(checks) == 1


def test_failures_are_never_kept(host: Host, checks: list[str]) -> None:
    for _ in range(3):
        assert host.ask("documented", caller=(PAIR[0], "wrong")).status_code == 401
    assert len(checks) == 3
    host.change(Client, {"client_id": PAIR[0]}, client_secret=quick_hash("wrong"))
    assert host.ask("documented", caller=(PAIR[0], "wrong")).status_code == 200


def test_each_client_and_secret_is_kept_apart(host: Host, checks: list[str]) -> None:
    host.add_client("test_client_2", "test_secret")
    host.ask("documented")
    assert host.ask("documented", caller=("test_client_2", "test_secret")).status_code == 404
    assert len(checks) == 2


def test_the_memo_is_the_same_for_every_way_to_present_a_pair(host: Host, checks: list[str]) -> None:
    assert ask(host, basic(*PAIR)) == 200
    assert ask(host, client_id=PAIR[0], client_secret=PAIR[1]) == 200
    assert ask(host, dialect=JSON, client_id=PAIR[0], client_secret=PAIR[1]) == 200
    assert ask(host, basic("test%5Fclient%5F1", "test%5Fsecret")) == 200
    assert len(checks) == 1


def test_a_raw_reading_that_is_known_costs_no_hash_for_the_decoded_one(host: Host, checks: list[str]) -> None:
    host.add_client("plus", "a+b", resources=["my_api"])
    assert host.ask("documented", caller=("plus", "a+b")).status_code == 200
    checks.clear()
    with statements() as sent:
        assert host.ask("documented", caller=("plus", "a+b")).status_code == 200
    assert (len(checks), len(sent)) == (0, 1)


def test_many_first_requests_at_once_hash_once(host: Host, checks: list[str]) -> None:
    host.change(Client, {"client_id": PAIR[0]}, client_secret=generate_password_hash("test_secret"))
    start = threading.Barrier(8)
    answers: list[int] = []

    def run() -> None:
        start.wait()
        answers.append(host.ask("documented").status_code)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 8
    assert len(checks) == 1


STORED = quick_hash("s")


def test_the_memo_is_bounded_and_forgets_the_oldest_first() -> None:
    memo = VerifiedSecrets(size=3)
    names = [memo.fingerprint(ClientCredentials("id", str(n))) for n in range(5)]
    for name in names:
        memo.add(name, STORED, None)
    assert len(memo) == 3
    assert [name in memo for name in names] == [False, False, True, True, True]


def test_what_is_added_again_is_young_again() -> None:
    memo = VerifiedSecrets(size=2)
    first, second, third = (memo.fingerprint(ClientCredentials("id", str(n))) for n in range(3))
    for name in (first, second, first, third):
        memo.add(name, STORED, None)
    assert [name in memo for name in (first, second, third)] == [True, False, True]


def test_the_memo_holds_for_the_same_stored_value_until_its_secret_ends() -> None:
    memo = VerifiedSecrets()
    name = memo.fingerprint(ClientCredentials("id", "s"))
    assert not memo.holds(name, STORED, NOW)
    memo.add(name, STORED, NOW + 1)
    assert memo.holds(name, STORED, NOW)
    assert not memo.holds(name, STORED, NOW + 1)
    assert not memo.holds(name, quick_hash("s"), NOW)
    assert not memo.holds(name, None, NOW)
    memo.discard(name)
    assert not memo.holds(name, STORED, NOW)
    memo.discard(name)


def test_the_memo_keeps_neither_ids_nor_secrets() -> None:
    memo, other = VerifiedSecrets(), VerifiedSecrets()
    assert memo.fingerprint(ClientCredentials("id", "s")) != other.fingerprint(ClientCredentials("id", "s"))
    assert memo.fingerprint(ClientCredentials("a", "bc")) != memo.fingerprint(ClientCredentials("ab", "c"))
    assert len(memo.fingerprint(ClientCredentials("id", "s"))) == 32


def test_an_answer_from_memory_is_the_same_answer(host: Host) -> None:
    for token, answer in (("documented", json.dumps(DOCUMENTED).encode()), ("nothing", INACTIVE)):
        first, second = (host.ask(token, dialect=FORM) for _ in range(2))
        assert first.data == second.data == answer
        assert first.headers == second.headers


def test_successes_and_failures_leave_no_secret_in_the_log(host: Host, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for caller in (PAIR, (PAIR[0], "wr0ng-secret"), ("nobody", "wr0ng-secret")):
        host.ask("documented", caller=caller)
    for word in ("test_secret", "wr0ng-secret", "documented"):
        assert word not in caplog.text
