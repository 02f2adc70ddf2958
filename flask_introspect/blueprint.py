"""Flask: the route, the wiring, and the one door by which answers and errors leave."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial, update_wrapper
from typing import Any

from flask import Blueprint, Flask, Request, Response, current_app, request
from flask.blueprints import BlueprintSetupState
from flask.sansio.app import App
from sqlalchemy import inspect
from sqlalchemy.orm import Mapper, configure_mappers
from werkzeug.datastructures import Headers, WWWAuthenticate
from werkzeug.exceptions import HTTPException, default_exceptions
from werkzeug.exceptions import MethodNotAllowed as RoutingMethodNotAllowed
from werkzeug.wsgi import get_input_stream

from .authentication import Authenticator
from .dialects import FORM, Dialect, Parameters, Verdict, dialect_of, fault_in_query, form_parameters
from .engines import EngineReader, HostReader, Reader
from .errors import (
    ConfigError,
    InvalidClient,
    InvalidRequest,
    MethodNotAllowed,
    PayloadTooLarge,
    RequestError,
    ServerError,
    TemporarilyUnavailable,
    UnsupportedMediaType,
)
from .introspection import Introspector
from .mapping import map_client, map_token
from .policy import Policy
from .records import Introspection
from .schemas import load_request
from .settings import DEFAULT_PREFIX, Settings
from .store import Store

__all__ = ["Endpoint", "IntrospectBlueprint", "bind_key", "endpoints_of", "introspect", "introspect_bp"]

logger = logging.getLogger(__package__)

_EXTENSION = "introspect"

#: RFC 7662 section 4 and RFC 6749 section 5.1 for the cache; the rest so that nobody takes JSON for a page.
_HEADERS: Sequence[tuple[str, str]] = (
    ("Content-Type", "application/json"),
    ("Cache-Control", "no-store"),
    ("Pragma", "no-cache"),
    ("X-Content-Type-Options", "nosniff"),
)

#: Seconds after which a caller may try again when the database did not answer.
_RETRY_AFTER = 5


@dataclass(frozen=True)
class Endpoint:
    """One endpoint of one application: everything that a request needs, made at registration."""

    settings: Settings
    store: Store
    authenticator: Authenticator
    policy: Policy
    introspector: Introspector

    @classmethod
    def build(cls, app: App, settings: Settings) -> Endpoint:
        """Wire an endpoint.

        :raise ConfigError: the configuration cannot work with the host's models.
        """
        configure_mappers()
        store = _build_store(app, settings)
        policy = Policy(settings.policy)
        return cls(
            settings=settings,
            store=store,
            authenticator=Authenticator(
                store,
                methods=settings.auth_methods,
                verifier=settings.secret_verifier,
                allow_repeated=settings.allow_repeated_credentials,
                clock=settings.clock,
            ),
            policy=policy,
            introspector=Introspector(
                policy,
                issuer=settings.issuer,
                leeway=settings.leeway,
                extra_claims=settings.extra_claims,
                clock=settings.clock,
            ),
        )

    def answer(self, http: Request) -> Response:
        """Answer one request: who calls, may it ask, what does it ask, what may it be told."""
        dialect, parameters = self._read(http)
        reading = self.store.reading(parameters.get("token"), parameters.get("token_type_hint"))
        caller = self.authenticator.authenticate(http.environ.get("HTTP_AUTHORIZATION"), parameters, reading)
        self.policy.admit(caller)
        if parameters.fault is not None:
            raise InvalidRequest(parameters.fault)
        hint = load_request(parameters.values)["token_type_hint"]
        introspection = self.introspector.introspect(reading, caller)
        return _response(dialect.answer(introspection, hint, self.settings.unknown_is_inactive))

    def _read(self, http: Request) -> tuple[Dialect, Parameters]:
        """The dialect of a request, and its parameters."""
        content_type = http.environ.get("CONTENT_TYPE", "")
        dialect = dialect_of(content_type)
        if dialect is None and content_type:
            raise UnsupportedMediaType()
        body = _body(http, self.settings.max_body_bytes)
        if dialect is None:
            if body:
                raise UnsupportedMediaType()
            dialect = FORM
        if not body and (parsed := vars(http).get("form")):  # a hook of the host's has read the body before
            parameters = form_parameters(parsed.items(multi=True))
        else:
            parameters = dialect.read(body)
        if query := http.environ.get("QUERY_STRING"):
            fault_in_query(query, parameters)
        return dialect, parameters

    def refuse(self, http: Request, error: RequestError) -> Response:
        """Answer with an error, in the caller's dialect; in the RFC's where that is unknown."""
        dialect = dialect_of(http.environ.get("CONTENT_TYPE", "")) or FORM
        response = _response(dialect.error(error))
        if isinstance(error, InvalidClient) and "client_secret_basic" in self.settings.auth_methods:
            response.www_authenticate = WWWAuthenticate("basic", {"realm": "token introspection", "charset": "UTF-8"})
        elif isinstance(error, TemporarilyUnavailable):
            response.headers["Retry-After"] = str(_RETRY_AFTER)
        return response


def _body(http: Request, limit: int) -> bytes:
    """The body of a request.

    :raise PayloadTooLarge: it is longer than the limit; where a length says so, nothing is read.
    :raise InvalidRequest: it is shorter than its length says.
    """
    size = http.content_length
    if size is not None and size > limit:
        raise PayloadTooLarge()
    if size is None or "stream" in vars(http):  # chunked, or read before by a hook of the host's, which Flask keeps
        http.max_content_length = limit + 1  # Werkzeug cuts at the limit; one byte more shows that there was more
        body = http.get_data()
        if len(body) > limit:
            raise PayloadTooLarge()
        return body
    # Like get_data, which reads in blocks of 64 kB whatever the length.
    stream = get_input_stream(http.environ)
    body = stream.read(size)
    while len(body) < size:
        more = stream.read(size - len(body))
        if not more:
            raise InvalidRequest("The body is shorter than its Content-Length")
        body += more
    http._cached_data = body  # as get_data does, for hooks of the host's that look at the request afterwards
    return body


class _Answer(Response):
    """A response whose headers are complete as they are: there is nothing to make absolute, nothing to measure."""

    def get_wsgi_headers(self, environ: Any) -> Headers:
        return self.headers


def _response(verdict: Verdict) -> Response:
    return _Answer(verdict.body, verdict.status, _HEADERS)


# Wiring


def _build_store(app: App, settings: Settings) -> Store:
    readers: dict[str | None, Reader] = {}

    def reader(model: type) -> Reader:
        if settings.session is not None:
            return readers.setdefault(None, HostReader(settings.session))
        key = bind_key(model)
        if key not in readers:
            readers[key] = EngineReader(_engine_finder(app, settings, key))
        return readers[key]

    clients = map_client(settings.client_model, settings.client_fields, settings.prefix + "CLIENT_FIELDS")
    tokens = [
        (map_token(model, fields, settings.prefix + "TOKEN_FIELDS", clients), reader(model))
        for model, fields in zip(settings.token_models, settings.token_fields, strict=True)
    ]
    return Store(clients, reader(settings.client_model), tokens, settings.max_token_length)


def bind_key(model: type) -> str | None:
    """The database that Flask-SQLAlchemy binds a model to."""
    mapper: Mapper[Any] = inspect(model)
    key: str | None = mapper.local_table.metadata.info.get("bind_key")  # type: ignore[attr-defined]
    return key


def _engine_finder(app: App, settings: Settings, key: str | None) -> Callable[[], Any]:
    db = app.extensions.get("sqlalchemy")
    if db is None:
        raise ConfigError(
            settings.prefix + "SESSION",
            "there is no database to read from: Flask-SQLAlchemy is not initialised on this app",
            "Call db.init_app(app) before app.register_blueprint(...), or set this key",
        )
    with app.app_context():  # type: ignore[attr-defined]  # a Flask; only its blueprint setup is typed as less
        engine = db.engines.get(key)
    if engine is None:
        raise ConfigError("SQLALCHEMY_BINDS", f"it has no {key!r}", "A model of the endpoint is bound to it")
    return lambda: engine


# The views


def _answer(endpoint: Endpoint, **_: Any) -> Response:
    """The view. A host's prefix may hold variables of its own."""
    return endpoint.answer(request._get_current_object())  # type: ignore[attr-defined]  # each use of the proxy costs


def _answer_error(error: Exception) -> Response:
    """Every error of this blueprint's routes, whoever raised it, leaves by this door."""
    endpoint = endpoints_of(current_app)[request.blueprint or ""]
    if not isinstance(error, RequestError):
        error = _as_request_error(error)
    return endpoint.refuse(request, error)


def _as_request_error(error: Exception) -> RequestError:
    if isinstance(error, HTTPException) and error.code is not None and (error.code < 500 or error.code == 503):
        # Raised by Werkzeug (a body cut short) or by a hook of the host's; only the status is ours to pass on.
        for known in RequestError.__subclasses__():
            if known.status == error.code:
                return known()
        refusal = InvalidRequest(error.name)
        refusal.status = error.code  # type: ignore[misc]
        return refusal
    # The text of an exception may hold what the caller sent; where it was raised may not.
    where = "".join(traceback.format_tb(error.__traceback__))
    logger.error("unforeseen %s while answering an introspection request\n%s", type(error).__name__, where)
    return ServerError()


def _answer_other_methods() -> Response | None:
    """Answer requests for the endpoint's path with another method; routing refuses those before any blueprint."""
    if not isinstance(request.routing_exception, RoutingMethodNotAllowed):
        return None
    adapter = current_app.create_url_adapter(request)
    try:
        name = adapter.match(method="POST")[0] if adapter is not None else ""
    except HTTPException:
        return None
    endpoint = endpoints_of(current_app).get(name.rpartition(".")[0])
    if endpoint is None:
        return None
    response = endpoint.refuse(request, MethodNotAllowed())
    response.headers["Allow"] = ", ".join(sorted(request.routing_exception.valid_methods or ()))  # the host's own too
    return response


def endpoints_of(app: Flask) -> dict[str, Endpoint]:
    """An application's endpoints, by the name of their blueprint."""
    endpoints: dict[str, Endpoint] = app.extensions.get(_EXTENSION, {})
    return endpoints


# The blueprint


class IntrospectBlueprint(Blueprint):
    """The token introspection endpoint (:rfc:`7662`), as a blueprint.

    Registering it reads and checks the configuration, and mounts ``POST <url_prefix>/introspect``. One blueprint may
    serve several applications, and one application several blueprints; they share nothing.

    :param name: the blueprint's name.
    :param config_prefix: what the configuration keys of this endpoint begin with.
    :param url_prefix: where it is mounted.
    :param options: what :class:`flask.Blueprint` takes besides.

    Registering raises :exc:`~flask_introspect.ConfigError` for a configuration that cannot work.
    """

    def __init__(
        self,
        name: str = "introspect",
        import_name: str = __name__,
        *,
        config_prefix: str = DEFAULT_PREFIX,
        url_prefix: str = "/v1/oauth",
        **options: Any,
    ) -> None:
        super().__init__(name, import_name, url_prefix=url_prefix, **options)
        self.config_prefix = config_prefix
        self.record(self._mount)
        self.before_app_request(_answer_other_methods)
        self.register_error_handler(Exception, _answer_error)
        for status in default_exceptions:  # else an application's handler for one status comes first
            self.register_error_handler(status, _answer_error)

    def _mount(self, state: BlueprintSetupState) -> None:
        endpoint = Endpoint.build(state.app, Settings.read(state.app.config, self.config_prefix))
        name = f"{state.name_prefix}.{state.name}".lstrip(".")
        state.app.extensions.setdefault(_EXTENSION, {})[name] = endpoint
        state.add_url_rule(
            "/introspect",
            "introspect",
            update_wrapper(partial(_answer, endpoint), _answer),  # other extensions want a view to have a name
            methods=["POST"],
            provide_automatic_options=False,
        )


#: The endpoint under its default name and prefix: ``POST /v1/oauth/introspect``.
introspect_bp = IntrospectBlueprint()


# In process


def introspect(
    token: str, *, hint: str | None = None, caller: str | None = None, endpoint: str | None = None
) -> Introspection:
    """Judge a token without HTTP, exactly as the endpoint would. Needs an application context.

    :param token: the token.
    :param hint: ``"access_token"`` or ``"refresh_token"``; only orders the search.
    :param caller: the client id of the caller to judge for; ``None`` for the host itself, which sees every token and
        every claim.
    :param endpoint: the blueprint's name, where an application has several.
    :return: the answer and the reason for it.
    :raise InvalidClient: there is no such caller, or it is disabled.
    :raise UnauthorizedClient: the caller may not use the endpoint.
    :raise TemporarilyUnavailable: the database did not answer.
    :raise ConfigError: no such blueprint is registered on the application.
    """
    found = _find_endpoint(endpoint)
    reading = found.store.reading(token, hint)
    client = None
    if caller is not None:
        client = found.store.client(caller)
        if client is None or not client.enabled:
            raise InvalidClient(f"There is no enabled client {caller!r}")
        found.policy.admit(client)
    return found.introspector.introspect(reading, client)


def _find_endpoint(name: str | None) -> Endpoint:
    endpoints = endpoints_of(current_app)
    if name is None and endpoints:
        return endpoints.get("introspect") or next(iter(endpoints.values()))
    if name not in endpoints:
        raise ConfigError("register_blueprint", f"no blueprint {name or 'introspect'!r} is registered", "Register it")
    return endpoints[name]
