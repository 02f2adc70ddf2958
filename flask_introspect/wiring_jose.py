"""From the configuration to what verifies and signs JWTs; imported only where it is configured."""

from __future__ import annotations

from typing import Any

from .decision.jwt_access_tokens import JWTAccessTokens, JWTRules
from .decision.jwt_signatures import JWTSignatures
from .errors import ConfigError
from .jose import AnswerSigner, KeySource, UnreadableKeys
from .settings import Settings
from .storage import Store, TokenSource
from .wire.signed import SignedAnswers

__all__ = ["build_jwt_access_tokens", "build_signed_answers"]

_KINDS = "Give a JWK set as a dict or as JSON, PEM, the path of a file with either, or a callable"


def build_jwt_access_tokens(store: Store, others: TokenSource, settings: Settings) -> TokenSource:
    """Make the finder of access tokens that issuers signed.

    :param others: finds all other tokens.
    :raise ConfigError: the keys cannot be read, or no issuer is known.
    """
    prefix = settings.prefix
    issuers = settings.jwt_issuers or (() if settings.issuer is None else (settings.issuer,))
    if not issuers:
        raise ConfigError(
            prefix + "JWT_ISSUERS",
            "neither it nor the issuer is set, so no token could be one of ours",
            f"Set {prefix}ISSUER, or list the issuers here",
        )
    signatures = JWTSignatures(
        _source(settings.jwt_keys, prefix + "JWT_KEYS"),
        algorithms=settings.jwt_algorithms,
        types=settings.jwt_types,
        issuers=issuers,
    )
    rules = JWTRules(
        settings.jwt_stored, settings.jwt_revoked, prefix + "JWT_REVOKED", settings.clock
    )
    return JWTAccessTokens(
        store,
        others,
        signatures,
        rules,
        setting=prefix + "TOKEN_FIELDS",
        max_length=settings.max_token_length,
    )


def build_signed_answers(settings: Settings) -> SignedAnswers:
    """Make the signer of answers.

    :raise ConfigError: the keys cannot be read, or the issuer is not set.
    """
    key = settings.prefix + "SIGNING_KEYS"
    if settings.issuer is None:
        problem = "signed answers name their issuer, and none is set"
        raise ConfigError(key, problem, f"Set {settings.prefix}ISSUER")
    signer = AnswerSigner(_source(settings.signing_keys, key, private=True))
    return SignedAnswers(signer, settings.issuer, key, settings.clock)


def _source(given: Any, key: str, *, private: bool = False) -> KeySource:
    try:
        return KeySource(given, key, private=private)
    except UnreadableKeys as error:
        remedy = _KINDS
        if private:
            remedy += ". `flask introspect keys generate` makes one"
        raise ConfigError(key, str(error), remedy) from None
