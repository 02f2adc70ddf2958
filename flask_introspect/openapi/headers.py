"""The headers of answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..endpoint import Endpoint

__all__ = ["challenge", "headers", "refer"]

_SPECIAL = {
    "Allow": "The methods of this path.",
    "Retry-After": "Seconds after which the caller may try again.",
}

_CHALLENGE = (
    "A challenge for each HTTP authentication scheme on offer (RFC 9110 section 11.6.1); for a "
    "bearer token, what is wrong with it (RFC 6750 section 3)."
)


def headers(endpoint: Endpoint) -> dict[str, dict[str, Any]]:
    """List the headers that answers refer to. Those of every answer always have one value."""
    found: dict[str, dict[str, Any]] = {
        name: {"required": True, "schema": {"type": "string", "const": value}}
        for name, value in endpoint.headers
        if name != "Content-Type"  # OpenAPI has it as the key of the content
    }
    for name, said in _SPECIAL.items():
        schema = {"type": "integer", "minimum": 1} if name == "Retry-After" else {"type": "string"}
        found[name] = {"description": said, "required": True, "schema": schema}
    return found


def challenge(schemes: Collection[str], *, required: bool) -> Mapping[str, Any]:
    """Describe ``WWW-Authenticate``.

    :param schemes: those that it may name; without one there is no such header.
    :param required: whether it comes with every answer of its status.
    """
    if not schemes:
        return {}
    pattern = "|".join(f"^{each.capitalize()} " for each in schemes)
    schema = {"type": "string", "pattern": pattern}
    return {"WWW-Authenticate": {"description": _CHALLENGE, "required": required, "schema": schema}}


def refer(endpoint: Endpoint, special: Collection[str] = ()) -> dict[str, Any]:
    """Refer to the headers of every answer, and to some special ones."""
    names = [name for name, _ in endpoint.headers if name != "Content-Type"]
    return {name: {"$ref": f"#/components/headers/{name}"} for name in (*names, *special)}
