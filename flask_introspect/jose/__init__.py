"""Signed JSON (:rfc:`7515` to :rfc:`7519`), by joserfc; imported only where it is configured."""

from __future__ import annotations

from .algorithms import KEY_KINDS, PUBLIC_KEY_ALGORITHMS, algorithms_of
from .answers import (
    CONTENT_ENCRYPTION,
    KEY_ENCRYPTION,
    AnswerSigner,
    Unencryptable,
    encrypt_for,
    public_jwks,
)
from .keys import generate_dummy_jwks, keys_for, keys_named, keys_of
from .signed import SignedJson, Unverifiable, read_signed
from .sources import KeySource, KeysUnavailable, UnreadableKeys
from .twins import twin_of

__all__ = [
    "CONTENT_ENCRYPTION",
    "KEY_ENCRYPTION",
    "KEY_KINDS",
    "PUBLIC_KEY_ALGORITHMS",
    "AnswerSigner",
    "KeySource",
    "KeysUnavailable",
    "SignedJson",
    "Unencryptable",
    "UnreadableKeys",
    "Unverifiable",
    "algorithms_of",
    "encrypt_for",
    "generate_dummy_jwks",
    "keys_for",
    "keys_named",
    "keys_of",
    "public_jwks",
    "read_signed",
    "twin_of",
]
