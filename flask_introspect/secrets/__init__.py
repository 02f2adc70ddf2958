"""Client secrets and tokens: hash formats, how secrets are stored, rotation, generation."""

from __future__ import annotations

from .formats import UnreadableSecret, hash_secret, is_hash, verify_secret
from .generated import (
    generate_secret,
    generate_token,
    hash_generated_secret,
    token_digest,
)
from .stored import StoredSecret, rotated, stored_secrets

__all__ = [
    "StoredSecret",
    "UnreadableSecret",
    "generate_secret",
    "generate_token",
    "hash_generated_secret",
    "hash_secret",
    "is_hash",
    "rotated",
    "stored_secrets",
    "token_digest",
    "verify_secret",
]
