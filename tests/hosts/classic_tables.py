"""The classic separate tables of go-oauth2-server: everything is told by foreign keys."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import bcrypt
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from flask_introspect import plain

from .support import TableHost, filled_by

db = SQLAlchemy()


# [models]
class User(db.Model):
    __tablename__ = "oauth_users"
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(254), unique=True)


class Client(db.Model):
    __tablename__ = "oauth_clients"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(254), unique=True)
    secret: Mapped[str | None] = mapped_column(String(60))  # bcrypt; a public client has none
    deleted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class TokenColumns:
    """What both kinds of token have, each in a table of its own."""

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(40), unique=True)
    scope: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    deleted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class AccessToken(TokenColumns, db.Model):
    __tablename__ = "oauth_access_tokens"
    client_id: Mapped[int] = mapped_column(ForeignKey(Client.id))
    client: Mapped[Client] = relationship()
    user_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    user: Mapped[User | None] = relationship()


class RefreshToken(TokenColumns, db.Model):
    __tablename__ = "oauth_refresh_tokens"
    client_id: Mapped[int] = mapped_column(ForeignKey(Client.id))
    client: Mapped[Client] = relationship()
    user_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    user: Mapped[User | None] = relationship()


# [config]
TOKEN_FIELDS = {
    "client_id": "client.key",
    "username": "user.username",
    "iat": "created_at",
    "exp": "expires_at",
    "revoked": "deleted_at",
}
CONFIG = {
    "INTROSPECT_CLIENT_MODEL": Client,
    "INTROSPECT_CLIENT_FIELDS": {
        "client_id": "key",
        "client_secret": "secret",
        "public": Client.secret.is_(None),
        "enabled": Client.deleted_at.is_(None),
    },
    "INTROSPECT_TOKEN_MODEL": [AccessToken, RefreshToken],
    "INTROSPECT_TOKEN_FIELDS": [
        {**TOKEN_FIELDS, "access_token": plain("token")},
        {**TOKEN_FIELDS, "refresh_token": plain("token")},
    ],
}
# [end]


def at(epoch: int) -> datetime:
    return datetime.fromtimestamp(epoch, timezone.utc)


def hashed(secret: str) -> str:
    return bcrypt.hashpw(secret.encode(), bcrypt.gensalt(4)).decode()


def token(model: type, name: str, client: Client, user: User | None, **columns: Any) -> Any:
    defaults = {"scope": "read write", "created_at": at(1640918800), "expires_at": at(1640995200)}
    return model(token=name, client=client, user=user, **{**defaults, **columns})


def _rows() -> list[Any]:
    user = User(username="user123")
    client = Client(key="test_client_1", secret=hashed("test_secret"))
    other = Client(key="other_client", secret=hashed("other_secret"))
    return [
        Client(key="public_client"),
        token(AccessToken, "live", client, user),
        token(AccessToken, "expired", client, user, expires_at=at(1640920000)),
        token(AccessToken, "revoked", client, user, deleted_at=at(1640920000)),
        token(AccessToken, "others", other, user),
        token(AccessToken, "machine's", client, None),
        token(RefreshToken, "refresh", client, user, expires_at=at(1642128400)),
    ]


_LIVE = {
    "active": True,
    "scope": "read write",
    "client_id": "test_client_1",
    "username": "user123",
    "exp": 1640995200,
    "iat": 1640918800,
    "sub": "user123",
    "iss": "http://localhost:4000",
}

HOST = TableHost(
    "classic",
    db,
    CONFIG,
    filled_by(db, _rows),
    live=_LIVE,
    refresh={**_LIVE, "exp": 1642128400},
    statements=2,
)
