"""Tokens and secrets that we generate, and their form at rest."""

from __future__ import annotations

import hashlib
import secrets

from ..texts import equal

__all__ = [
    "GENERATED_PREFIX",
    "generate_secret",
    "generate_token",
    "hash_generated_secret",
    "token_digest",
    "verify_generated",
]

#: How the hash of a generated secret begins.
GENERATED_PREFIX = "sha256$"


def token_digest(token: str) -> str:
    """Hash a token with SHA-256, in hexadecimal: what is kept at rest.

    A token carries at least 128 random bits, so neither a salt nor a slow hash adds anything.
    """
    return hashlib.sha256(token.encode()).hexdigest()


def generate_token() -> str:
    """Make a token of 256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def generate_secret() -> str:
    """Make a client secret of 256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def hash_generated_secret(secret: str) -> str:
    """Hash a secret that :func:`generate_secret` made: salted SHA-256.

    It is fast on purpose: nobody can guess 256 random bits, however fast the hash. Don't use it for
    secrets that people choose.
    """
    salt = secrets.token_hex(8)
    return f"{GENERATED_PREFIX}{salt}${_salted_sha256(salt, secret)}"


def verify_generated(stored: str, presented: str) -> bool:
    """Check a presented secret against the hash of a generated one."""
    _, salt, digest = stored.split("$")
    return equal(_salted_sha256(salt, presented), digest)


def _salted_sha256(salt: str, secret: str) -> str:
    return hashlib.sha256(f"{salt}{secret}".encode()).hexdigest()
