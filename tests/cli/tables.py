"""A host's own tables: access and refresh token in one row, or in two tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Mapped, mapped_column

from flask_introspect import introspect_bp, plain, sha256

from ..support import Clock, Host

db = SQLAlchemy()


class Client(db.Model):
    __tablename__ = "app_client"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40), unique=True)
    secret: Mapped[str | None] = mapped_column(sa.String(120))
    tier: Mapped[str] = mapped_column(sa.String(10), default="free")


class Pair(db.Model):
    """Access and refresh token in one row, live, in plain text; with columns for their digests."""

    __tablename__ = "app_pair"
    id: Mapped[int] = mapped_column(primary_key=True)
    client: Mapped[str] = mapped_column(sa.String(40))
    access: Mapped[str] = mapped_column(sa.String(255), unique=True)
    access_digest: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    refresh: Mapped[str | None] = mapped_column(sa.String(255), index=True)
    refresh_digest: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    issued_at: Mapped[int] = mapped_column(default=0)
    expires_in: Mapped[int] = mapped_column(default=0)
    access_revoked_at: Mapped[int] = mapped_column(default=0)
    refresh_revoked_at: Mapped[int] = mapped_column(default=0)


class Access(db.Model):
    __tablename__ = "app_access"
    id: Mapped[int] = mapped_column(primary_key=True)
    client: Mapped[str] = mapped_column(sa.String(40))
    token: Mapped[str] = mapped_column(sa.String(40), unique=True)
    ends: Mapped[datetime | None] = mapped_column(sa.DateTime)
    revoked: Mapped[bool] = mapped_column(default=False)


class Refresh(db.Model):
    __tablename__ = "app_refresh"
    id: Mapped[int] = mapped_column(primary_key=True)
    client: Mapped[str] = mapped_column(sa.String(40))
    token: Mapped[str] = mapped_column(sa.String(40), unique=True)
    ends: Mapped[datetime | None] = mapped_column(sa.DateTime)
    access_id: Mapped[int | None] = mapped_column(sa.ForeignKey(Access.id), index=True)


CLIENT_FIELDS = {"client_id": "name", "client_secret": plain("secret")}

PAIR_FIELDS: dict[str, Any] = {
    "client_id": "client",
    "access_token": [sha256("access_digest"), plain("access")],
    "refresh_token": [sha256("refresh_digest"), plain("refresh")],
    "iat": "issued_at",
    "exp": sa.case((Pair.expires_in > 0, Pair.issued_at + Pair.expires_in), else_=None),
    "revoked": "access_revoked_at",
    "refresh_revoked": "refresh_revoked_at",
}

PAIRS: dict[str, Any] = {"INTROSPECT_TOKEN_MODEL": Pair, "INTROSPECT_TOKEN_FIELDS": PAIR_FIELDS}

TWO_TABLES: dict[str, Any] = {
    "INTROSPECT_TOKEN_MODEL": [Access, Refresh],
    "INTROSPECT_TOKEN_FIELDS": [
        {
            "client_id": "client",
            "access_token": plain("token"),
            "exp": "ends",
            "revoked": "revoked",
        },
        {"client_id": "client", "refresh_token": plain("token"), "exp": "ends"},
    ],
}


class OwnHost(Host):
    """A host on these tables."""

    def save(self, *rows: Any) -> None:
        with self.app.app_context():
            db.session.add_all(rows)
            db.session.commit()

    def change(self, model: type, where: Mapping[str, Any], **values: Any) -> None:
        with self.app.app_context():
            db.session.execute(sa.update(model).filter_by(**where).values(values))
            db.session.commit()


@contextmanager
def own_tables(url: str, clock: Clock, **config: Any) -> Iterator[Host]:
    """A host on tables of its own, with the client ``api`` whose secret is ``test_secret``."""
    app = Flask(__name__)
    app.config.update(
        {
            "SQLALCHEMY_DATABASE_URI": url,
            "INTROSPECT_CLIENT_MODEL": Client,
            "INTROSPECT_CLIENT_FIELDS": CLIENT_FIELDS,
            "INTROSPECT_CLOCK": clock,
            **config,
        }
    )
    db.init_app(app)
    app.register_blueprint(introspect_bp)
    with app.app_context():
        db.create_all()
        db.session.add(Client(name="api", secret="test_secret"))
        db.session.commit()
    try:
        yield OwnHost(app, clock)
    finally:
        with app.app_context():
            db.session.remove()
            db.drop_all()
            for engine in db.engines.values():
                engine.dispose()


def rows(host: Host, *columns: Any) -> list[Any]:
    """What stands in the columns, by the first of them."""
    with host.app.app_context():
        found = db.session.execute(sa.select(*columns).order_by(columns[0])).all()
        return [row[0] if len(columns) == 1 else tuple(row) for row in found]
