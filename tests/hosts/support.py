"""What the host applications share: how a host is described, filled and asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from flask_introspect import introspect_bp

from ..support import Clock, Host

ISSUER = "http://localhost:4000"


@dataclass(frozen=True)
class TableHost:
    """A host with tables of its own.

    Every host has the clients ``test_client_1`` (``test_secret``), ``other_client``
    (``other_secret``) and ``public_client`` (``public_secret``), and the tokens ``live``,
    ``expired``, ``revoked`` and ``refresh`` of the first and ``others`` of the second.

    :ivar fill: makes the tables of an empty database, and fills them.
    :ivar live: what is said of the live token; :ivar refresh: of the refresh token.
    :ivar statements: the most that a usual request may take: one for each token table.
    """

    name: str
    db: SQLAlchemy
    config: Mapping[str, Any]
    fill: Callable[[str], None]
    live: Mapping[str, Any] = field(repr=False)
    refresh: Mapping[str, Any] = field(repr=False)
    statements: int = 1

    def app(self, url: str, **config: Any) -> Flask:
        return make_app(self.db, url, **{**self.config, **config})


def make_app(db: SQLAlchemy, url: str, **config: Any) -> Flask:
    """An application with the endpoint over some database."""
    app = Flask(__name__)
    app.config.update(
        SQLALCHEMY_DATABASE_URI=url, INTROSPECT_ISSUER=ISSUER, INTROSPECT_CLOCK=Clock(), **config
    )
    db.init_app(app)
    app.register_blueprint(introspect_bp)
    return app


def engine_of(app: Flask) -> sa.Engine:
    with app.app_context():
        engine: sa.Engine = app.extensions["sqlalchemy"].engine
    return engine


def dispose(app: Flask) -> None:
    engine_of(app).dispose()


def as_host(app: Flask) -> Host:
    """An application as something to ask."""
    return Host(app, app.config["INTROSPECT_CLOCK"])


def filled_by(db: SQLAlchemy, rows: Callable[[], list[Any]]) -> Callable[[str], None]:
    """A host's ``fill``: tables by ``create_all``, rows through a session."""
    return partial(_fill, db, rows)


def _fill(db: SQLAlchemy, rows: Callable[[], list[Any]], url: str) -> None:
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    db.init_app(app)
    with app.app_context():
        db.create_all()
        db.session.add_all(rows())
        db.session.commit()
    dispose(app)
