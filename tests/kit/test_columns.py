"""What is written through a mapping fits the columns that there are."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from flask_introspect import sha256
from flask_introspect.testing import CannotMake

from ..hosts.conftest import empty as empty
from ..support import quick_hash

pytestmark = pytest.mark.slow

Introspect = Callable[..., Any]
MakeClient = Callable[..., Any]

db = SQLAlchemy()


class Client(db.Model):
    __tablename__ = "kit_client"
    client_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    client_secret: Mapped[str] = mapped_column(String(80))


class Numbered(db.Model):
    __tablename__ = "kit_numbered"
    client_id: Mapped[int] = mapped_column(primary_key=True)
    client_secret: Mapped[str] = mapped_column(String(200))


class Token(db.Model):
    __tablename__ = "kit_token"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    client_id: Mapped[int]
    exp: Mapped[int]


class ClientsToken(db.Model):
    __tablename__ = "kit_clients_token"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    client_id: Mapped[uuid.UUID]
    exp: Mapped[int]


@pytest.fixture
def config() -> dict[str, Any]:
    return {}


@pytest.fixture
def stored() -> dict[str, Any]:
    """The columns of a client that is there already."""
    return {}


@pytest.fixture
def app(empty: Callable[..., Flask], config: dict[str, Any], stored: dict[str, Any]) -> Flask:
    defaults = {
        "INTROSPECT_CLIENT_MODEL": Numbered,
        "INTROSPECT_TOKEN_MODEL": Token,
        "INTROSPECT_TOKEN_FIELDS": {
            "access_token": sha256("digest"),
            "client_id": "client_id",
            "exp": "exp",
        },
    }
    rows = [Client(**stored)] if stored else []
    return empty(db, *rows, **{**defaults, **config})


uuids = pytest.mark.parametrize(
    "config",
    [{"INTROSPECT_CLIENT_MODEL": Client, "INTROSPECT_TOKEN_MODEL": ClientsToken}],
    ids=["UUID"],
)


def test_a_client_id_may_be_a_number(
    make_introspection_client: MakeClient, introspect: Introspect
) -> None:
    caller = make_introspection_client()
    assert caller.client_id.isdecimal()
    assert introspect("any-token", caller=caller).is_inactive


@uuids
def test_a_short_column_has_no_room_for_a_quick_hash(
    make_introspection_client: MakeClient,
) -> None:
    with pytest.raises(CannotMake, match="in which format other code reads it"):
        make_introspection_client()


@uuids
@pytest.mark.parametrize(
    "stored", [{"client_id": uuid.uuid4(), "client_secret": "$2b$04$" + "a" * 53}], ids=["bcrypt"]
)
def test_a_short_column_gets_a_secret_as_those_that_are_there(
    make_introspection_client: MakeClient, introspect: Introspect
) -> None:
    caller = make_introspection_client()
    assert uuid.UUID(caller.client_id)
    assert introspect("any-token", caller=caller).is_inactive


@pytest.mark.parametrize("config", [{"INTROSPECT_SECRET_HASHER": quick_hash}], ids=["hasher"])
def test_a_secret_is_stored_as_the_host_says(
    app: Flask, make_introspection_client: MakeClient
) -> None:
    make_introspection_client()
    with app.app_context():
        assert db.session.scalars(db.select(Numbered.client_secret)).one().startswith("pbkdf2:")


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"scope": "read"}, "Token has no column for 'scope'"),
        ({"kind": "refresh_token"}, "No token model holds tokens of the kind 'refresh_token'"),
        ({"revoked": True}, "Token has no column for 'revoked'"),
        ({"never_expires": True}, "needs a value for exp"),
    ],
    ids=str,
)
def test_what_no_column_can_hold_is_told(
    make_introspection_token: Callable[..., Any], how: dict[str, Any], said: str
) -> None:
    with pytest.raises(CannotMake, match=said):
        make_introspection_token(**how)


def test_a_disabled_client_leaves_no_row_where_none_can_be(
    app: Flask, make_introspection_client: MakeClient
) -> None:
    with pytest.raises(CannotMake, match="no column for 'enabled'"):
        make_introspection_client(enabled=False)
    with app.app_context():
        assert db.session.query(Numbered).count() == 0
