"""A mapping that cannot work is refused at registration, with the field, the model and a remedy."""

from __future__ import annotations

import logging
from datetime import timedelta
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from flask_introspect import ConfigError, json_key, plain, sha256

from .support import engine_of, make_app

db = SQLAlchemy()


class Letter(Enum):
    ACCESS = "access"
    REFRESH = "refresh"


class User(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(sa.String(80))


class Client(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80), unique=True)
    alias: Mapped[str] = mapped_column(sa.String(80))
    secret: Mapped[str] = mapped_column(sa.String(80))
    settings: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey(User.id))
    owner: Mapped[User] = relationship()
    grants: Mapped[list[Grant]] = relationship(back_populates="client")


class Grant(db.Model):
    __table_args__ = (
        sa.Index("on_two", "second", "third"),
        sa.Index("on_some", "partial", sqlite_where=sa.column("partial").is_not(None)),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(sa.String(80), unique=True)
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32), unique=True)
    number: Mapped[int] = mapped_column(unique=True)
    uid: Mapped[UUID] = mapped_column(unique=True)
    bare: Mapped[str] = mapped_column(sa.String(80))
    folded: Mapped[str] = mapped_column(sa.String(80))
    second: Mapped[str] = mapped_column(sa.String(80))
    third: Mapped[str] = mapped_column(sa.String(80))
    partial: Mapped[str] = mapped_column(sa.String(80))
    letter: Mapped[Letter]
    span: Mapped[timedelta]
    good: Mapped[bool]
    ends: Mapped[str] = mapped_column(sa.String(80))
    client_id: Mapped[int] = mapped_column(sa.ForeignKey(Client.id))
    client: Mapped[Client] = relationship(back_populates="grants")

    @property
    def python_only(self) -> str:
        return self.value

    @hybrid_property
    def instance_only(self) -> str:
        return self.value.strip()


sa.Index("on_lower", sa.func.lower(Grant.folded))

CLIENT = {"client_id": "name", "client_secret": "secret"}
TOKEN = {"access_token": plain("value"), "client_id": "client.name"}


def register(*, client: dict[str, Any] | None = None, token: dict[str, Any] | None = None) -> None:
    """Register the blueprint, with changes to a mapping that works."""
    app = make_app(
        db,
        "sqlite://",
        INTROSPECT_CLIENT_MODEL=Client,
        INTROSPECT_CLIENT_FIELDS={**CLIENT, **(client or {})},
        INTROSPECT_TOKEN_MODEL=Grant,
        INTROSPECT_TOKEN_FIELDS={**TOKEN, **(token or {})},
    )
    engine_of(app).dispose()


TOKEN_MISTAKES: list[tuple[str, Any, str]] = [
    ("scope", "scopes", "Grant has no column 'scopes'"),
    ("scope", "", "Grant has no column ''"),
    ("scope", "python_only", "Grant has no column 'python_only'"),
    ("scope", "instance_only", "'instance_only' has no SQL form"),
    ("username", "user.username", "'user' in 'user.username' is no relationship"),
    ("username", "value.username", "'value' in 'value.username' is no relationship"),
    ("username", "client.owner.name", "User has no column 'name'"),
    (
        "username",
        "client.owners.username",
        "'owners' in 'client.owners.username' is no relationship",
    ),
    (
        "username",
        "client.grants.value",
        "the relationship 'grants' in 'client.grants.value' leads to many rows",
    ),
    ("username", "client", "'client' is a relationship"),
    ("username", "client.owner", "'client.owner' is a relationship"),
    ("username", Grant.client, "Grant.client is a relationship"),
    ("username", User.username, "User.username belongs to another table, user"),
    ("username", sa.func.lower(User.username), "belongs to another table, user"),
    ("username", Grant, "no column"),
    ("username", 5, "an int is no column"),
    ("username", ["value"], "a list is no column"),
    ("username", sa.select(User.username), "a Select is no column"),
    ("scope", plain("value"), "a Lookup is no column"),
    ("exp", "ends", "its column is of type String(length=80)"),
    ("exp", "span", "its column is of type Interval()"),
    ("exp", "good", "its column is of type Boolean()"),
    ("revoked", "value", "its column is of type String(length=80)"),
    ("scope", "number", "its column is of type Integer()"),
    ("claims", "number", "its column is of type Integer()"),
    ("claims", json_key("number", "a"), "its column is of type Integer()"),
    ("jti", "span", "its column is of type Interval()"),
    ("access_token", "value", "it does not say how the column holds the token"),
    ("access_token", Grant.value, "it does not say how the column holds the token"),
    ("access_token", json_key("value", "token"), "it does not say how the column holds the token"),
    ("access_token", [sha256("value"), "value"], "it does not say how the column holds the token"),
    ("access_token", None, "no column is known to search tokens by"),
    ("access_token", [], "no column is known to search tokens by"),
    ("access_token", plain("values"), "Grant has no column 'values'"),
    ("access_token", plain("number"), "its column is of type Integer()"),
    ("access_token", plain("digest"), "its column is of type LargeBinary(length=32)"),
    ("access_token", sha256("digest"), "its column is of type LargeBinary(length=32)"),
    ("access_token", sha256("value", "bytes"), "its column is of type String(length=80)"),
    ("access_token", sha256("value", "base32"), "sha256 knows no encoding 'base32'"),
    ("access_token", plain("client.name"), "'client.name' lies in another table"),
    ("client_id", None, "no column is known for it"),
    (
        "client_id",
        "client_id",
        "its column is of type Integer(), but that of Client is String(length=80)",
    ),
    ("client_id", "uid", "its column is of type Uuid(), but that of Client is String(length=80)"),
    ("client_id", json_key("value", "client"), "clients are not looked up inside JSON"),
    ("exp", "client.settings", "its column is of type JSON()"),
]

CLIENT_MISTAKES: list[tuple[str, Any, str]] = [
    ("client_id", None, "no column is known for it"),
    ("client_id", json_key("settings", "id"), "clients are not looked up inside JSON"),
    ("client_secret", None, "no column is known for it"),
    ("client_secret", "password", "Client has no column 'password'"),
    ("client_secret", sha256("secret"), "secrets are not looked up by digest"),
    ("enabled", "name", "its column is of type String(length=80)"),
    ("resources", "id", "its column is of type Integer()"),
    ("resources", "grants.value", "the relationship 'grants' in 'grants.value' leads to many rows"),
]


@pytest.mark.parametrize(
    ("field", "spec", "problem"), TOKEN_MISTAKES, ids=lambda value: str(value)[:60]
)
def test_a_token_mapping_that_cannot_work_is_refused(field: str, spec: Any, problem: str) -> None:
    with pytest.raises(ConfigError) as refused:
        register(token={field: spec})
    assert refused.value.key == "INTROSPECT_TOKEN_FIELDS"
    assert refused.value.problem.startswith(f"{field!r} of Grant: ")
    assert problem in refused.value.problem
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("field", "spec", "problem"), CLIENT_MISTAKES, ids=lambda value: str(value)[:60]
)
def test_a_client_mapping_that_cannot_work_is_refused(field: str, spec: Any, problem: str) -> None:
    with pytest.raises(ConfigError) as refused:
        register(client={field: spec})
    assert refused.value.key == "INTROSPECT_CLIENT_FIELDS"
    assert refused.value.problem.startswith(f"{field!r} of Client: ")
    assert problem in refused.value.problem
    assert refused.value.remedy


def test_a_field_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(
        ConfigError,
        match=r"there is no field 'colour'\. The fields are: access_token, aud, claims",
    ):
        register(token={"colour": "ends"})


@pytest.mark.parametrize(
    ("mapping", "meant"),
    [
        ({"token": {"scopes": "scope"}}, "scope"),
        ({"token": {"acces_token": "token"}}, "access_token"),
        ({"client": {"clientid": "client_id"}}, "client_id"),
    ],
)
def test_a_misspelt_field_is_told_with_the_nearest(mapping: Any, meant: str) -> None:
    with pytest.raises(ConfigError) as refused:
        register(**mapping)
    assert refused.value.remedy.startswith(f"Did you mean {meant!r}? The fields are: ")


@pytest.mark.parametrize(
    ("lookup", "named"),
    [
        (plain("bare"), "grant.bare"),
        (plain("third"), "grant.third"),
        (plain("partial"), "grant.partial"),
        (plain(sa.func.lower(Grant.value)), "grant.value"),
        ([sha256("value"), plain("bare")], "grant.bare"),
    ],
    ids=[
        "no index",
        "second in its index",
        "index over some rows",
        "an expression over an index",
        "the second of two",
    ],
)
def test_a_lookup_without_an_index_is_warned_about_by_name(
    caplog: pytest.LogCaptureFixture, lookup: Any, named: str
) -> None:
    register(token={"access_token": lookup})
    warning = (
        f"INTROSPECT_TOKEN_FIELDS: lookups by 'access_token' go through {named}, "
        "and the model declares no index"
    )
    assert [record.getMessage()[: len(warning)] for record in caplog.records] == [warning]


def test_a_client_id_without_an_index_is_warned_about_by_name(
    caplog: pytest.LogCaptureFixture,
) -> None:
    register(client={"client_id": "alias"}, token={"client_id": "client.alias"})
    assert "lookups by 'client_id' go through client.alias, and" in caplog.text


@pytest.mark.parametrize(
    "lookup",
    [
        plain("value"),
        plain("uid"),
        plain("second"),
        plain(Grant.value),
        plain(sa.func.lower(Grant.folded)),
        plain(sa.type_coerce(Grant.value, sa.Text)),
        sha256("digest", "bytes"),
    ],
    ids=[
        "unique",
        "UUID",
        "first in its index",
        "attribute",
        "indexed expression",
        "coerced",
        "bytes",
    ],
)
def test_a_lookup_with_an_index_is_not_warned_about(
    caplog: pytest.LogCaptureFixture, lookup: Any
) -> None:
    with caplog.at_level(logging.WARNING):
        register(token={"access_token": lookup})
    assert not caplog.records


def test_a_kind_may_be_an_enumeration() -> None:
    register(token={"kind": "letter"})
