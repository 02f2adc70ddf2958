"""Tokens of users who are disabled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Mapped, mapped_column, relationship

from flask_introspect import ConfigError, plain
from flask_introspect.cli import introspect_cli
from flask_introspect.models import TokenMixin

from ..support import DIALECTS, INACTIVE, Host, quick_hash, statements
from .support import as_host

Empty = Callable[..., Flask]
CALLER = ("caller", "secret")

db = SQLAlchemy()


class Client(db.Model):
    client_id: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    client_secret: Mapped[str] = mapped_column(sa.Text)


class User(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    enabled: Mapped[bool | None] = mapped_column(default=None)
    is_active: Mapped[bool | None]
    number: Mapped[int | None]
    approved_at: Mapped[datetime | None]
    word: Mapped[str | None] = mapped_column(sa.String(8))


class Session(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    user_id: Mapped[int | None]
    user: Mapped[User | None] = relationship(
        primaryjoin=lambda: sa.orm.foreign(Session.user_id) == User.id
    )


class Token(db.Model):
    value: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    client_id: Mapped[str] = mapped_column(sa.String(80), default="caller")
    # Without constraints, so that users may be gone.
    user_id: Mapped[int | None]
    session_id: Mapped[int | None]
    user: Mapped[User | None] = relationship(
        primaryjoin=lambda: sa.orm.foreign(Token.user_id) == User.id
    )
    session: Mapped[Session | None] = relationship(
        primaryjoin=lambda: sa.orm.foreign(Token.session_id) == Session.id
    )


class Issued(db.Model, TokenMixin):
    """Tokens on our mixin, with a user."""

    user_id: Mapped[int | None]
    user: Mapped[User | None] = relationship(
        primaryjoin=lambda: sa.orm.foreign(Issued.user_id) == User.id
    )


def make_host(empty: Empty, *rows: Any, **fields: Any) -> Host:
    config = {
        "INTROSPECT_CLIENT_MODEL": Client,
        "INTROSPECT_TOKEN_MODEL": Token,
        "INTROSPECT_TOKEN_FIELDS": {"access_token": plain("value"), **fields},
    }
    client = Client(client_id=CALLER[0], client_secret=quick_hash(CALLER[1]))
    return as_host(empty(db, client, *rows, **config))


USERS = [
    ("is_active", True, True),
    ("is_active", False, False),
    ("is_active", None, False),
    ("number", 1, True),
    ("number", 0, False),
    ("number", None, False),
    ("approved_at", datetime(2022, 1, 1), True),
    ("approved_at", None, False),
]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(("column", "value", "active"), USERS, ids=str)
def test_a_token_is_active_as_its_user_is(
    empty: Empty, column: str, value: Any, active: bool, dialect: str
) -> None:
    user = User(id=1, **{column: value})
    host = make_host(empty, user, Token(value="x", user_id=1), user_enabled=f"user.{column}")
    for _ in range(2):
        with statements() as sent:
            answer = host.ask("x", caller=CALLER, dialect=dialect)
        assert answer.get_json()["active"] is active
        assert active or answer.data == INACTIVE
    assert len(sent) == 1


def test_a_user_s_column_is_found_by_itself(empty: Empty) -> None:
    users = [User(id=1, is_active=True), User(id=2, is_active=False, enabled=True)]
    tokens = [Token(value=f"of {n}", user_id=n) for n in (1, 2)]
    host = make_host(empty, *users, *tokens)
    assert host.ask("of 1", caller=CALLER).get_json()["active"] is True
    assert host.ask("of 2", caller=CALLER).get_json()["active"] is False


def test_a_user_s_column_is_found_beside_our_mixin(empty: Empty) -> None:
    token, _ = Issued.issue("caller", token="x", user_id=1, expires_in=None)
    host = make_host(empty, User(id=1, is_active=False))
    other = as_host(
        empty(
            db,
            token,
            INTROSPECT_CLIENT_MODEL=Client,
            INTROSPECT_TOKEN_MODEL=Issued,
            url=host.app.config["SQLALCHEMY_DATABASE_URI"],
        )
    )
    assert other.ask("x", caller=CALLER).data == INACTIVE


def test_a_flag_that_is_left_out_by_name_is_not_asked(empty: Empty) -> None:
    host = make_host(
        empty, User(id=1, is_active=False), Token(value="x", user_id=1), user_enabled=None
    )
    assert host.ask("x", caller=CALLER).get_json()["active"] is True


@pytest.mark.parametrize("flag", ["is_active", "number", "approved_at"])
def test_a_token_without_a_user_is_active_and_one_of_a_user_who_is_gone_is_not(
    empty: Empty, flag: str
) -> None:
    tokens = Token(value="nobody's"), Token(value="of who is gone", user_id=7)
    host = make_host(empty, *tokens, user_enabled=f"user.{flag}")
    assert host.ask("nobody's", caller=CALLER).get_json()["active"] is True
    assert host.ask("of who is gone", caller=CALLER).data == INACTIVE


@pytest.mark.parametrize(
    ("token", "active"),
    [
        ({}, True),
        ({"session_id": 1}, True),
        ({"session_id": 2}, False),
        ({"session_id": 3}, True),
        ({"session_id": 4}, False),
        ({"session_id": 5}, False),
    ],
    ids=["no session", "active", "disabled", "nobody's session", "no such user", "no such session"],
)
def test_a_user_may_be_further_away(empty: Empty, token: dict[str, int], active: bool) -> None:
    rows = [
        User(id=1, is_active=True),
        User(id=2, is_active=False),
        *(Session(id=n, user_id=user) for n, user in ((1, 1), (2, 2), (3, None), (4, 7))),
    ]
    host = make_host(empty, *rows, Token(value="x", **token), user_enabled="session.user.is_active")
    assert host.ask("x", caller=CALLER).get_json()["active"] is active


def test_a_flag_of_words_is_refused_at_registration(empty: Empty) -> None:
    with pytest.raises(ConfigError, match="'user_enabled' of Token: its column is of type String"):
        make_host(empty, user_enabled="user.word")


def test_the_host_is_told_why(empty: Empty) -> None:
    host = make_host(empty, User(id=1), Token(value="x", user_id=1))
    endpoint = host.app.extensions["introspect"]["introspect"]
    with host.app.app_context():
        assert endpoint.introspect("x").reason.value == "user_disabled"
    result = host.app.test_cli_runner().invoke(introspect_cli, ["explain"], input="x\n")
    assert "user_disabled: Its user is disabled, or does not exist." in result.output
