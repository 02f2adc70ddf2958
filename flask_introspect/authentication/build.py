"""From the configuration to the ways of authenticating that are on offer."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import ConfigError, missing_extra
from ..limits import Counters, FailureLimits, HashPlaces
from ..settings import HMAC_ALGORITHMS, Settings
from ..storage import Store, TokenSource
from .authenticator import Authenticator, Method
from .basic import Basic, Post
from .client_secret import SecretProof
from .dummies import DummyHashes

__all__ = ["build_authenticator", "build_secret_proof"]

_ASSERTIONS = frozenset({"private_key_jwt", "client_secret_jwt"})
_CERTIFICATES = frozenset({"tls_client_auth", "self_signed_tls_client_auth"})


def build_secret_proof(
    store: Store, settings: Settings, failures: FailureLimits, key: str | bytes | None
) -> SecretProof:
    """Make the check of client secrets.

    :param key: the application's own secret key, if it has one.
    """
    return SecretProof(
        store,
        dummies=DummyHashes(store, key),
        verifier=settings.secret_verifier,
        prefix=settings.prefix,
        failures=failures,
        places=HashPlaces(settings.max_hashes),
        clock=settings.clock,
    )


def build_authenticator(
    store: Store,
    tokens: TokenSource,
    settings: Settings,
    proof: SecretProof,
    failures: FailureLimits,
    counters: Counters,
    path: str,
) -> Authenticator:
    """Make the authenticator.

    :param tokens: where bearer tokens are found.
    :param proof: checks client secrets.
    :param failures: shuts out callers that fail too often.
    :param counters: count the assertions that were used.
    :param path: the endpoint's path, for the audiences of assertions.
    :raise ConfigError: a method cannot work with the other settings, or needs an extra.
    """
    offered = settings.auth_methods
    makers: dict[str, tuple[frozenset[str], Callable[[], Method]]] = {
        "client_secret_basic": (frozenset({"client_secret_basic"}), lambda: Basic(proof)),
        "client_secret_post": (frozenset({"client_secret_post"}), lambda: Post(proof)),
        "bearer": (frozenset({"bearer"}), lambda: _bearer(tokens, settings)),
        "client_assertion": (_ASSERTIONS, lambda: _assertions(store, settings, counters, path)),
        "certificate": (_CERTIFICATES, lambda: _certificates(settings)),
    }
    return Authenticator(
        {used: make() for used, (names, make) in makers.items() if names & offered},
        failures,
        assertion_algorithms=_assertion_algorithms(settings),
        allow_repeated=settings.allow_repeated_credentials,
    )


def _bearer(tokens: TokenSource, settings: Settings) -> Method:
    from .bearer import Bearer

    return Bearer(tokens, scope=settings.bearer_scope, leeway=settings.leeway, clock=settings.clock)


def _assertions(store: Store, settings: Settings, counters: Counters, path: str) -> Method:
    key = settings.prefix + "AUTH_METHODS"
    if "client_secret_jwt" in settings.auth_methods and not store.clients.plain_secrets:
        raise ConfigError(
            key,
            "client_secret_jwt needs the secret itself, and the client table keeps hashes",
            f"Map the secrets with plain(...) in {settings.prefix}CLIENT_FIELDS, or offer "
            "private_key_jwt instead",
        )
    try:
        from .assertions import Assertions
    except ImportError:
        raise missing_extra(key, "signed assertions need joserfc", "jwt") from None
    return Assertions(
        algorithms=_assertion_algorithms(settings),
        audiences=_audiences(settings, path),
        use_once=counters.use_once,
        leeway=settings.leeway,
        clock=settings.clock,
    )


def _assertion_algorithms(settings: Settings) -> frozenset[str]:
    """List what assertions may be signed with; nothing if they are not on offer."""
    algorithms: frozenset[str] = frozenset()
    if "private_key_jwt" in settings.auth_methods:
        algorithms |= settings.assertion_algorithms
    if "client_secret_jwt" in settings.auth_methods:
        algorithms |= HMAC_ALGORITHMS
    return algorithms


def _audiences(settings: Settings, path: str) -> tuple[str, ...]:
    """List what assertions may name: what the host says, else the issuer and the endpoint's URL."""
    if settings.assertion_audiences is not None:
        return settings.assertion_audiences
    if settings.issuer is None:
        raise ConfigError(
            settings.prefix + "ASSERTION_AUDIENCES",
            "neither it nor the issuer is set, so no assertion could be meant for this server",
            f"Set {settings.prefix}ISSUER, or list the audiences here",
        )
    url = settings.url_of(path)
    return (settings.issuer,) if url is None else (settings.issuer, url)


def _certificates(settings: Settings) -> Method:
    source = settings.client_certificate
    if source is None:
        raise ConfigError(
            settings.prefix + "CLIENT_CERTIFICATE",
            "it is not set, so no client certificate can be seen",
            'Give {"header": NAME, "verified": NAME, "from": [ADDRESS, ...]} or '
            '{"environ": NAME, "verified": NAME}',
        )
    try:
        from .certificates import Certificates
    except ImportError:
        key = settings.prefix + "AUTH_METHODS"
        problem = "client certificates need cryptography and joserfc"
        raise missing_extra(key, problem, "jwt") from None
    return Certificates(source, methods=settings.auth_methods & _CERTIFICATES, clock=settings.clock)
