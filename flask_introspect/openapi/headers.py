"""The headers of answers."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ..endpoint import Endpoint

__all__ = ["headers", "refer"]

_SPECIAL = {
    "Allow": "The methods of this path.",
    "Retry-After": "Seconds after which the caller may try again.",
    "WWW-Authenticate": "A challenge for each HTTP authentication scheme on offer (RFC 9110 "
    "section 11.6.1); for a bearer token, what is wrong with it (RFC 6750 section 3).",
}

#: A client that may not introspect gets 403 without a challenge.
_NOT_ALWAYS = frozenset({"WWW-Authenticate"})


def headers(endpoint: Endpoint) -> dict[str, dict[str, Any]]:
    """List the headers that answers refer to. Those of every answer always have one value."""
    found: dict[str, dict[str, Any]] = {
        name: {"required": True, "schema": {"type": "string", "const": value}}
        for name, value in endpoint.headers
        if name != "Content-Type"  # OpenAPI has it as the key of the content
    }
    for name, said in _SPECIAL.items():
        schema = {"type": "integer", "minimum": 1} if name == "Retry-After" else {"type": "string"}
        required = {} if name in _NOT_ALWAYS else {"required": True}
        found[name] = {"description": said, **required, "schema": schema}
    return found


def refer(endpoint: Endpoint, special: Collection[str] = ()) -> dict[str, Any]:
    """Refer to the headers of every answer, and to some that are special."""
    names = [name for name, _ in endpoint.headers if name != "Content-Type"]
    return {name: {"$ref": f"#/components/headers/{name}"} for name in (*names, *special)}
