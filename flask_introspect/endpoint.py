"""One endpoint: the path of a request from top to bottom, and the same judgement in process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Flask, current_app
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.wrappers import Request

from .authentication import Authenticator, Presented, standing
from .authentication.client_secret import SecretProof
from .decision import Introspector, Policy
from .errors import (
    ConfigError,
    InsufficientScope,
    InvalidClient,
    InvalidRequest,
    InvalidToken,
    RequestError,
)
from .events import Sight, Watch
from .limits import CallerLimits
from .records import Client, Introspection
from .settings import Settings
from .storage import Store, TokenSource
from .wire import FORM, Dialect, Reply, dialect_of, read_request
from .wire.responses import HEADERS, HEADERS_THAT_VARY, UNWRITABLE
from .wire.schemas import load_request

if TYPE_CHECKING:  # what only some hosts use is imported where it is configured
    from .wire.signed import SignedAnswers

__all__ = ["EXTENSION", "Endpoint", "check_secret", "endpoints_of", "introspect"]

#: The name of an application's endpoints among its extensions.
EXTENSION = "introspect"

_REALM = "token introspection"


@dataclass(frozen=True)
class Endpoint:
    """One endpoint of one application: everything that a request needs, made at registration."""

    settings: Settings
    path: str
    store: Store
    tokens: TokenSource
    secrets: SecretProof
    authenticator: Authenticator
    policy: Policy
    limits: CallerLimits | None
    introspector: Introspector
    watch: Watch
    signed: SignedAnswers | None

    @property
    def prefix(self) -> str:
        """What the configuration keys of this endpoint begin with."""
        return self.settings.prefix

    @property
    def headers(self) -> Sequence[tuple[str, str]]:
        """What every JSON answer carries."""
        return HEADERS if self.signed is None else HEADERS_THAT_VARY

    def answer(self, http: Request) -> Reply:
        """Answer a request: who calls, may it ask, what does it ask, what may it be told.

        :raise RequestError: there is no answer about a token; :meth:`refuse` says so.
        """
        sight = self.watch.begin(http.environ)
        if not self.watch.is_wanted():
            return self._answer(http, sight)
        with self.watch.following(sight, http.environ, _dialect_of(http)):
            return self._answer(http, sight)

    def _answer(self, http: Request, sight: Sight) -> Reply:
        dialect, parameters = read_request(http, self.settings.max_body_bytes)
        reading = self.tokens.reading(parameters.get("token"), parameters.get("token_type_hint"))
        sight.presented = Presented(parameters, http.environ)
        caller = self.authenticator.authenticate(sight.presented, reading)
        sight.client_id = caller.client_id
        if self.limits is not None:
            self.limits.admit(caller.client_id)
        self.policy.admit(caller)
        if parameters.fault is not None:
            raise InvalidRequest(parameters.fault)
        hint = load_request(parameters.values)["token_type_hint"]
        accept = http.environ.get("HTTP_ACCEPT", "")
        signed = self.signed.due(accept, caller) if self.signed is not None else None
        introspection = self.introspector.introspect(reading, caller)
        if self.limits is not None and not introspection.known:
            self.limits.count_unknown(caller.client_id)
        try:
            if signed is not None:
                sight.answer = introspection, 200
                return signed.reply(introspection, caller)
            verdict = dialect.answer(introspection, hint, self.settings.unknown_is_inactive)
        except UNWRITABLE:
            self.introspector.refuse_unwritable(introspection)
            raise
        sight.answer = introspection, verdict.status
        return Reply(verdict.status, self.headers, verdict.body)

    def refuse(self, http: Request, error: RequestError) -> Reply:
        """Answer with an error, in the caller's dialect, or in the RFC's where that is unknown."""
        dialect = _dialect_of(http)
        self.watch.refused(http.environ, error, dialect)
        verdict = dialect.error(error)
        headers = [*self.headers, *(("WWW-Authenticate", each) for each in self._challenges(error))]
        if error.retry_after is not None:
            headers.append(("Retry-After", str(error.retry_after)))
        return Reply(verdict.status, headers, verdict.body)

    def _challenges(self, error: RequestError) -> Iterator[str]:
        """Write the challenges to a caller (:rfc:`7235` section 4.1, :rfc:`6750` section 3)."""
        if isinstance(error, (InvalidToken, InsufficientScope)):
            said = {"realm": _REALM, "error": error.error, "error_description": error.description}
            if isinstance(error, InsufficientScope):
                said["scope"] = error.scope
            # All values in quotes, as in RFC 6750; Werkzeug would leave out what it can.
            yield "Bearer " + ", ".join(f'{name}="{value}"' for name, value in said.items())
        elif isinstance(error, InvalidClient):
            for scheme in self.authenticator.schemes:
                # RFC 7617 section 2.1
                charset = {"charset": "UTF-8"} if scheme == "basic" else {}
                yield WWWAuthenticate(scheme, {"realm": _REALM, **charset}).to_header()

    def introspect(
        self, token: str, *, hint: str | None = None, caller: str | None = None
    ) -> Introspection:
        """Judge a token without HTTP, exactly as :meth:`answer` would.

        The parameters and errors are those of :func:`introspect`.
        """
        reading = self.tokens.reading(token, hint)
        client = None if caller is None else self._caller(caller)
        return self.introspector.introspect(reading, client)

    def check_secret(self, client_id: str, presented: str) -> bool:
        """Tell whether a secret is good for a client, as :func:`check_secret` says."""
        client = self.store.client(client_id)
        stored = client.secrets if client is not None else None  # checked in any case, for the time
        is_good = self.secrets.check(client_id, stored, presented)
        # Basic or post: how the secret came is for the host to say, that it came is known here.
        named = client.auth_method if client is not None else None
        method = named if named == "client_secret_basic" else "client_secret_post"
        return is_good and standing(client, self.settings.clock(), method) is None

    def _caller(self, client_id: str) -> Client:
        """Read a client that could use the endpoint once authenticated."""
        client = self.store.client(client_id)
        refusal = standing(client, self.settings.clock())
        if client is None or refusal is not None:
            raise InvalidClient(reason=refusal)
        self.policy.admit(client)
        return client


def _dialect_of(http: Request) -> Dialect:
    return dialect_of(http.environ.get("CONTENT_TYPE", "")) or FORM


def endpoints_of(app: Flask) -> dict[str, Endpoint]:
    """Return an application's endpoints, by the name of their blueprint."""
    endpoints: dict[str, Endpoint] = app.extensions.get(EXTENSION, {})
    return endpoints


def introspect(
    token: str, *, hint: str | None = None, caller: str | None = None, endpoint: str | None = None
) -> Introspection:
    """Judge a token without HTTP, exactly as the endpoint would. Needs an application context.

    :param token: the token.
    :param hint: ``"access_token"`` or ``"refresh_token"``; only orders the search.
    :param caller: the client id of the caller to judge for; ``None`` for the host itself, which
        sees every token and every claim.
    :param endpoint: the blueprint's name, where an application has several.
    :return: the answer and the reason for it.
    :raise InvalidClient: the caller cannot authenticate; its ``reason`` says why.
    :raise UnauthorizedClient: the caller may not use the endpoint.
    :raise TemporarilyUnavailable: the database did not answer.
    :raise ConfigError: no such blueprint is registered on the application.
    """
    return _find_endpoint(endpoint).introspect(token, hint=hint, caller=caller)


def check_secret(client_id: str, presented: str, *, endpoint: str | None = None) -> bool:
    """Tell whether a secret is good for a client, as the endpoint would.

    Needs an application context. It is for a host's own endpoints, such as its token endpoint. It
    knows every stored format, several secrets, their expiry, and the memory of verified secrets, so
    that a slow hash is paid once. An unknown client takes as long as a wrong secret.

    :param client_id: the client's id.
    :param presented: the secret that was sent.
    :param endpoint: the blueprint's name, where an application has several.
    :return: whether the client exists, may authenticate, and has this secret.
    :raise TemporarilyUnavailable: the database did not answer, or no hash has a place.
    :raise ConfigError: no such blueprint is registered on the application.
    """
    return _find_endpoint(endpoint).check_secret(client_id, presented)


def _find_endpoint(name: str | None) -> Endpoint:
    endpoints = endpoints_of(current_app)
    if name is None and endpoints:
        return endpoints.get("introspect") or next(iter(endpoints.values()))
    if name not in endpoints:
        problem = f"no blueprint {name or 'introspect'!r} is registered"
        raise ConfigError("register_blueprint", problem, "Register it")
    return endpoints[name]
