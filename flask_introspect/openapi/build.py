"""The document: its head, the one path, and the parts that it refers to."""

from __future__ import annotations

from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from ..endpoint import Endpoint
from ..texts import VARIABLE
from ..version import __version__
from .answers import answers
from .bodies import bodies, request_body
from .errors import errors
from .headers import headers
from .schemas import add_schemas
from .security import requirements, schemes, together

__all__ = ["build"]

_VERSION = "3.1.0"

#: What a person reads first. apispec's own order is another.
_ORDER = ("openapi", "info", "servers", "paths", "components")

_SAID = (
    "Says whether a token is good, whose it is and what it may do (RFC 7662). The request's "
    "content type picks the dialect of the answer, errors included: `application/json`, or the "
    "form of the RFC. Nothing else differs."
)


def build(endpoint: Endpoint) -> dict[str, Any]:
    """Describe an endpoint, as OpenAPI 3.1 has it."""
    spec = APISpec(
        title="Token introspection",
        version=__version__,
        openapi_version=_VERSION,
        plugins=[MarshmallowPlugin()],
        info={"description": _SAID},
        **_servers(endpoint),
    )
    add_schemas(spec)
    for name, body in bodies(endpoint.settings).items():
        spec.components.schema(name, together(endpoint.settings), schema=body)
    for name, header in headers(endpoint).items():
        spec.components.header(name, header)
    for name, scheme in schemes(endpoint.settings.auth_methods).items():
        spec.components.security_scheme(name, scheme)
    spec.path(
        VARIABLE.sub(r"{\1}", endpoint.path),
        operations={"post": _operation(endpoint)},
        parameters=[_parameter(name) for name in VARIABLE.findall(endpoint.path)],
    )
    made = spec.to_dict()
    return {name: made[name] for name in _ORDER if name in made}


def _servers(endpoint: Endpoint) -> dict[str, Any]:
    """Name the issuer's host; without one, a reader takes the document's own host."""
    url = endpoint.settings.url_of("")
    return {} if url is None else {"servers": [{"url": url}]}


def _parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "operationId": "introspect",
        "summary": "Ask about a token",
        "description": _SAID,
        "externalDocs": {
            "description": "RFC 7662, OAuth 2.0 Token Introspection",
            "url": "https://www.rfc-editor.org/rfc/rfc7662",
        },
        "security": requirements(endpoint.settings),
        "requestBody": request_body(endpoint.settings),
        "responses": dict(sorted({**answers(endpoint), **errors(endpoint)}.items())),
    }
