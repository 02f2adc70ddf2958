"""Where the switch of a token's user may stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from authlib.integrations.sqla_oauth2 import OAuth2TokenMixin
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from flask_introspect import json_key, plain
from flask_introspect.storage.mapping.discovery import find_token_fields

from ..support import Host, quick_hash
from .support import as_host

Empty = Callable[..., Flask]
CALLER = ("test_client_1", "test_secret")

db = SQLAlchemy()


class Session(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    person: Mapped[Person | None] = relationship()


class Person(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    confirmed_at: Mapped[int | None]
    disabled_at: Mapped[int | None] = mapped_column()
    settings: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    fine: Mapped[bool] = column_property(disabled_at.is_(None))

    @hybrid_property
    def confirmed(self) -> bool:
        return self.confirmed_at is not None

    @confirmed.inplace.expression
    @classmethod
    def _confirmed(cls) -> sa.ColumnElement[bool]:
        return cls.confirmed_at.is_not(None)


class Client(db.Model):
    client_id: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    client_secret: Mapped[str] = mapped_column(sa.Text)


class Token(db.Model):
    value: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    client_id: Mapped[str] = mapped_column(sa.String(80), default=CALLER[0])
    session_id: Mapped[int | None] = mapped_column(sa.ForeignKey(Session.id))
    session: Mapped[Session | None] = relationship()
    good: Mapped[bool | None]


#: How the switch is mapped, and for which people tokens are good.
GOOD, DISABLED = {"confirmed_at": 5}, {"disabled_at": 5}
MAPPED: list[tuple[Any, dict[str, Any], bool]] = [
    ("session.person.confirmed_at", GOOD, True),
    ("session.person.confirmed_at", DISABLED, False),
    ("session.person.confirmed", GOOD, True),
    ("session.person.confirmed", DISABLED, False),
    ("session.person.fine", GOOD, True),
    ("session.person.fine", DISABLED, False),
    (json_key("session.person.settings", "on"), {"settings": {"on": True}}, True),
    (json_key("session.person.settings", "on"), {"settings": {"on": False}}, False),
    (json_key("session.person.settings", "on"), {"settings": {}}, False),
    (json_key("session.person.settings", "on"), {"settings": {"on": "maybe"}}, False),
    (json_key("session.person.settings", "on"), {}, False),
]


def make_host(empty: Empty, spec: Any, *rows: Any) -> Host:
    return as_host(
        empty(
            db,
            Client(client_id=CALLER[0], client_secret=quick_hash(CALLER[1])),
            *rows,
            INTROSPECT_CLIENT_MODEL=Client,
            INTROSPECT_TOKEN_MODEL=Token,
            INTROSPECT_TOKEN_FIELDS={"access_token": plain("value"), "user_enabled": spec},
        )
    )


@pytest.mark.parametrize(("spec", "person", "active"), MAPPED, ids=str)
def test_a_switch_may_be_mapped_to(
    empty: Empty, spec: Any, person: dict[str, Any], active: bool
) -> None:
    session = Session(person=Person(**person))
    rows = [Token(value="a token", session=session), Token(value="the client's")]
    host = make_host(empty, spec, *rows)
    assert host.ask("a token", caller=CALLER).get_json()["active"] is active
    assert host.ask("the client's", caller=CALLER).get_json()["active"]


@pytest.mark.parametrize("key", [None, "on"], ids=["column", "JSON"])
def test_a_path_that_ends_before_the_user_leads_to_none(empty: Empty, key: str | None) -> None:
    spec = json_key("session.person.settings", key) if key else "session.person.fine"
    host = make_host(empty, spec, Token(value="a token", session=Session()))
    assert host.ask("a token", caller=CALLER).get_json()["active"]


@pytest.mark.parametrize(("held", "active"), [(True, True), (False, False), (None, False)])
def test_a_column_of_the_token_s_own_means_what_it_says(
    empty: Empty, held: bool | None, active: bool
) -> None:
    host = make_host(empty, "good", Token(value="a token", good=held))
    assert host.ask("a token", caller=CALLER).get_json()["active"] is active


def make_models(**columns: Any) -> type:
    """Make Authlib's token with a user that has the columns."""
    own = SQLAlchemy()
    user = type(
        "User", (own.Model,), {"id": mapped_column(sa.Integer, primary_key=True), **columns}
    )
    names = {
        "id": mapped_column(sa.Integer, primary_key=True),
        "user_id": mapped_column(sa.ForeignKey("user.id")),
        "user": relationship(user),
    }
    return type("Token", (own.Model, OAuth2TokenMixin), names)


def flag(column: Any = sa.Boolean) -> Any:
    return mapped_column(column)


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ({"is_active": flag()}, "user.is_active"),
        ({"active": flag()}, "user.active"),
        ({"enabled": flag(sa.SmallInteger)}, "user.enabled"),
        ({"enabled": flag(), "active": flag(), "is_active": flag()}, "user.is_active"),
        ({"is_active": property(lambda self: True)}, None),
        ({"is_active": property(lambda self: True), "active": flag()}, "user.active"),
        ({"active": flag(sa.String(5))}, None),
        ({"active": flag(sa.DateTime)}, None),
        ({"disabled": flag()}, None),
    ],
    ids=lambda value: (
        str(value)[:40] if value is None or isinstance(value, str) else "+".join(value)
    ),
)
def test_a_switch_is_found_by_its_name_and_type(columns: dict[str, Any], found: str | None) -> None:
    assert find_token_fields(make_models(**columns)).get("user_enabled") == found
