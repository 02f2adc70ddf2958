"""The tables of django-oauth-toolkit, as its migrations make them.

Only the columns that are read are declared.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from pathlib import Path

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, DateTime, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from flask_introspect import sha256

from .support import TableHost

db = SQLAlchemy()


# [models]
class User(db.Model):
    __tablename__ = "auth_user"
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(150), unique=True)


class Application(db.Model):
    __tablename__ = "oauth2_provider_application"
    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(String(100), unique=True)
    client_secret: Mapped[str] = mapped_column(String(255))
    client_type: Mapped[str] = mapped_column(String(32))


class AccessToken(db.Model):
    __tablename__ = "oauth2_provider_accesstoken"
    id: Mapped[int] = mapped_column(primary_key=True)
    token_checksum: Mapped[str] = mapped_column(String(64), unique=True)
    scope: Mapped[str]
    resource: Mapped[list[str]] = mapped_column(JSON)
    created: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    application_id: Mapped[int | None] = mapped_column(ForeignKey(Application.id))
    application: Mapped[Application | None] = relationship()
    user_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    user: Mapped[User | None] = relationship()


class RefreshToken(db.Model):
    __tablename__ = "oauth2_provider_refreshtoken"
    __table_args__ = (UniqueConstraint("token_checksum", "revoked"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    token_checksum: Mapped[str] = mapped_column(String(64))
    created: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    revoked: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    access_token_id: Mapped[int | None] = mapped_column(ForeignKey(AccessToken.id))
    access_token: Mapped[AccessToken | None] = relationship()
    application_id: Mapped[int] = mapped_column(ForeignKey(Application.id))
    application: Mapped[Application] = relationship()
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    user: Mapped[User] = relationship()


# [config]
CONFIG = {
    "INTROSPECT_CLIENT_MODEL": Application,
    "INTROSPECT_CLIENT_FIELDS": {"public": Application.client_type == "public"},
    "INTROSPECT_TOKEN_MODEL": [AccessToken, RefreshToken],
    "INTROSPECT_TOKEN_FIELDS": [
        {
            "access_token": sha256("token_checksum"),
            "client_id": "application.client_id",
            "username": "user.username",
            "aud": "resource",
            "iat": "created",
            "exp": "expires",
        },
        {
            "refresh_token": sha256("token_checksum"),
            "client_id": "application.client_id",
            "username": "user.username",
            "scope": "access_token.scope",
            "iat": "created",
        },
    ],
}
# [end]


def fill(url: str) -> None:
    site = Path(__file__).with_name("django_site.py")
    subprocess.run([sys.executable, str(site), url], check=True, capture_output=True, text=True)


HOST = TableHost(
    "django-oauth-toolkit",
    db,
    CONFIG,
    fill,
    live={
        "active": True,
        "scope": "read write",
        "client_id": "test_client_1",
        "username": "user123",
        "exp": 1640995200,
        "iat": 1640918800,
        "sub": "user123",
        "aud": ["my_api", "your_api"],
        "iss": "http://localhost:4000",
    },
    refresh={
        "active": True,
        "scope": "read write",
        "client_id": "test_client_1",
        "username": "user123",
        "iat": 1640918800,
        "sub": "user123",
        "iss": "http://localhost:4000",
    },
    statements=2,
)
