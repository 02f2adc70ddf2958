"""Fields behind a relationship are written as a reference, where there is one to write."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from flask_introspect import introspect_bp, sha256
from flask_introspect.models import ClientMixin

from .conftest import CLI

db = SQLAlchemy()


class User(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    mail: Mapped[str] = mapped_column(db.String(80))

    @hybrid_property
    def name(self) -> str:
        return self.mail

    @name.inplace.expression
    @classmethod
    def _name(cls) -> sa.ColumnElement[str]:
        return sa.func.lower(cls.mail)


class Client(db.Model, ClientMixin):
    __tablename__ = "referring_client"


class Token(db.Model):
    __tablename__ = "referring_token"
    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(db.String(64), unique=True)
    client_id: Mapped[str] = mapped_column(db.String(80))
    exp: Mapped[int | None]
    user_id: Mapped[int | None] = mapped_column(db.ForeignKey(User.id))
    user: Mapped[User | None] = relationship()


@pytest.fixture
def cli_on(tmp_path: object) -> Iterator[Callable[[str], CLI]]:
    made: list[Flask] = []

    def make(username: str) -> CLI:
        app = Flask(__name__)
        app.config.update(
            SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path}/host.db",
            INTROSPECT_CLIENT_MODEL=Client,
            INTROSPECT_TOKEN_MODEL=Token,
            INTROSPECT_TOKEN_FIELDS={"access_token": sha256("digest"), "username": username},
        )
        db.init_app(app)
        app.register_blueprint(introspect_bp)
        with app.app_context():
            db.create_all()
            db.session.add_all([User(mail="a"), User(mail="twice"), User(mail="twice")])
            db.session.add(Client.create("app")[0])
            db.session.commit()
        made.append(app)
        return CLI(app)

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


@pytest.mark.parametrize("path", ["user.mail", "user.name"])
def test_the_row_refers_to_the_one_that_is_named(cli_on: Callable[[str], CLI], path: str) -> None:
    run = cli_on(path)
    run.json("token", "issue", "app", "--username", "a")
    with run.app.app_context():
        assert db.session.scalar(sa.select(Token.user_id)) == 1


@pytest.mark.parametrize(
    ("path", "name", "said"),
    [
        ("user.mail", "nobody", "There is no user whose mail is 'nobody'"),
        ("user.mail", "twice", "There is more than one user whose mail is 'twice'"),
    ],
)
def test_what_refers_to_no_single_row_is_refused(
    cli_on: Callable[[str], CLI], path: str, name: str, said: str
) -> None:
    run = cli_on(path)
    assert said in run.refusal("token", "issue", "app", "--username", name)
    with run.app.app_context():
        assert db.session.scalars(sa.select(Token)).all() == []
