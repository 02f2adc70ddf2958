"""One table more than once in a statement: as the host wrote it, or refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Mapped, aliased, mapped_column

from flask_introspect import ConfigError, plain

from ..support import INACTIVE, Host, quick_hash
from .support import as_host, make_app

Empty = Callable[..., Flask]
CALLER = ("caller", "secret")

db = SQLAlchemy()


class Client(db.Model):
    client_id: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    client_secret: Mapped[str] = mapped_column(sa.Text)
    boss: Mapped[str | None] = mapped_column(sa.String(80))
    blocked: Mapped[bool] = mapped_column(default=False)


class Token(db.Model):
    value: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    client_id: Mapped[str] = mapped_column(sa.String(80), default="caller")
    parent: Mapped[str | None] = mapped_column(sa.String(80))
    withdrawn: Mapped[bool] = mapped_column(default=False)


parent = aliased(Token)
boss = aliased(Client)

PARENT_IS_WITHDRAWN = {
    "exists": sa.exists().where(parent.value == Token.parent, parent.withdrawn),
    "a scalar subquery": (
        sa.select(parent.withdrawn).where(parent.value == Token.parent).scalar_subquery()
    ),
    "a count": (
        sa.select(sa.func.count())
        .select_from(parent)
        .where(parent.value == Token.parent, parent.withdrawn)
        .scalar_subquery()
    ),
}


def make_host(empty: Empty, *rows: Any, **config: Any) -> Host:
    config = {
        "INTROSPECT_CLIENT_MODEL": Client,
        "INTROSPECT_TOKEN_MODEL": Token,
        "INTROSPECT_TOKEN_FIELDS": {"access_token": plain("value")},
        **config,
    }
    client = Client(client_id=CALLER[0], client_secret=quick_hash(CALLER[1]), boss="boss")
    return as_host(empty(db, client, *rows, **config))


@pytest.mark.parametrize("revoked", PARENT_IS_WITHDRAWN.values(), ids=PARENT_IS_WITHDRAWN)
def test_a_subquery_over_an_alias_means_the_other_row(empty: Empty, revoked: Any) -> None:
    host = make_host(
        empty,
        Token(value="withdrawn", withdrawn=True),
        Token(value="child of it", parent="withdrawn"),
        Token(value="good", parent="nothing"),
        Token(value="child of a good one", parent="good", withdrawn=True),
        INTROSPECT_TOKEN_FIELDS={"access_token": plain("value"), "revoked": revoked},
    )
    for _ in range(2):
        assert host.ask("child of it", caller=CALLER).data == INACTIVE
        for value in ("withdrawn", "good", "child of a good one"):
            assert host.ask(value, caller=CALLER).get_json()["active"] is True


@pytest.mark.parametrize("blocked", [True, False])
def test_an_alias_of_the_client_table_stays_one(empty: Empty, blocked: bool) -> None:
    enabled = ~sa.exists().where(boss.client_id == Client.boss, boss.blocked)
    host = make_host(
        empty,
        Client(client_id="boss", client_secret="", blocked=blocked),
        Token(value="x"),
        Token(value="of the boss", client_id="boss"),
        INTROSPECT_CLIENT_FIELDS={"enabled": enabled},
    )
    for _ in range(2):
        assert host.ask("x", caller=CALLER).status_code == (401 if blocked else 200)


def test_an_alias_outside_of_a_subquery_is_refused() -> None:
    with pytest.raises(ConfigError, match="belongs to another table"):
        make_app(
            db,
            "sqlite://",
            INTROSPECT_CLIENT_MODEL=Client,
            INTROSPECT_TOKEN_MODEL=Token,
            INTROSPECT_TOKEN_FIELDS={"access_token": plain("value"), "revoked": parent.withdrawn},
        )


shared = SQLAlchemy()


class Row(shared.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    sort: Mapped[str] = mapped_column(sa.String(10))
    client_id: Mapped[str] = mapped_column(sa.String(80), unique=True)
    client_secret: Mapped[str | None] = mapped_column(sa.Text)
    value: Mapped[str | None] = mapped_column(sa.String(80), unique=True)
    __mapper_args__ = {"polymorphic_on": "sort", "polymorphic_identity": "row"}


class ClientRow(Row):
    __mapper_args__ = {"polymorphic_identity": "client"}


class TokenRow(Row):
    __mapper_args__ = {"polymorphic_identity": "token"}


class JoinedTokenRow(Row):
    id: Mapped[int] = mapped_column(sa.ForeignKey(Row.id), primary_key=True)
    __mapper_args__ = {"polymorphic_identity": "joined"}


@pytest.mark.parametrize(
    ("client", "token"), [(Row, Row), (ClientRow, TokenRow), (ClientRow, JoinedTokenRow)]
)
def test_clients_and_tokens_in_one_table_are_refused(client: type, token: type) -> None:
    with pytest.raises(ConfigError, match="share the table row") as refusal:
        make_app(
            shared,
            "sqlite://",
            INTROSPECT_CLIENT_MODEL=client,
            INTROSPECT_TOKEN_MODEL=token,
            INTROSPECT_TOKEN_FIELDS={"access_token": plain("value")},
        )
    assert refusal.value.key == "INTROSPECT_TOKEN_MODEL"
