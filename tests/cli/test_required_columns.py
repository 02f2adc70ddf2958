"""A table's columns that must be filled: the option that fills one is named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Mapped, mapped_column, relationship

from flask_introspect import introspect_bp, sha256
from flask_introspect.admin.rows import OPTIONS
from flask_introspect.cli.registration import CLEARED
from flask_introspect.models import ClientMixin

from .conftest import CLI

db = SQLAlchemy()


class User(db.Model):
    __tablename__ = "required_user"
    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(db.String(80))


class Client(db.Model, ClientMixin):
    __tablename__ = "required_client"
    tier: Mapped[str | None] = mapped_column(db.String(10))


class Token(db.Model):
    __tablename__ = "required_token"
    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(db.String(64), unique=True)
    client_id: Mapped[str] = mapped_column(db.String(80))
    exp: Mapped[int]
    scopes: Mapped[str] = mapped_column(db.String(80))
    user_id: Mapped[int] = mapped_column(db.ForeignKey(User.id))
    user: Mapped[User] = relationship()
    shard: Mapped[str] = mapped_column(db.String(10))


FIELDS = {"access_token": sha256("digest"), "scope": "scopes", "username": "user.login"}


@pytest.fixture
def cli(tmp_path: Path) -> Iterator[CLI]:
    app = Flask(__name__)
    app.config.update(
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path}/host.db",
        INTROSPECT_CLIENT_MODEL=Client,
        INTROSPECT_TOKEN_MODEL=Token,
        INTROSPECT_TOKEN_FIELDS=FIELDS,
    )
    db.init_app(app)
    app.register_blueprint(introspect_bp)
    with app.app_context():
        db.create_all()
        db.session.add_all([User(login="ann"), Client.create("app")[0]])
        db.session.commit()
    yield CLI(app)
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "scopes, user_id, shard. Give --scope and --username. No option fills shard"),
        (["--scope", "read"], "user_id, shard. Give --username. No option fills shard"),
        (["--scope", "read", "--username", "ann"], "for shard. No option fills shard"),
    ],
)
def test_the_option_that_fills_a_column_is_named(cli: CLI, options: list[str], said: str) -> None:
    assert said in cli.refusal("token", "issue", "app", *options)


def test_the_options_are_those_of_the_commands(cli: CLI) -> None:
    words = cli("token", "issue", "--help").stdout.split()
    of_tokens = OPTIONS.keys() - CLEARED.values()
    assert {OPTIONS[name] for name in of_tokens} <= set(words)
    assert {field: f"--{name}" for name, field in CLEARED.items()}.items() <= OPTIONS.items()
