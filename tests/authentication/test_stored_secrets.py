"""Who is let in: stored secrets of every format, and a verifier of the host's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import argon2
import pytest
from werkzeug.security import generate_password_hash

from flask_introspect import plain
from flask_introspect.secrets import hash_generated_secret

from ..support import (
    CHALLENGE,
    DIALECTS,
    NOW,
    Client,
    Host,
    basic,
    error_body,
    errors_in,
    quick_hash,
)
from ..test_credentials import bcrypt_hash, django_pbkdf2
from .support import PAIR, ask


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "columns",
    [
        {"enabled": False},
        {"public": True},
        {"client_secret": None},
        {"client_secret": ""},
        {"client_secret": "[]"},
    ],
    ids=str,
)
def test_public_disabled_and_secretless_clients_are_refused(
    host: Host, columns: dict[str, Any], dialect: str
) -> None:
    host.change(Client, {"client_id": PAIR[0]}, **columns)
    response = host.ask("documented", dialect=dialect)
    assert response.status_code == 401
    assert response.data == error_body(
        dialect, 401, "invalid_client", "Client authentication failed"
    )


FORMATS = {
    "scrypt": lambda: generate_password_hash("test_secret", "scrypt:1024:8:1"),
    "pbkdf2": lambda: quick_hash("test_secret"),
    "argon2": lambda: argon2.PasswordHasher(1, 8, 1).hash("test_secret"),
    "bcrypt": lambda: bcrypt_hash(b"test_secret"),
    "django": lambda: django_pbkdf2("test_secret"),
    "generated": lambda: hash_generated_secret("test_secret"),
    "several": lambda: json.dumps(
        [quick_hash("old"), {"hash": quick_hash("test_secret"), "expires_at": NOW + 1}]
    ),
}


@pytest.mark.parametrize("stored", FORMATS.values(), ids=FORMATS)
def test_each_format_of_secrets_lets_its_client_in_and_again_by_memory(
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
    assert len(errors_in(caplog)) == 1
    assert "'test_client_1'" in caplog.text
    assert stored not in caplog.text.replace("test_client_1", "")
    assert "test_secret" not in caplog.text


def test_one_broken_secret_among_several_does_not_lock_the_client_out(host: Host) -> None:
    stored = json.dumps(["$2b$04$abc", quick_hash("test_secret")])
    host.change(Client, {"client_id": PAIR[0]}, client_secret=stored)
    assert host.ask("documented").status_code == 200


def test_plain_text_counts_only_where_the_mapping_says_so(make_host: Callable[..., Host]) -> None:
    hashing, plain_text = (
        make_host(),
        make_host(INTROSPECT_CLIENT_FIELDS={"client_secret": plain("client_secret")}),
    )
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
