"""Authlib's tables, with its own endpoint over them, and ours.

Its own is set up as its documentation says.
"""

from __future__ import annotations

from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.integrations.sqla_oauth2 import (
    OAuth2ClientMixin,
    OAuth2TokenMixin,
    create_query_client_func,
    create_save_token_func,
)
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from flask import Flask, Response
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Mapped, mapped_column, relationship
from werkzeug.security import check_password_hash, generate_password_hash

from flask_introspect import IntrospectBlueprint

from .scene import (
    CALLERS,
    EXPIRES_AT,
    ISSUED_AT,
    ISSUER,
    OWNER,
    PATH,
    SCOPE,
    SECRET,
    USERNAME,
    token,
)

db = SQLAlchemy()


class User(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(db.String(80), unique=True)


class AuthlibClient(db.Model, OAuth2ClientMixin):
    id: Mapped[int] = mapped_column(primary_key=True)

    def check_client_secret(self, client_secret: str) -> bool:
        if self.client_secret.startswith("scrypt:"):
            return check_password_hash(self.client_secret, client_secret)
        return bool(super().check_client_secret(client_secret))


class AuthlibToken(db.Model, OAuth2TokenMixin):
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(db.ForeignKey(User.id))
    user: Mapped[User] = relationship()


class Introspection(IntrospectionEndpoint):
    def query_token(self, token_string: str, token_type_hint: str | None) -> Any:
        if token_type_hint == "refresh_token":
            return AuthlibToken.query.filter_by(refresh_token=token_string).first()
        found = AuthlibToken.query.filter_by(access_token=token_string).first()
        if not found and token_type_hint != "access_token":
            found = AuthlibToken.query.filter_by(refresh_token=token_string).first()
        return found

    def check_permission(self, token: Any, client: Any, request: Any) -> bool:
        return client.client_id == token.client_id or client.client_id in CALLERS.values()

    def introspect_token(self, token: Any) -> dict[str, Any]:
        return {
            "active": True,
            "client_id": token.client_id,
            "token_type": token.token_type,
            "username": token.user.username,
            "scope": token.get_scope(),
            "sub": token.user.username,
            "aud": token.client_id,
            "iss": ISSUER,
            "exp": token.issued_at + token.expires_in,
            "iat": token.issued_at,
        }


def make_authlib(url: str) -> Flask:
    """Make a host of Authlib's own endpoint."""
    app = Flask("authlib")
    app.config.update(SQLALCHEMY_DATABASE_URI=url)
    db.init_app(app)
    server = AuthorizationServer(
        app,
        query_client=create_query_client_func(db.session, AuthlibClient),
        save_token=create_save_token_func(db.session, AuthlibToken),
    )
    server.register_endpoint(Introspection)

    @app.post(PATH)
    def introspect() -> Response:
        return server.create_endpoint_response(Introspection.ENDPOINT_NAME)

    return app


def make_ours_over_authlib(url: str) -> Flask:
    """Make a host of our endpoint over the same tables.

    These have no audience, so its caller asks about tokens of its own.
    """
    app = Flask("ours_over_authlib")
    app.config.update(
        SQLALCHEMY_DATABASE_URI=url,
        INTROSPECT_CLIENT_MODEL=AuthlibClient,
        INTROSPECT_TOKEN_MODEL=AuthlibToken,
        INTROSPECT_ISSUER=ISSUER,
    )
    db.init_app(app)
    app.register_blueprint(IntrospectBlueprint())
    return app


def seed(tokens: int) -> None:
    """Add a user, its tokens, and clients. Call it in an app context."""
    db.create_all()
    user = User(username=USERNAME)
    secrets = {OWNER: SECRET, CALLERS["scrypt"]: generate_password_hash(SECRET)}
    for client_id, secret in secrets.items():
        client = AuthlibClient(client_id=client_id, client_secret=secret)
        client.set_client_metadata({"token_endpoint_auth_method": "client_secret_basic"})
        db.session.add(client)
    db.session.add_all(
        AuthlibToken(
            client_id=OWNER,
            user=user,
            token_type="Bearer",
            access_token=token(number),
            scope=SCOPE,
            issued_at=ISSUED_AT,
            expires_in=EXPIRES_AT - ISSUED_AT,
        )
        for number in range(tokens)
    )
    db.session.commit()
