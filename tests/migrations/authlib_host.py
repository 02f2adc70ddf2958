"""An authorization server on Authlib whose tokens are hashed at rest: the example of "Hashing
tokens".
"""

from __future__ import annotations

import hashlib
import time
from typing import Any

import sqlalchemy as sa
from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector
from authlib.integrations.sqla_oauth2 import OAuth2ClientMixin, OAuth2TokenMixin
from authlib.oauth2.rfc6749 import OAuth2Request, grants
from authlib.oauth2.rfc6750 import BearerTokenValidator
from authlib.oauth2.rfc7009 import RevocationEndpoint as AuthlibRevocationEndpoint
from flask import Flask, Response, jsonify
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Mapped, mapped_column

from flask_introspect import introspect_bp, plain, sha256

db = SQLAlchemy()


class User(db.Model):  # stands for the host's users
    __tablename__ = "authlib_user"
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(sa.String(80), unique=True)

    def get_user_id(self) -> int:
        return self.id


class Client(db.Model, OAuth2ClientMixin):
    __tablename__ = "authlib_client"
    id: Mapped[int] = mapped_column(primary_key=True)


# [model]
class Token(db.Model, OAuth2TokenMixin):
    __tablename__ = "authlib_token"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey(User.id))
    user: Mapped[User | None] = db.relationship()
    # Authlib has NOT NULL here. New tokens leave it empty, so it must be nullable.
    access_token: Mapped[str | None] = mapped_column(sa.String(255), unique=True)
    access_token_digest: Mapped[str | None] = mapped_column(sa.String(64), unique=True, index=True)
    refresh_token_digest: Mapped[str | None] = mapped_column(sa.String(64), unique=True, index=True)


# [/model]


# [config]
HASHED_TOKENS = {
    "INTROSPECT_TOKEN_FIELDS": {
        "access_token": [sha256("access_token_digest"), plain("access_token")],
        "refresh_token": [sha256("refresh_token_digest"), plain("refresh_token")],
    },
}
# [/config]


# [lookups]
def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def save_token(token: dict[str, Any], request: OAuth2Request) -> None:
    columns = dict(token)
    access_token, refresh_token = columns.pop("access_token"), columns.pop("refresh_token", None)
    row = Token(client_id=request.client.client_id, user=request.user, **columns)
    row.access_token_digest = digest_of(access_token)
    row.refresh_token_digest = digest_of(refresh_token) if refresh_token else None
    db.session.add(row)
    db.session.commit()


def find_access_token(token: str) -> Token | None:
    return _find(Token.access_token_digest, Token.access_token, token)


def find_refresh_token(token: str) -> Token | None:
    return _find(Token.refresh_token_digest, Token.refresh_token, token)


def _find(digest: Any, text: Any, token: str) -> Token | None:
    # The plain text counts only where there is no digest. Once hash-tokens is through, the first
    # half is enough.
    stored = sa.or_(digest == digest_of(token), sa.and_(digest.is_(None), text == token))
    return db.session.scalar(sa.select(Token).where(stored))


# [/lookups]


# [authlib]
class BearerValidator(BearerTokenValidator):
    def authenticate_token(self, token_string: str) -> Token | None:
        return find_access_token(token_string)


class RefreshTokenGrant(grants.RefreshTokenGrant):
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Token | None:
        found = find_refresh_token(refresh_token)
        return found if found is not None and not found.refresh_token_revoked_at else None

    def authenticate_user(self, refresh_token: Token) -> User | None:
        return refresh_token.user

    def revoke_old_credential(self, refresh_token: Token) -> None:
        refresh_token.refresh_token_revoked_at = int(time.time())
        db.session.commit()


class RevocationEndpoint(AuthlibRevocationEndpoint):
    def query_token(self, token_string: str, token_type_hint: str | None) -> Token | None:
        return find_access_token(token_string) or find_refresh_token(token_string)

    def revoke_token(self, token: Token, request: OAuth2Request) -> None:
        token.access_token_revoked_at = int(time.time())
        if find_refresh_token(request.form["token"]) is token:
            token.refresh_token_revoked_at = int(time.time())
        db.session.commit()


# [/authlib]


class PasswordGrant(grants.ResourceOwnerPasswordCredentialsGrant):
    """The shortest way to a refresh token; no grant for a real server (RFC 9700 section 2.4)."""

    def authenticate_user(self, username: str, password: str) -> User | None:
        return db.session.scalar(sa.select(User).filter_by(username=username))


def create_app(url: str, **config: Any) -> Flask:
    """The server, with the endpoint over its tables."""
    app = Flask(__name__)
    app.config.update(
        SQLALCHEMY_DATABASE_URI=url,
        OAUTH2_REFRESH_TOKEN_GENERATOR=True,
        INTROSPECT_CLIENT_MODEL=Client,
        INTROSPECT_TOKEN_MODEL=Token,
        **config,
    )
    db.init_app(app)
    app.register_blueprint(introspect_bp)
    server = AuthorizationServer(
        app,
        query_client=lambda client_id: db.session.scalar(
            sa.select(Client).filter_by(client_id=client_id)
        ),
        save_token=save_token,
    )
    server.register_grant(PasswordGrant)
    server.register_grant(RefreshTokenGrant)
    server.register_endpoint(RevocationEndpoint)
    require_oauth = ResourceProtector()
    require_oauth.register_token_validator(BearerValidator())

    app.add_url_rule("/token", "token", server.create_token_response, methods=["POST"])
    app.add_url_rule(
        "/revoke", "revoke", lambda: server.create_endpoint_response("revocation"), methods=["POST"]
    )

    @app.get("/protected")
    @require_oauth("read")
    def protected() -> Response:
        return jsonify(ok=True)

    return app
