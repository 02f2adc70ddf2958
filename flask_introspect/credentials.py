"""Digests, stored secrets, constant-time comparison, and what a ``Basic`` header says."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from werkzeug.security import check_password_hash, generate_password_hash

__all__ = [
    "Pair",
    "StoredSecret",
    "UnreadableSecret",
    "equal",
    "generate_secret",
    "generate_token",
    "hash_generated_secret",
    "hash_secret",
    "is_hash",
    "is_storable",
    "read_basic",
    "rotated",
    "stored_secrets",
    "token_digest",
    "verify_secret",
]

#: bcrypt reads no further; a longer secret is refused, neither cut nor an error.
BCRYPT_MAX_BYTES = 72


class UnreadableSecret(ValueError):
    """A stored secret is in no format that can be checked here. The text holds nothing of the secret."""


class Pair(NamedTuple):
    """A client id and a secret, as presented."""

    client_id: str
    secret: str

    @property
    def plausible(self) -> bool:
        """Whether some client could have this id and this secret.

        Both must hold something, and neither a NUL or a lone surrogate, which no database and no hash takes.
        """
        return bool(self.client_id and self.secret) and is_storable(self.client_id + self.secret)


class StoredSecret(NamedTuple):
    """One stored secret of a client, and the epoch second in which it ends, if it does."""

    value: str
    expires_at: int | None = None


# Comparison, digests, generation


def equal(left: str, right: str) -> bool:
    """Compare two texts in constant time. Bytes against bytes: ``compare_digest`` refuses non-ASCII ``str``."""
    return hmac.compare_digest(left.encode("utf-8", "surrogatepass"), right.encode("utf-8", "surrogatepass"))


def has_surrogate(text: str) -> bool:
    """Whether a text cannot be encoded as UTF-8."""
    return not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text)


def is_storable(text: str) -> bool:
    """Whether every database could hold a text: no NUL, no lone surrogate."""
    return "\0" not in text and not has_surrogate(text)


def token_digest(token: str) -> str:
    """The SHA-256 of a token, in hexadecimal: what is kept at rest.

    Tokens carry at least 128 random bits, so neither a salt nor a slow hash adds anything.
    """
    return hashlib.sha256(token.encode()).hexdigest()


def generate_token() -> str:
    """A fresh token of 256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def generate_secret() -> str:
    """A fresh client secret of 256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def hash_generated_secret(secret: str) -> str:
    """A salted SHA-256 of a secret that :func:`generate_secret` made.

    Fast on purpose: 256 random bits cannot be guessed, however fast one tries. Not for secrets that people choose.
    """
    salt = secrets.token_hex(8)
    return f"sha256${salt}${_salted_sha256(salt, secret)}"


def hash_secret(secret: str) -> str:
    """A slow hash (Werkzeug's scrypt) of a secret that somebody chose."""
    return generate_password_hash(secret)


def _salted_sha256(salt: str, secret: str) -> str:
    return hashlib.sha256(f"{salt}{secret}".encode()).hexdigest()


# Stored secrets


def stored_secrets(raw: Any) -> tuple[StoredSecret, ...]:
    """The secrets that a client's row holds.

    :param raw: a text, or a list (also as JSON text) of texts or of ``{"hash": str, "expires_at": int | None}``.
    :raise UnreadableSecret: it is something else.
    """
    if not raw:
        return ()
    if isinstance(raw, str) and raw.startswith("["):
        try:
            raw = json.loads(raw)
        except ValueError:
            raise UnreadableSecret("the list of secrets is not JSON") from None
    return tuple(_stored_secret(item) for item in (raw if isinstance(raw, list) else [raw]))


def _stored_secret(item: Any) -> StoredSecret:
    if isinstance(item, bytes):
        item = item.decode("utf-8", "replace")
    if isinstance(item, str) and item:
        return StoredSecret(item)
    if isinstance(item, dict) and isinstance(item.get("hash"), str) and item["hash"]:
        end = item.get("expires_at")
        if end is None or (isinstance(end, int) and not isinstance(end, bool)):
            return StoredSecret(item["hash"], end)
    raise UnreadableSecret("a stored secret is neither a text nor an object with 'hash' and 'expires_at'")


def rotated(stored: Any, new: str, *, keep_for: int, now: float) -> list[dict[str, Any]]:
    """The secrets of a client after a rotation, the new one first. Those that have ended are dropped.

    :param stored: what the row holds: one stored secret, or several.
    :param new: the new one, as it is stored.
    :param keep_for: seconds for which the others stay good; none of them gets a later end than it had.
    :param now: epoch seconds.
    :raise UnreadableSecret: what the row holds cannot be read, so it cannot be kept.
    """
    latest = int(now) + keep_for
    kept = [
        {"hash": value, "expires_at": latest if end is None else min(end, latest)}
        for value, end in (stored_secrets(stored) if keep_for > 0 else ())
        if end is None or end > now
    ]
    return [{"hash": new, "expires_at": None}, *kept]


def _verify_werkzeug(stored: str, presented: str) -> bool:
    method, _, digest = stored.split("$")
    size = 64 if method.startswith("scrypt:") else hashlib.new(method.split(":")[1]).digest_size
    if len(bytes.fromhex(digest)) != size:  # Werkzeug says no to it, as to a wrong secret
        raise UnreadableSecret("a stored secret is cut short")
    return check_password_hash(stored, presented)


def _verify_generated(stored: str, presented: str) -> bool:
    _, salt, digest = stored.split("$")
    return equal(_salted_sha256(salt, presented), digest)


def _verify_django(stored: str, presented: str) -> bool:
    _, iterations, salt, digest = stored.split("$")
    found = hashlib.pbkdf2_hmac("sha256", presented.encode(), salt.encode(), int(iterations))
    return equal(base64.b64encode(found).decode(), digest)


def _verify_argon2(stored: str, presented: str) -> bool:
    try:
        import argon2
    except ImportError:
        raise UnreadableSecret("an argon2 hash needs: pip install Flask-Introspect[argon2]") from None
    try:
        return argon2.PasswordHasher().verify(stored, presented)
    except argon2.exceptions.VerifyMismatchError:
        return False


def _verify_bcrypt(stored: str, presented: str) -> bool:
    try:
        import bcrypt
    except ImportError:
        raise UnreadableSecret("a bcrypt hash needs: pip install Flask-Introspect[bcrypt]") from None
    secret = presented.encode()
    # The work is done for a secret that is too long as well, so that its length does not show in the time.
    return bcrypt.checkpw(secret[:BCRYPT_MAX_BYTES], stored.encode()) and len(secret) <= BCRYPT_MAX_BYTES


_SCHEMES: tuple[tuple[str, Callable[[str, str], bool]], ...] = (
    ("scrypt:", _verify_werkzeug),
    ("pbkdf2:", _verify_werkzeug),
    ("sha256$", _verify_generated),
    ("$argon2", _verify_argon2),
    ("$2a$", _verify_bcrypt),
    ("$2b$", _verify_bcrypt),
    ("$2y$", _verify_bcrypt),
    ("pbkdf2_sha256$", _verify_django),
)


#: How hashes begin that cannot be checked here: crypt's and passlib's ``$name$``, Django's and Werkzeug's old
#: ``name$``, LDAP's ``{NAME}``.
_FOREIGN_HASH = re.compile(
    r"\$[\w.,-]+\$|(argon2|bcrypt|crypt|hmac|md\d|pbkdf2|scrypt|sha\d|unsalted)[\w:.-]*\$|\{[A-Z][A-Z0-9-]*\}", re.ASCII
)


def _scheme(stored: str) -> Callable[[str, str], bool] | None:
    return next((verify for prefix, verify in _SCHEMES if stored.startswith(prefix)), None)


def is_hash(stored: str) -> bool:
    """Whether a stored secret is in one of the hash formats that :func:`verify_secret` reads."""
    return _scheme(stored) is not None


def verify_secret(stored: str, presented: str, *, plain: bool = False) -> bool:
    """Check a presented secret against a stored one, in constant time for a given stored one.

    Reads Werkzeug's scrypt and PBKDF2, argon2 and bcrypt (extras), Django's PBKDF2, and the salted SHA-256 of generated
    secrets.

    :param stored: the stored text.
    :param presented: what the caller sent, without NUL or lone surrogates.
    :param plain: whether a stored text that is no hash is the secret itself. A text that looks like a hash is
        always read as one, so that a leaked hash is never a password.
    :raise UnreadableSecret: the format is unknown or broken, or the extra that reads it is not installed.
    """
    verify = _scheme(stored)
    if verify is None:
        if plain and not _FOREIGN_HASH.match(stored):
            return equal(stored, presented)
        raise UnreadableSecret("a stored secret is in no known hash format")
    try:
        return verify(stored, presented)
    except UnreadableSecret:
        raise
    except Exception as error:  # whatever the libraries raise for a broken hash
        raise UnreadableSecret(f"a stored secret is broken ({type(error).__name__})") from None


# What a caller presents

_ENCODED = re.compile(r"[%+]")


def read_basic(credentials: str) -> tuple[Pair, ...]:
    """The readings of what follows ``Basic`` in an ``Authorization`` header, the likeliest first.

    :rfc:`6749` section 2.3.1 wants id and secret form-encoded, which few clients do and some overdo, so both the
    decoded and the raw reading are returned where they differ. UTF-8, else Latin-1, which some clients send.

    :param credentials: the Base64 text.
    :return: one or two pairs; none if this is no Base64, holds no colon, or names no possible client.
    """
    try:
        octets = base64.b64decode(credentials, validate=True)
    except (binascii.Error, ValueError):
        return ()
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        text = octets.decode("latin-1")
    client_id, colon, secret = text.partition(":")
    if not colon:
        return ()
    raw = Pair(client_id, secret)
    if not _ENCODED.search(text):
        return (raw,) if raw.plausible else ()
    try:
        decoded = Pair(unquote_plus(client_id, errors="strict"), unquote_plus(secret, errors="strict"))
    except UnicodeDecodeError:
        decoded = raw
    # A dict keeps the order, and one of two equal readings.
    return tuple(pair for pair in dict.fromkeys((decoded, raw)) if pair.plausible)
