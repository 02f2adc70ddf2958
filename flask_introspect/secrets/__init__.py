"""Client secrets and tokens: hash formats, how secrets are stored, rotation, generation."""

from __future__ import annotations

from .formats import (
    HashFormat,
    UnreadableSecret,
    format_of,
    hash_secret,
    is_hash,
    is_plain,
    is_quick,
    verify_secret,
)
from .generated import (
    generate_secret,
    generate_token,
    hash_generated_secret,
    token_digest,
)
from .issued import NewSecret, NewToken, Rotation, new_secret, new_token, rotate
from .stored import StoredSecret, reading_advice, rotated, stored_secrets

__all__ = [
    "HashFormat",
    "NewSecret",
    "NewToken",
    "Rotation",
    "StoredSecret",
    "UnreadableSecret",
    "format_of",
    "generate_secret",
    "generate_token",
    "hash_generated_secret",
    "hash_secret",
    "is_hash",
    "is_plain",
    "is_quick",
    "new_secret",
    "new_token",
    "reading_advice",
    "rotate",
    "rotated",
    "stored_secrets",
    "token_digest",
    "verify_secret",
]
