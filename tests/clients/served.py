"""A host for clients of other languages: everything on offer, with metadata and keys published."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from flask import Flask

from flask_introspect import introspect_bp

from ..jwt.issuer import jwk
from ..support import make_app

METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt")


def make(url: str, issuer: str, keys: str, methods: Sequence[str] = METHODS) -> Flask:
    """Make what gunicorn loads.

    :param keys: the private keys that answers are signed with, as JSON.
    :param methods: the ways to authenticate.
    """
    app = make_app(
        url,
        INTROSPECT_ISSUER=issuer,
        INTROSPECT_AUTH_METHODS=methods,
        INTROSPECT_SIGNING_KEYS=json.loads(keys),
    )
    app.add_url_rule("/jwks.json", view_func=introspect_bp.jwks_view)
    app.add_url_rule("/openapi.json", view_func=introspect_bp.openapi_view)

    @app.get("/.well-known/oauth-authorization-server")
    def metadata() -> dict[str, Any]:
        return {
            "issuer": issuer,
            "jwks_uri": f"{issuer}/jwks.json",
            "response_types_supported": ["code"],
            **introspect_bp.metadata(),
        }

    return app


def signing_keys() -> dict[str, Any]:
    """A private key for each algorithm that answers can be signed with."""
    return {"keys": [jwk(name, private=True) for name in ("RS256", "ES256", "ES384", "EdDSA")]}
