"""The host that is fuzzed: with everything that reads what a caller sends."""

from __future__ import annotations

from typing import Any

from flask import Flask

from ..authentication.signing import jwk as client_jwk
from ..jwt.issuer import jwk, jwks
from ..support import Clock, Host, db, make_app

__all__ = ["answer", "make_host"]


def make_host(url: str) -> Host:
    """Make a host on an empty database."""
    clock = Clock()
    app = make_app(
        url,
        INTROSPECT_CLOCK=clock,
        INTROSPECT_AUTH_METHODS=["basic", "post", "private_key_jwt", "bearer"],
        INTROSPECT_JWT_KEYS=jwks(),
        INTROSPECT_SIGNING_KEYS=jwk("EdDSA", private=True),
    )
    with app.app_context():
        db.create_all()
    host = Host(app, clock)
    host.add_documented()
    host.add_token("bearer", scope="introspection")
    keys = {"keys": [client_jwk("ES256")]}
    host.add_client("signer", client_secret=None, jwks=keys, resources=["my_api"])
    return host


def answer(app: Flask, environ: dict[str, Any]) -> tuple[str, dict[str, str], bytes]:
    """Ask the application as a server does."""
    begun: list[Any] = []
    body = b"".join(app.wsgi_app(environ, lambda *given: begun.append(given)))
    status, headers, *_ = begun[0]
    return status, dict(headers), body
