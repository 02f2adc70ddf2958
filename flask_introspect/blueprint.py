"""Flask: where the endpoint is mounted, and the one door by which answers and errors leave."""

from __future__ import annotations

import json
from functools import partial, update_wrapper
from typing import Any

from flask import Blueprint, Response, current_app, request
from flask.blueprints import BlueprintSetupState
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException, default_exceptions
from werkzeug.exceptions import MethodNotAllowed as RoutingMethodNotAllowed

from .endpoint import EXTENSION, Endpoint, endpoints_of
from .errors import (
    ERRORS_BY_STATUS,
    ConfigError,
    InvalidRequest,
    MethodNotAllowed,
    RequestError,
    ServerError,
)
from .logs import logger, origin_of
from .metadata import jwks, metadata
from .settings import DEFAULT_PREFIX, Settings
from .wire import Reply
from .wiring import build_endpoint

__all__ = ["IntrospectBlueprint", "introspect_bp"]


class _Complete(Response):
    """A response whose headers are complete as they are.

    None has to be made absolute or measured.
    """

    def get_wsgi_headers(self, environ: Any) -> Headers:
        return self.headers


def _response(reply: Reply) -> Response:
    return _Complete(reply.body, reply.status, reply.headers)


def _answer(endpoint: Endpoint, **_: Any) -> Response:
    """Answer a request: the view. A host's prefix may hold variables."""
    # Each use of the proxy costs, so it is resolved once.
    http = request._get_current_object()  # type: ignore[attr-defined]
    return _response(endpoint.answer(http))


def _answer_error(error: Exception) -> Response:
    """Answer every error of this blueprint's routes, wherever it was raised."""
    endpoint = endpoints_of(current_app)[request.blueprint or ""]
    if not isinstance(error, RequestError):
        error = _as_request_error(error)
    return _response(endpoint.refuse(request, error))


def _as_request_error(error: Exception) -> RequestError:
    status = error.code if isinstance(error, HTTPException) else None
    if status is None or (status >= 500 and status != 503):
        logger.error(
            "unforeseen error while answering an introspection request: %s", origin_of(error)
        )
        return ServerError()
    # Raised by Werkzeug, or by a hook of the host: only the status is ours to pass on.
    known = ERRORS_BY_STATUS.get(status)
    if known is not None:
        return known()
    refusal = InvalidRequest(error.name)  # type: ignore[attr-defined]  # an HTTPException's
    refusal.status = status  # type: ignore[misc]
    return refusal


def _answer_other_methods() -> Response | None:
    """Answer requests for the endpoint's path with another method.

    Routing refuses those before any blueprint sees them.
    """
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
    response = _response(endpoint.refuse(request, MethodNotAllowed()))
    allowed = request.routing_exception.valid_methods or ()  # the host's own too
    response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


class IntrospectBlueprint(Blueprint):
    """The token introspection endpoint (:rfc:`7662`), as a blueprint.

    Registering it reads and checks the configuration, and mounts ``POST <url_prefix>/introspect``.
    One blueprint may serve several applications, and one application several blueprints; they
    share nothing.

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
        for status in default_exceptions:  # or an application's handler for a status comes first
            self.register_error_handler(status, _answer_error)

    def metadata(self, **variables: object) -> dict[str, Any]:
        """List the endpoint's members of the authorization server's metadata (:rfc:`8414`).

        Needs an application context. They say what is configured: the endpoint's URL, its ways to
        authenticate, and the algorithms of assertions and of signed answers.

        :param variables: values for the variables of the prefix, if it has any:
            ``metadata(tenant="acme")`` for ``/<tenant>/oauth``.
        :raise ConfigError: the blueprint is not registered, the issuer is no URL, or a variable
            has no value.
        :raise TemporarilyUnavailable: the host's callable gives no signing keys now.
        """
        return metadata(self._endpoint(), variables)

    def jwks(self) -> dict[str, Any]:
        """Return the public keys that signed answers are verified with (:rfc:`7517` section 5).

        Needs an application context.

        :return: a JWK set, which is empty without ``INTROSPECT_SIGNING_KEYS``.
        :raise ConfigError: the blueprint is not registered.
        :raise TemporarilyUnavailable: the host's callable gives no signing keys now.
        """
        return jwks(self._endpoint())

    def jwks_view(self) -> Response:
        """Answer with :meth:`jwks`: a view for the host to mount anywhere.

        ``app.add_url_rule("/jwks.json", view_func=introspect_bp.jwks_view)``
        """
        headers = {"Cache-Control": "no-cache"}  # a new key is there as soon as it signs
        return Response(json.dumps(self.jwks()), 200, headers, "application/jwk-set+json")

    def openapi(self) -> dict[str, Any]:
        """Describe the endpoint as an OpenAPI 3.1 document, from what is configured.

        Needs an application context, and the extra ``openapi``.

        :return: the document, ready for :func:`json.dumps`.
        :raise ConfigError: the blueprint is not registered, or apispec is not installed.
        """
        from .openapi import document  # nobody who serves needs it

        return document(self._endpoint())

    def openapi_view(self) -> Response:
        """Answer with :meth:`openapi`: a view for the host to mount anywhere.

        ``app.add_url_rule("/openapi.json", view_func=introspect_bp.openapi_view)``
        """
        headers = {"Cache-Control": "no-cache"}  # another configuration shows at once
        return Response(json.dumps(self.openapi()), 200, headers, "application/json")

    def _endpoint(self) -> Endpoint:
        """Find this blueprint's endpoint on the current application."""
        for name, endpoint in endpoints_of(current_app).items():
            if current_app.blueprints.get(name) is self:
                return endpoint
        problem = f"the blueprint {self.name!r} is not registered on this application"
        raise ConfigError("register_blueprint", problem, "Register it")

    def _mount(self, state: BlueprintSetupState) -> None:
        """Check the configuration of one application, and add the route to it."""
        settings = Settings.read(state.app.config, self.config_prefix)
        prefix = (state.url_prefix or "").rstrip("/")  # as Flask joins it with a route
        endpoint = build_endpoint(state.app, settings, f"{prefix}/introspect")
        name = f"{state.name_prefix}.{state.name}".lstrip(".")
        state.app.extensions.setdefault(EXTENSION, {})[name] = endpoint
        state.add_url_rule(
            "/introspect",
            "introspect",
            update_wrapper(partial(_answer, endpoint), _answer),  # other extensions want a name
            methods=["POST"],
            provide_automatic_options=False,
        )


#: The endpoint under its default name and prefix: ``POST /v1/oauth/introspect``.
introspect_bp = IntrospectBlueprint()
