"""The configuration of one endpoint, as a frozen value."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from limits import RateLimitItem

from ..records import Right
from .certificates import CertificateSource
from .terms import Terms

__all__ = ["DEFAULT_PREFIX", "Settings"]

#: What configuration keys begin with, unless a blueprint says otherwise.
DEFAULT_PREFIX = "INTROSPECT_"

_UNKNOWN_TOKEN: Mapping[Any, bool | None] = {"auto": None, "inactive": True, "not_found": False}

_LIMIT_FAILURE: Mapping[Any, bool] = {"open": True, "closed": False}


@dataclass(frozen=True)
class Settings:
    """Everything that ``app.config`` says about one endpoint.

    Each field is the configuration key of the same name in capitals, behind the blueprint's prefix.

    :ivar known_keys: the names of all keys that there are, without the prefix.
    """

    prefix: str
    client_model: type
    token_models: tuple[type, ...]
    client_fields: Mapping[str, Any] | None
    token_fields: tuple[Mapping[str, Any] | None, ...]
    session: Callable[[], Any] | None
    issuer: str | None
    auth_methods: frozenset[str]
    allow_repeated_credentials: bool
    secret_verifier: Callable[[str, str], bool] | None
    secret_hasher: Callable[[str], str] | None
    bearer_scope: str
    assertion_audiences: tuple[str, ...] | None
    assertion_algorithms: frozenset[str]
    client_certificate: CertificateSource | None
    jwt_keys: Any = field(repr=False)
    jwt_algorithms: frozenset[str]
    jwt_types: frozenset[str]
    jwt_issuers: tuple[str, ...] | None
    jwt_stored: bool
    jwt_revoked: Callable[..., bool] | None
    signing_keys: Any = field(repr=False)
    failed_auth_limit: tuple[RateLimitItem, ...]
    failed_auth_address_limit: tuple[RateLimitItem, ...]
    inactive_limit: tuple[RateLimitItem, ...]
    rate_limit: tuple[RateLimitItem, ...]
    limit_storage_uri: str = field(repr=False)  # a password may be in it
    limits_fail_open: bool
    max_hashes: int
    policy: Right | Callable[..., bool]
    extra_claims: Callable[..., Mapping[str, Any]] | None
    unknown_is_inactive: bool | None
    max_body_bytes: int
    max_token_length: int
    store_timeout: float | None
    leeway: int
    clock: Callable[[], float]
    metrics: bool
    tracing: bool
    known_keys: frozenset[str] = field(repr=False)

    @classmethod
    def read(cls, config: Mapping[str, Any], prefix: str = DEFAULT_PREFIX) -> Settings:
        """Read and check the configuration of one endpoint.

        :param config: the application's configuration.
        :param prefix: what the keys of this endpoint begin with.
        :raise ConfigError: a key is missing, holds something that cannot work, or is misspelt.
        """
        values = Terms(config, prefix)
        token_models = values.models("TOKEN_MODEL")
        settings = cls(
            prefix=prefix,
            client_model=values.model("CLIENT_MODEL"),
            token_models=token_models,
            client_fields=values.mapping("CLIENT_FIELDS"),
            token_fields=values.mappings("TOKEN_FIELDS", len(token_models)),
            session=values.callable("SESSION"),
            issuer=values.issuer("ISSUER"),
            auth_methods=values.auth_methods("AUTH_METHODS"),
            allow_repeated_credentials=values.boolean("ALLOW_REPEATED_CREDENTIALS"),
            secret_verifier=values.callable("SECRET_VERIFIER", "stored", "presented"),
            secret_hasher=values.callable("SECRET_HASHER", "secret"),
            bearer_scope=values.scope("BEARER_SCOPE", "introspection"),
            assertion_audiences=values.texts("ASSERTION_AUDIENCES"),
            assertion_algorithms=values.algorithms("ASSERTION_ALGORITHMS"),
            client_certificate=values.certificate_source("CLIENT_CERTIFICATE"),
            jwt_keys=values.keys("JWT_KEYS"),
            jwt_algorithms=values.algorithms("JWT_ALGORITHMS"),
            jwt_types=values.jwt_types("JWT_TYPES"),
            jwt_issuers=values.texts("JWT_ISSUERS"),
            jwt_stored=values.boolean("JWT_STORED"),
            jwt_revoked=values.callable("JWT_REVOKED", "token"),
            signing_keys=values.keys("SIGNING_KEYS"),
            failed_auth_limit=values.limit("FAILED_AUTH_LIMIT", "20 per minute"),
            failed_auth_address_limit=values.limit("FAILED_AUTH_ADDRESS_LIMIT", "300 per minute"),
            inactive_limit=values.limit("INACTIVE_LIMIT", None),
            rate_limit=values.limit("RATE_LIMIT", None),
            limit_storage_uri=values.text("LIMIT_STORAGE_URI", "memory://"),
            limits_fail_open=values.one_of("LIMIT_FAILURE", "open", _LIMIT_FAILURE),
            max_hashes=values.number("MAX_HASHES", 2, at_least=1),
            policy=values.policy("POLICY"),
            extra_claims=values.callable("EXTRA_CLAIMS", "token", "caller"),
            unknown_is_inactive=values.one_of("UNKNOWN_TOKEN", "auto", _UNKNOWN_TOKEN),
            max_body_bytes=values.number("MAX_BODY_BYTES", 65536, at_least=1),
            max_token_length=values.number("MAX_TOKEN_LENGTH", 8192, at_least=1),
            store_timeout=values.seconds("STORE_TIMEOUT", 5),
            leeway=values.number("LEEWAY", 0, at_least=0),
            clock=values.clock("CLOCK") or _now,
            metrics=values.boolean("METRICS"),
            tracing=values.boolean("TRACING"),
            known_keys=values.asked(),  # the last, when all were asked for
        )
        values.refuse_misspelt()
        return settings

    def url_of(self, path: str) -> str | None:
        """Make the URL of a path on the issuer's host; ``None`` where the issuer is no URL.

        It is never made from the request: the caller controls its Host header.
        """
        parts = urlsplit(self.issuer or "")
        return f"{parts.scheme}://{parts.netloc}{path}" if parts.scheme and parts.netloc else None


def _now() -> float:
    return time.time()  # looked up at each call, so that a test can freeze time
