"""From the configuration to an endpoint: which models, which databases, which parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask.sansio.app import App
from sqlalchemy.orm import Mapper, configure_mappers

from .authentication.build import build_authenticator, build_secret_proof
from .authentication.client_secret import SecretProof
from .decision import Introspector, Policy
from .endpoint import Endpoint
from .errors import ConfigError, missing_extra
from .events import Insides, build_watch
from .limits import CallerLimits, Counters, FailureLimits
from .settings import Settings
from .storage import Store, StoredTokens, TokenSource
from .storage.connections import Connections, EngineConnections, HostConnections
from .storage.mapping import map_client, map_token

if TYPE_CHECKING:  # what only some hosts use is imported where it is configured
    from .wire.signed import SignedAnswers

__all__ = ["bind_key", "build_endpoint", "host_engine"]


def build_endpoint(app: App, settings: Settings, path: str) -> Endpoint:
    """Wire an endpoint.

    :param path: where it is mounted, for the URL that assertions may name as their audience.
    :raise ConfigError: the configuration cannot work with the host's models.
    """
    configure_mappers()
    sources: dict[Any, Connections] = {}
    store = _build_store(app, settings, sources)
    tokens = _build_tokens(store, settings)
    policy = Policy(settings.policy, settings.prefix + "POLICY")
    counters = Counters(
        settings.limit_storage_uri,
        fail_open=settings.limits_fail_open,
        prefix=settings.prefix,
        clock=settings.clock,
    )
    failures = FailureLimits(
        counters,
        per_client=settings.failed_auth_limit,
        per_address=settings.failed_auth_address_limit,
    )
    proof = build_secret_proof(store, settings, failures, app.config["SECRET_KEY"])
    return Endpoint(
        settings=settings,
        path=path,
        store=store,
        tokens=tokens,
        secrets=proof,
        authenticator=build_authenticator(store, tokens, settings, proof, failures, counters, path),
        policy=policy,
        limits=_build_limits(settings, counters),
        introspector=Introspector(
            policy,
            issuer=settings.issuer,
            leeway=settings.leeway,
            extra_claims=settings.extra_claims,
            setting=settings.prefix + "EXTRA_CLAIMS",
            clock=settings.clock,
        ),
        watch=build_watch(app, settings, path, _insides(proof, sources)),
        signed=_build_signed_answers(settings),
    )


def _build_tokens(store: Store, settings: Settings) -> TokenSource:
    stored = StoredTokens(store, settings.max_token_length)
    if settings.jwt_keys is None:
        return stored
    try:
        from .wiring_jose import build_jwt_access_tokens
    except ImportError:
        key = settings.prefix + "JWT_KEYS"
        raise missing_extra(key, "JWT access tokens need joserfc", "jwt") from None
    return build_jwt_access_tokens(store, stored, settings)


def _build_signed_answers(settings: Settings) -> SignedAnswers | None:
    if settings.signing_keys is None:
        return None
    try:
        from .wiring_jose import build_signed_answers
    except ImportError:
        key = settings.prefix + "SIGNING_KEYS"
        raise missing_extra(key, "signed answers need joserfc", "jwt") from None
    return build_signed_answers(settings)


def _build_limits(settings: Settings, counters: Counters) -> CallerLimits | None:
    if not settings.rate_limit and not settings.inactive_limit:
        return None
    return CallerLimits(counters, requests=settings.rate_limit, unknown=settings.inactive_limit)


def _insides(proof: SecretProof, sources: Mapping[Any, Connections]) -> Insides:
    """Say where an endpoint's parts report their numbers."""
    return Insides(
        hashes=lambda: proof.hashes_run,
        remembered=lambda: proof.remembered,
        kept=lambda: sum(
            each.kept_open for each in sources.values() if isinstance(each, EngineConnections)
        ),
    )


def _build_store(app: App, settings: Settings, shared: dict[Any, Connections]) -> Store:
    def connections(model: type) -> Connections:
        """One source of connections for each database, so that models know who shares one."""
        key = None if settings.session is not None else bind_key(model)
        if key not in shared:
            shared[key] = (
                EngineConnections(host_engine(app, settings, model), settings.store_timeout)
                if settings.session is None
                else HostConnections(settings.session, settings.prefix + "SESSION")
            )
        return shared[key]

    clients = map_client(
        settings.client_model, settings.client_fields, settings.prefix + "CLIENT_FIELDS"
    )
    tokens = [
        (map_token(model, fields, settings.prefix + "TOKEN_FIELDS", clients), connections(model))
        for model, fields in zip(settings.token_models, settings.token_fields, strict=True)
    ]
    return Store(clients, connections(settings.client_model), tokens)


def bind_key(model: type) -> str | None:
    """Return the key of the database that Flask-SQLAlchemy binds a model to."""
    mapper: Mapper[Any] = sa.inspect(model)
    key: str | None = mapper.local_table.metadata.info.get("bind_key")  # type: ignore[attr-defined]
    return key


def host_engine(app: App, settings: Settings, model: type) -> sa.Engine:
    """Find the engine that Flask-SQLAlchemy has for a model.

    :raise ConfigError: Flask-SQLAlchemy is not initialised, or has no such database.
    """
    db = app.extensions.get("sqlalchemy")
    if db is None:
        raise ConfigError(
            settings.prefix + "SESSION",
            "there is no database to read from: Flask-SQLAlchemy is not initialised on this app",
            "Call db.init_app(app) before app.register_blueprint(...), or set this key",
        )
    key = bind_key(model)
    with app.app_context():  # type: ignore[attr-defined]  # a Flask; its setup is typed as less
        engine: sa.Engine | None = db.engines.get(key)
    if engine is None:
        raise ConfigError(
            "SQLALCHEMY_BINDS", f"it has no {key!r}", "A model of the endpoint is bound to it"
        )
    return engine
