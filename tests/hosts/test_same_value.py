"""One value that is an access token and a refresh token: a hint decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Mapped, mapped_column

from flask_introspect import plain

from ..support import DIALECTS, INACTIVE, NOW, Host, quick_hash
from .support import as_host

Empty = Callable[..., Flask]
HINTS: list[dict[str, str]] = [
    {},
    {"token_type_hint": "access_token"},
    {"token_type_hint": "refresh_token"},
    {"token_type_hint": "neither"},
]

db = SQLAlchemy()


class Client(db.Model):
    client_id: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    client_secret: Mapped[str] = mapped_column(sa.Text)
    resources: Mapped[str | None] = mapped_column(sa.Text)


class Columns:
    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(sa.String(80), default="app")
    aud: Mapped[str | None] = mapped_column(sa.String(80))
    exp: Mapped[int | None]
    revoked: Mapped[bool] = mapped_column(default=False)
    jti: Mapped[str | None] = mapped_column(sa.String(80))


class Token(db.Model, Columns):
    access: Mapped[str | None] = mapped_column(sa.String(80), index=True)
    refresh: Mapped[str | None] = mapped_column(sa.String(80), index=True)
    refresh_exp: Mapped[int | None]
    refresh_revoked: Mapped[bool] = mapped_column(default=False)


class Access(db.Model, Columns):
    value: Mapped[str] = mapped_column(sa.String(80), index=True)


class Refresh(db.Model, Columns):
    value: Mapped[str] = mapped_column(sa.String(80), index=True)


ONE_TABLE = {
    "INTROSPECT_TOKEN_MODEL": Token,
    "INTROSPECT_TOKEN_FIELDS": {"access_token": plain("access"), "refresh_token": plain("refresh")},
}
TWO_TABLES = {
    "INTROSPECT_TOKEN_MODEL": [Access, Refresh],
    "INTROSPECT_TOKEN_FIELDS": [
        {"access_token": plain("value")},
        {"refresh_token": plain("value")},
    ],
}


def make_host(empty: Empty, config: dict[str, Any], *rows: Any) -> Host:
    clients = [
        Client(client_id="app", client_secret=quick_hash("secret")),
        Client(client_id="api", client_secret=quick_hash("secret"), resources='["api"]'),
    ]
    return as_host(empty(db, *clients, *rows, INTROSPECT_CLIENT_MODEL=Client, **config))


def one_row(access: dict[str, Any], refresh: dict[str, Any]) -> list[Any]:
    own = {f"refresh_{name}": value for name, value in refresh.items() if name != "client_id"}
    return [Token(access="x", refresh="x", aud="api", **access, **own)]


def two_rows(access: dict[str, Any], refresh: dict[str, Any]) -> list[Any]:
    own = {
        name if name == "client_id" else f"refresh_{name}": value for name, value in refresh.items()
    }
    return [Token(refresh="x", **own), Token(access="x", aud="api", **access)]


def two_tables(access: dict[str, Any], refresh: dict[str, Any]) -> list[Any]:
    return [Refresh(value="x", **refresh), Access(value="x", aud="api", **access)]


PLACES = pytest.mark.parametrize(
    ("config", "place"),
    [(ONE_TABLE, one_row), (ONE_TABLE, two_rows), (TWO_TABLES, two_tables)],
    ids=["one row", "two rows", "two tables"],
)
DEAD = [{"exp": NOW}, {"revoked": True}]


@PLACES
@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("access", "refresh"),
    [({}, {}), *(({}, dead) for dead in DEAD), *((dead, {}) for dead in DEAD)],
    ids=str,
)
def test_the_good_one_counts_whatever_the_hint(
    empty: Empty,
    config: dict[str, Any],
    place: Callable[..., list[Any]],
    access: dict[str, Any],
    refresh: dict[str, Any],
    dialect: str,
) -> None:
    host = make_host(empty, config, *place(access, refresh))
    for hint in HINTS:
        own = host.ask("x", caller=("app", "secret"), dialect=dialect, **hint)
        assert own.get_json()["active"] is True
        theirs = host.ask("x", caller=("api", "secret"), dialect=dialect, **hint)
        if access:
            assert theirs.data == INACTIVE
        else:
            assert theirs.get_json()["active"] is True


@PLACES
def test_two_that_are_not_good_are_inactive_for_the_same_reason(
    empty: Empty, config: dict[str, Any], place: Callable[..., list[Any]]
) -> None:
    host = make_host(empty, config, *place({"exp": NOW}, {"revoked": True}))
    endpoint = host.app.extensions["introspect"]["introspect"]
    with host.app.app_context():
        reasons = {
            endpoint.introspect("x", hint=hint.get("token_type_hint"), caller="app").reason
            for hint in HINTS
        }
    assert {each.value for each in reasons} == {"expired"}


@pytest.mark.parametrize(
    ("config", "place"),
    [(ONE_TABLE, two_rows), (TWO_TABLES, two_tables)],
    ids=["two rows", "two tables"],
)
def test_a_refresh_token_for_others_hides_no_access_token(
    empty: Empty, config: dict[str, Any], place: Callable[..., list[Any]]
) -> None:
    host = make_host(empty, config, *place({}, {"client_id": "other"}))
    for hint in HINTS:
        for caller in ("app", "api"):
            answer = host.ask("x", caller=(caller, "secret"), **hint).get_json()
            assert (answer["active"], answer["client_id"]) == (True, "app")


def test_a_refresh_token_has_no_jti_of_the_access_token_beside_it(empty: Empty) -> None:
    host = make_host(empty, ONE_TABLE, Token(access="a", refresh="r", jti="of the access token"))
    assert host.ask("a", caller=("app", "secret")).get_json()["jti"] == "of the access token"
    assert "jti" not in host.ask("r", caller=("app", "secret")).get_json()


def test_a_refresh_token_in_a_row_of_its_own_has_its_jti(empty: Empty) -> None:
    host = make_host(empty, TWO_TABLES, Refresh(value="r", jti="its own"))
    assert host.ask("r", caller=("app", "secret")).get_json()["jti"] == "its own"
