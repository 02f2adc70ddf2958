"""Stored secrets in every format, and what a ``Basic`` header says."""

from __future__ import annotations

import base64
import hashlib

import argon2
import bcrypt
import pytest
from werkzeug.security import generate_password_hash

from flask_introspect.authentication.basic import read_basic
from flask_introspect.authentication.presented import ClientCredentials
from flask_introspect.secrets import (
    StoredSecret,
    UnreadableSecret,
    generate_secret,
    generate_token,
    hash_generated_secret,
    hash_secret,
    is_hash,
    stored_secrets,
    token_digest,
    verify_secret,
)
from flask_introspect.texts import equal

SECRET = "s3cret: a+b%20 ü😀"


def django_pbkdf2(secret: str, salt: str = "salt", iterations: int = 1) -> str:
    """A stored secret as Django 5 writes it."""
    digest = hashlib.pbkdf2_hmac("sha256", secret.encode(), salt.encode(), iterations)
    return f"pbkdf2_sha256${iterations}${salt}${base64.b64encode(digest).decode()}"


def bcrypt_hash(secret: bytes, prefix: bytes = b"2b") -> str:
    return bcrypt.hashpw(secret, bcrypt.gensalt(4)).replace(b"$2b$", b"$" + prefix + b"$").decode()


FORMATS = {
    "Werkzeug's scrypt": generate_password_hash(SECRET, "scrypt:1024:8:1"),
    "Werkzeug's default": generate_password_hash(SECRET),
    "Werkzeug's PBKDF2": generate_password_hash(SECRET, "pbkdf2:sha256:1"),
    "Werkzeug's PBKDF2 with SHA-512": generate_password_hash(SECRET, "pbkdf2:sha512:1"),
    "argon2id": argon2.PasswordHasher(1, 8, 1).hash(SECRET),
    "argon2i": argon2.PasswordHasher(1, 8, 1, type=argon2.Type.I).hash(SECRET),
    "bcrypt": bcrypt_hash(SECRET.encode()),
    "bcrypt 2a": bcrypt_hash(SECRET.encode(), b"2a"),
    "bcrypt 2y": bcrypt_hash(SECRET.encode(), b"2y"),
    "Django's PBKDF2": django_pbkdf2(SECRET),
    "generated": hash_generated_secret(SECRET),
    "chosen": hash_secret(SECRET),
}


@pytest.mark.slow
@pytest.mark.parametrize("stored", FORMATS.values(), ids=FORMATS)
def test_each_format_knows_its_secret_from_another(stored: str) -> None:
    assert is_hash(stored)
    assert verify_secret(stored, SECRET)
    for other in ("", "x", SECRET + " ", SECRET[:-1], SECRET.upper(), stored):
        assert not verify_secret(stored, other)


@pytest.mark.parametrize("stored", FORMATS.values(), ids=FORMATS)
def test_a_hash_is_never_a_secret_even_where_plain_text_is_allowed(stored: str) -> None:
    assert not verify_secret(stored, stored, plain=True)
    assert verify_secret(stored, SECRET, plain=True)


def test_secrets_that_others_or_earlier_versions_stored_are_read() -> None:
    assert verify_secret("sha256$salt$" + hashlib.sha256(b"saltsecret").hexdigest(), "secret")
    # Django's own test vector (tests/auth_tests/test_hashers.py)
    assert verify_secret(
        "pbkdf2_sha256$260000$seasalt$YlZ2Vggtqdc61YjArZuoApoBh9JNGYoDRBUGu6tcJQo=", "lètmein"
    )


@pytest.mark.parametrize(
    ("length", "accepted"), [(71, True), (72, True), (73, False), (200, False)]
)
def test_bcrypt_refuses_what_it_would_cut(length: int, accepted: bool) -> None:
    secret = "x" * length
    assert verify_secret(bcrypt_hash(secret.encode()[:72]), secret) is accepted


def test_bcrypt_counts_bytes_not_characters() -> None:
    assert verify_secret(bcrypt_hash(("ü" * 36).encode()), "ü" * 36)
    assert not verify_secret(bcrypt_hash(("ü" * 36).encode()), "ü" * 37)


BROKEN = [
    "",
    "no hash at all",
    "scrypt:",
    "scrypt:32768:8:1",
    "scrypt:32768:8:1$salt",
    "scrypt:32768:8:1$salt$not hexadecimal",
    "scrypt:32768:8:1$salt$" + "a" * 90,
    "scrypt:x:8:1$salt$" + "a" * 128,
    "scrypt:1073741824:8:1$salt$" + "a" * 128,
    "pbkdf2:",
    "pbkdf2:sha256$salt$aa",
    "pbkdf2:sha256:0$salt$" + "a" * 64,
    "pbkdf2:md5000:1$salt$" + "a" * 64,
    "sha256$",
    "sha256$salt",
    "sha256$a$b$c",
    "pbkdf2_sha256$x$salt$a",
    "pbkdf2_sha256$0$salt$a",
    "pbkdf2_sha256$1$salt",
    "$argon2",
    "$argon2id$v=19$m=8,t=1,p=1$",
    "$2b$",
    "$2b$99$" + "a" * 53,
    "$2b$04$" + "!" * 53,
    "$2b$04$abc",
    "$2b$04$" + "é" * 53,
]


@pytest.mark.parametrize("stored", BROKEN)
def test_a_broken_hash_is_told_apart_from_a_wrong_secret(stored: str) -> None:
    with pytest.raises(UnreadableSecret) as raised:
        verify_secret(stored, SECRET)
    assert SECRET not in str(raised.value)
    assert stored == "" or stored not in str(raised.value)


def test_plain_text_counts_only_where_it_is_allowed() -> None:
    assert verify_secret("test_secret", "test_secret", plain=True)
    assert not verify_secret("test_secret", "Test_secret", plain=True)
    assert not is_hash("test_secret")
    with pytest.raises(UnreadableSecret):
        verify_secret("test_secret", "test_secret")


@pytest.mark.parametrize("module", ["argon2", "bcrypt"])
def test_a_missing_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    monkeypatch.setitem(__import__("sys").modules, module, None)
    stored = FORMATS["argon2id"] if module == "argon2" else FORMATS["bcrypt"]
    with pytest.raises(UnreadableSecret, match=rf"pip install Flask-Introspect\[{module}\]"):
        verify_secret(stored, SECRET)


# Several secrets


@pytest.mark.parametrize(
    ("raw", "secrets"),
    [
        (None, []),
        ("", []),
        ([], []),
        ("[]", []),
        ("a", [("a", None)]),
        (b"a", [("a", None)]),
        (["a", "b"], [("a", None), ("b", None)]),
        ('["a", "b"]', [("a", None), ("b", None)]),
        ([{"hash": "a"}, {"hash": "b", "expires_at": 5}], [("a", None), ("b", 5)]),
        ('[{"hash": "a", "expires_at": null}, "b"]', [("a", None), ("b", None)]),
    ],
)
def test_a_row_may_hold_no_secret_one_or_several(
    raw: object, secrets: list[tuple[str, int | None]]
) -> None:
    assert stored_secrets(raw) == tuple(StoredSecret(*secret) for secret in secrets)


@pytest.mark.parametrize(
    "raw",
    [
        "[",
        "[1]",
        "[null]",
        '[""]',
        '[{"hash": ""}]',
        '[{"hash": 1}]',
        "[{}]",
        '[{"hash": "a", "expires_at": "5"}]',
        '[{"hash": "a", "expires_at": true}]',
        '[{"hash": "a", "expires_at": 1.5}]',
        [["a"]],
        {"a": 1},
        1,
    ],
    ids=str,
)
def test_anything_else_is_no_secret(raw: object) -> None:
    with pytest.raises(UnreadableSecret):
        stored_secrets(raw)


# Basic


def encoded(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


@pytest.mark.parametrize(
    ("octets", "readings"),
    [
        (b"id:secret", [("id", "secret")]),
        (b"id:a:b:c", [("id", "a:b:c")]),
        (b"id::", [("id", ":")]),
        (b"id:a+b", [("id", "a b"), ("id", "a+b")]),
        (b"id:a%2Bb", [("id", "a+b"), ("id", "a%2Bb")]),
        (b"a%3Ab:s", [("a:b", "s"), ("a%3Ab", "s")]),
        (b"my%2Did:s", [("my-id", "s"), ("my%2Did", "s")]),
        (b"id:100%", [("id", "100%")]),
        (b"id:%zz", [("id", "%zz")]),
        (b"id:%ff", [("id", "%ff")]),
        (b"id:a%00", [("id", "a%00")]),
        (b"id: secret ", [("id", " secret ")]),
        ("ïd:sécret".encode(), [("ïd", "sécret")]),
        ("ïd:sécret".encode("latin-1"), [("ïd", "sécret")]),
        (b"id:s%C3%A9cret", [("id", "sécret"), ("id", "s%C3%A9cret")]),
        (b"id:s\xc3\xa9%20", [("id", "sé "), ("id", "sé%20")]),
        ("id:😀".encode(), [("id", "😀")]),
        (b":secret", []),
        (b"id:", []),
        (b":", []),
        (b"id", []),
        (b"", []),
        (b"id:a\0", []),
        (b"i\0d:a", []),
        (b"id:%", [("id", "%")]),
    ],
    ids=str,
)
def test_basic_is_split_at_the_first_colon_and_read_decoded_and_raw(
    octets: bytes, readings: list[tuple[str, str]]
) -> None:
    assert read_basic(encoded(octets)) == tuple(ClientCredentials(*reading) for reading in readings)


@pytest.mark.parametrize(
    "credentials",
    [
        "",
        "=",
        "====",
        "x",
        "aWQ6c2VjcmV",
        "aWQ6 c2VjcmV0",
        "aWQ6c2VjcmV0\n",
        "aWQ6c2Vjcm-_",
        "ä",
        "😀",
        "aWQ6c2VjcmV0,Basic",
    ],
)
def test_what_is_no_base64_names_nobody(credentials: str) -> None:
    assert read_basic(credentials) == ()


# The rest


def test_comparison_takes_any_text() -> None:
    assert equal("ü\ud800", "ü\ud800")
    assert not equal("ü", "u")
    assert not equal("a", "aa")


def test_generated_values_differ_and_carry_256_bits() -> None:
    for generate in (generate_token, generate_secret):
        made = {generate() for _ in range(100)}
        assert len(made) == 100
        assert {len(base64.urlsafe_b64decode(value + "=")) for value in made} == {32}


def test_a_token_is_kept_as_its_sha256() -> None:
    assert token_digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_the_same_secret_is_hashed_differently_each_time() -> None:
    assert hash_generated_secret("secret") != hash_generated_secret("secret")
