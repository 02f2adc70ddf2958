"""Answers about a token: 200 in each form, and the 404 of hosts that announce unknown tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..endpoint import Endpoint
from ..records import Introspection, Reason
from ..wire import FORM, JSON
from ..wire.schemas import dump_members
from .examples import decoded
from .headers import refer
from .schemas import one_of

__all__ = ["answers"]

_SIGNED_TYPE = "application/token-introspection+jwt"

#: The documented token; who issued it is what is configured.
_ACTIVE: Mapping[str, Any] = {
    "active": True,
    "scope": "read write",
    "client_id": "test_client_1",
    "username": "user123",
    "token_type": "Bearer",
    "exp": 1640995200,
    "iat": 1640918800,
    "nbf": 1640918800,
    "sub": "user123",
    "aud": "my_api",
    "jti": "b8e3bc09-cf9a-40c5-a5ad-e5f1240c2f4a",
}

_EITHER = ("ActiveToken", "InactiveToken")


def answers(endpoint: Endpoint) -> dict[str, Any]:
    """Describe the answers about a token, by status."""
    content: dict[str, Any] = {
        JSON.content_type: {"schema": one_of(*_EITHER), "examples": _examples(endpoint)}
    }
    if endpoint.signed is not None:
        content[_SIGNED_TYPE] = {"schema": _signed()}
    found = {
        "200": {
            "description": "What is said of the token, or that it is not active.",
            "headers": refer(endpoint),
            "content": content,
        }
    }
    if endpoint.settings.unknown_is_inactive is not True:
        found["404"] = _not_found(endpoint)
    return found


def _examples(endpoint: Endpoint) -> dict[str, Any]:
    members = dump_members({**_ACTIVE, "iss": endpoint.settings.issuer})
    active = Introspection(Reason.ACTIVE, members)
    expired = Introspection(Reason.EXPIRED, {"active": False})
    return {
        "active": {"value": decoded(JSON.answer(active, None, None))},
        "not active": {"value": decoded(JSON.answer(expired, None, None))},
    }


def _not_found(endpoint: Endpoint) -> dict[str, Any]:
    """Describe the answer about a token that is not there, which is always the envelope."""
    unknown = Introspection(Reason.UNKNOWN, {"active": False})
    both = endpoint.settings.unknown_is_inactive is False
    return {
        "description": (
            "There is no such token for this caller."
            if both
            else f"There is no such token for this caller. A request by "
            f"`{FORM.content_type}` gets 200 and `active` false instead."
        ),
        "headers": refer(endpoint),
        "content": {
            JSON.content_type: {
                "schema": one_of("Envelope"),
                "examples": {
                    hint: {"value": decoded(JSON.answer(unknown, hint, False))}
                    for hint in ("access_token", "refresh_token")
                },
            }
        },
    }


def _signed() -> dict[str, Any]:
    """Describe a signed answer (:rfc:`9701` section 5), by what its header and payload hold."""
    claims = ("iss", "aud", "iat", "token_introspection")
    return {
        "type": "string",
        "description": (
            f"For `Accept: {_SIGNED_TYPE}`: the answer as a JWT (RFC 9701), encrypted too for a "
            "client that is registered so."
        ),
        "contentMediaType": "application/jwt",
        "contentSchema": {
            "type": "array",
            "prefixItems": [
                {
                    "type": "object",
                    "properties": {"typ": {"const": "token-introspection+jwt"}},
                    "required": ["typ", "alg"],
                },
                {
                    "type": "object",
                    "properties": {
                        "iss": {"type": "string"},
                        "aud": {"type": "string", "description": "The caller's client id."},
                        "iat": {"type": "integer"},
                        "token_introspection": one_of(*_EITHER),
                    },
                    "required": list(claims),
                },
            ],
        },
    }
