"""The hash formats of stored secrets, and how a presented secret is checked against one."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from werkzeug.security import check_password_hash, generate_password_hash

from ..texts import equal
from .generated import GENERATED_PREFIX, hash_generated_secret, verify_generated

__all__ = [
    "FORMATS",
    "HashFormat",
    "UnreadableSecret",
    "format_of",
    "hash_secret",
    "is_hash",
    "is_plain",
    "is_quick",
    "verify_secret",
]

#: bcrypt reads no further. A longer secret is refused: it is neither cut nor an error.
BCRYPT_MAX_BYTES = 72

#: What Django 5.1 takes by default.
_DJANGO_ITERATIONS = 870_000


class UnreadableSecret(ValueError):
    """A stored secret is in no format that can be checked. The text holds nothing of the secret."""


def hash_secret(secret: str) -> str:
    """Hash a secret that somebody chose with a slow hash: Werkzeug's scrypt."""
    return generate_password_hash(secret)


def _verify_werkzeug(stored: str, presented: str) -> bool:
    method, _, digest = stored.split("$")
    is_scrypt = method.startswith("scrypt:")
    size = 64 if is_scrypt else hashlib.new(method.split(":")[1]).digest_size
    if len(bytes.fromhex(digest)) != size:  # Werkzeug would only say no, as to a wrong secret
        raise UnreadableSecret("a stored secret is cut short")
    return check_password_hash(stored, presented)


def _verify_django(stored: str, presented: str) -> bool:
    _, iterations, salt, digest = stored.split("$")
    found = hashlib.pbkdf2_hmac("sha256", presented.encode(), salt.encode(), int(iterations))
    return equal(base64.b64encode(found).decode(), digest)


def _verify_argon2(stored: str, presented: str) -> bool:
    try:
        import argon2
    except ImportError:
        raise UnreadableSecret(
            "an argon2 hash needs: pip install Flask-Introspect[argon2]"
        ) from None
    try:
        return argon2.PasswordHasher().verify(stored, presented)
    except argon2.exceptions.VerifyMismatchError:
        return False


def _verify_bcrypt(stored: str, presented: str) -> bool:
    try:
        import bcrypt
    except ImportError:
        raise UnreadableSecret(
            "a bcrypt hash needs: pip install Flask-Introspect[bcrypt]"
        ) from None
    secret = presented.encode()
    # Hash a secret that is too long as well, so that its length doesn't show in the time.
    matches = bcrypt.checkpw(secret[:BCRYPT_MAX_BYTES], stored.encode())
    return matches and len(secret) <= BCRYPT_MAX_BYTES


def _hash_django(secret: str) -> str:
    salt = secrets.token_urlsafe(16)
    found = hashlib.pbkdf2_hmac("sha256", secret.encode(), salt.encode(), _DJANGO_ITERATIONS)
    return f"pbkdf2_sha256${_DJANGO_ITERATIONS}${salt}${base64.b64encode(found).decode()}"


def _hash_argon2(secret: str) -> str:
    import argon2

    return argon2.PasswordHasher().hash(secret)


def _hash_bcrypt(secret: str) -> str:
    import bcrypt

    return bcrypt.hashpw(secret.encode(), bcrypt.gensalt()).decode()


@dataclass(frozen=True)
class HashFormat:
    """One way to store a hashed secret.

    :ivar name: what it is called.
    :ivar prefixes: how such a hash begins.
    :ivar verify: checks ``(stored, presented)``.
    :ivar hash: hashes a secret in this format.
    :ivar extra: the extra of this package that reads it, if it needs one.
    :ivar is_quick: whether a check costs next to nothing.
    """

    name: str
    prefixes: tuple[str, ...]
    verify: Callable[[str, str], bool]
    hash: Callable[[str], str]
    extra: str | None = None
    is_quick: bool = False


#: Every format that can be read.
FORMATS: tuple[HashFormat, ...] = (
    HashFormat("werkzeug", ("scrypt:", "pbkdf2:"), _verify_werkzeug, hash_secret),
    HashFormat(
        "generated", (GENERATED_PREFIX,), verify_generated, hash_generated_secret, is_quick=True
    ),
    HashFormat("argon2", ("$argon2",), _verify_argon2, _hash_argon2, extra="argon2"),
    HashFormat("bcrypt", ("$2a$", "$2b$", "$2y$"), _verify_bcrypt, _hash_bcrypt, extra="bcrypt"),
    HashFormat("django", ("pbkdf2_sha256$",), _verify_django, _hash_django),
)

#: How hashes begin that cannot be checked here: crypt's and passlib's ``$name$``, Django's and
#: Werkzeug's old ``name$``, and whatever stands in braces: the labels of LDAP and Spring, such as
#: ``{SSHA}``, ``{bcrypt}`` and ``{argon2@SpringSecurity_v5_8}``.
_LOOKS_HASHED = re.compile(
    r"\$[\w.,-]+\$"
    r"|(argon2|bcrypt|crypt|hmac|md\d|pbkdf2|scrypt|sha\d|unsalted)[\w:.-]*\$"
    r"|\{[^}]*\}",
    re.ASCII,
)


def format_of(stored: str) -> HashFormat | None:
    """Find the format of a stored secret; ``None`` for one that is in none of them."""
    return next((each for each in FORMATS if stored.startswith(each.prefixes)), None)


def is_hash(stored: str) -> bool:
    """Tell whether a stored secret is in a format that :func:`verify_secret` reads."""
    return format_of(stored) is not None


def is_plain(stored: str) -> bool:
    """Tell whether a stored text can be a secret itself, since it doesn't look like a hash."""
    return format_of(stored) is None and not _LOOKS_HASHED.match(stored)


def is_quick(stored: str) -> bool:
    """Tell whether checking a stored secret costs next to nothing."""
    found = format_of(stored)
    return found is None or found.is_quick


def verify_secret(stored: str, presented: str, *, plain: bool = False) -> bool:
    """Check a presented secret against a stored one, in constant time for a given stored one.

    Reads Werkzeug's scrypt and PBKDF2, argon2 and bcrypt (extras), Django's PBKDF2, and the salted
    SHA-256 of generated secrets.

    :param stored: the stored text.
    :param presented: what the caller sent, without NUL or lone surrogates.
    :param plain: whether a stored text that is no hash is the secret itself. A text that looks like
        a hash is always read as one, so that nobody can present a leaked hash as a secret.
    :raise UnreadableSecret: the format is unknown or broken, or the extra that reads it is missing.
    """
    found = format_of(stored)
    if found is None:
        if plain and is_plain(stored):
            return equal(stored, presented)
        raise UnreadableSecret("a stored secret is in no known hash format")
    try:
        return found.verify(stored, presented)
    except UnreadableSecret:
        raise
    except Exception as error:  # whatever the libraries raise for a broken hash
        raise UnreadableSecret(f"a stored secret is broken ({type(error).__name__})") from None
