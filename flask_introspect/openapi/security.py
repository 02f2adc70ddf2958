"""The ways to authenticate: as security schemes, or as parameters of the body."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from marshmallow import fields, validate

from ..settings import Settings

__all__ = ["ASSERTION_TYPE", "credentials", "requirements", "schemes", "together"]

#: The value of ``client_assertion_type`` (:rfc:`7523` section 2.2).
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

_TLS = ("tls_client_auth", "self_signed_tls_client_auth")
_ASSERTIONS = ("private_key_jwt", "client_secret_jwt")

#: The methods that are only in the body. OpenAPI has no security scheme for these.
_IN_BODY = frozenset({"client_secret_post", *_ASSERTIONS})

_SCHEMES: Mapping[str, Mapping[str, str]] = {
    "client_secret_basic": {
        "type": "http",
        "scheme": "basic",
        "description": "The client's id and secret (RFC 6749 section 2.3.1).",
    },
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An active access token with the scope to introspect (RFC 6750).",
    },
    **{
        name: {
            "type": "mutualTLS",
            "description": f"`{name}`: the certificate of the client that `client_id` in the body "
            "names (RFC 8705).",
        }
        for name in _TLS
    },
}


def schemes(methods: Collection[str]) -> dict[str, dict[str, str]]:
    """List the security schemes of the methods on offer, by the methods' names."""
    return {name: dict(scheme) for name, scheme in _SCHEMES.items() if name in methods}


def requirements(settings: Settings) -> list[dict[str, list[str]]]:
    """List the schemes, any of which suffices; an empty one stands for credentials in the body.

    A bearer token needs a scope, which stands beside its scheme.
    """
    methods = settings.auth_methods
    scopes = {"bearer": [settings.bearer_scope]}
    required = [{name: scopes.get(name, [])} for name in schemes(methods)]
    return [*required, {}] if methods & _IN_BODY else required


def credentials(methods: Collection[str]) -> dict[str, Any]:
    """List the parameters of the body that prove who calls, as marshmallow's fields."""
    offered = set(methods)
    found: dict[str, Any] = {}
    if offered & {*_IN_BODY, *_TLS}:
        said = "The client's id, where its credentials are not in the header."
        found["client_id"] = _text(said)
    if "client_secret_post" in offered:
        found["client_secret"] = _text("The client's secret: `client_secret_post`.")
    if offered & {*_ASSERTIONS}:
        names = " or ".join(f"`{name}`" for name in _ASSERTIONS if name in offered)
        found["client_assertion_type"] = fields.String(
            validate=validate.OneOf([ASSERTION_TYPE]),
            metadata={"description": "The type of `client_assertion` (RFC 7523 section 2.2)."},
        )
        found["client_assertion"] = _text(f"A JWT that the client signed: {names} (RFC 7523).")
    return found


def together(settings: Settings) -> dict[str, Any]:
    """Say which credentials in a body need another parameter."""
    found: dict[str, Any] = {}
    if "client_secret_post" in settings.auth_methods:
        found["client_secret"] = ["client_id"]
    if settings.auth_methods & {*_ASSERTIONS}:
        found["client_assertion"] = ["client_assertion_type"]
    return {"dependentRequired": found} if found else {}


def _text(description: str) -> fields.String:
    return fields.String(metadata={"description": description})
