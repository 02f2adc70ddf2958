"""Authlib's own introspection endpoint, as its documentation has it, on Authlib's tables.

It is not ours: there is no mapping to write through, so the factories are the host's own.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from flask import Flask, Response

from flask_introspect.testing import CannotMake, IssuedToken, RegisteredClient

from ..hosts.authlib_tables import Client, Token, db

PATH = "/oauth/introspect"


class PlainIntrospection(IntrospectionEndpoint):
    """What the documentation has a host write."""

    CLIENT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")

    def query_token(self, token_string: str, token_type_hint: str | None) -> Token | None:
        if token_type_hint == "access_token":
            return _find(access_token=token_string)
        if token_type_hint == "refresh_token":
            return _find(refresh_token=token_string)
        return _find(access_token=token_string) or _find(refresh_token=token_string)

    def introspect_token(self, token: Token) -> dict[str, Any]:
        told = {
            "active": True,
            "client_id": token.client_id,
            "token_type": token.token_type,
            "username": token.user.username if token.user else None,
            "scope": token.get_scope(),
            "sub": token.user.username if token.user else None,
            "aud": token.client_id,
            "iss": "https://server.example.com/",
            "exp": token.issued_at + token.expires_in,
            "iat": token.issued_at,
        }
        return {name: value for name, value in told.items() if value is not None}

    def check_permission(self, token: Token, client: Client, request: Any) -> bool:
        # The documentation lets one client see everything; a server with several asks whose it is.
        return bool(token.client_id == client.client_id)


def _find(**columns: str) -> Token | None:
    return db.session.scalars(db.select(Token).filter_by(**columns)).first()


def make_app(url: str) -> Flask:
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    db.init_app(app)
    server = AuthorizationServer(
        app,
        query_client=lambda client_id: db.session.scalars(
            db.select(Client).filter_by(client_id=client_id)
        ).first(),
        save_token=lambda token, request: None,
    )
    server.register_endpoint(PlainIntrospection)

    @app.post(PATH)
    def introspect() -> Response:
        response: Response = server.create_endpoint_response(PlainIntrospection.ENDPOINT_NAME)
        return response

    return app


def client_factory(app: Flask) -> Callable[..., RegisteredClient]:
    def make(
        client_id: str | None = None,
        *,
        secret: str | None = None,
        public: bool = False,
        **registered: Any,
    ) -> RegisteredClient:
        if registered:
            raise CannotMake("Authlib's clients have nothing of the kind")
        client_id = client_id or secrets.token_hex(8)
        secret = secret or secrets.token_urlsafe(16)
        method = "none" if public else "client_secret_basic"
        client = Client(client_id=client_id, client_secret="" if public else secret)
        client._client_metadata = json.dumps({"token_endpoint_auth_method": method})
        _save(app, client)
        return RegisteredClient(client_id, None if public else secret)

    return make


def token_factory(app: Flask) -> Callable[..., IssuedToken]:
    def make(
        client: RegisteredClient,
        *,
        kind: str = "access_token",
        expires_in: int = 3600,
        revoked: bool = False,
        scope: str = "",
        **fields: Any,
    ) -> IssuedToken:
        if fields:
            raise CannotMake("Authlib's tokens have nothing of the kind")
        clear = {name: secrets.token_urlsafe(24) for name in ("access_token", "refresh_token")}
        now = int(time.time())
        issued_at = now if expires_in > 0 else now + expires_in - 3600
        token = Token(client_id=client.client_id, scope=scope, token_type="Bearer", **clear)
        token.issued_at, token.expires_in = issued_at, now + expires_in - issued_at
        if revoked:
            setattr(token, f"{kind}_revoked_at", now)
        _save(app, token)
        return IssuedToken(clear[kind])

    return make


def revoke(app: Flask, token: str) -> None:
    with app.app_context():
        row = _find(access_token=token) or _find(refresh_token=token)
        assert row is not None
        row.access_token_revoked_at = row.refresh_token_revoked_at = int(time.time())
        db.session.commit()


def _save(app: Flask, row: Any) -> None:
    with app.app_context():
        db.session.add(row)
        db.session.commit()
