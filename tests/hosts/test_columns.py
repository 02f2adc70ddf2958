"""What a field can be mapped to."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, column_property, mapped_column, synonym

from flask_introspect import json_key, plain, sha256

from ..conftest import on
from ..support import Host, quick_hash
from .support import as_host

Empty = Callable[..., Flask]
CALLER = ("caller", "secret")

db = SQLAlchemy()


class Client(db.Model):
    client_id: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    client_secret: Mapped[str] = mapped_column(sa.String(255))


class Token(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[str | None] = mapped_column(sa.String(80), unique=True)
    number: Mapped[UUID | None] = mapped_column(unique=True)
    digest: Mapped[str | None] = mapped_column(sa.String(80), unique=True)
    raw_digest: Mapped[bytes | None] = mapped_column(
        sa.LargeBinary(32).with_variant(mysql.BINARY(32), "mysql", "mariadb"), unique=True
    )
    client_id: Mapped[str] = mapped_column(sa.String(80), default="caller")
    first: Mapped[str | None] = mapped_column(sa.String(80))
    last: Mapped[str | None] = mapped_column(sa.String(80))
    document: Mapped[Any] = mapped_column(sa.JSON, nullable=True)
    written: Mapped[str | None] = mapped_column(sa.Text)
    full: Mapped[str] = column_property(first + " " + last)
    family: Mapped[str] = synonym("last")

    @hybrid_property
    def shout(self) -> str:
        return self.last.upper()

    @shout.inplace.expression
    @classmethod
    def _shout(cls) -> sa.ColumnElement[str]:
        return sa.func.upper(cls.last)


def make_host(empty: Empty, *rows: Any, lookup: Any = None, **fields: Any) -> Host:
    config = {
        "INTROSPECT_CLIENT_MODEL": Client,
        "INTROSPECT_CLIENT_FIELDS": fields.pop("INTROSPECT_CLIENT_FIELDS", None),
        "INTROSPECT_TOKEN_MODEL": Token,
        "INTROSPECT_TOKEN_FIELDS": {"access_token": lookup or plain("value"), **fields},
    }
    client = Client(client_id=CALLER[0], client_secret=quick_hash(CALLER[1]))
    return as_host(empty(db, client, *rows, **config))


DIGEST = hashlib.sha256(b"a token").digest()


@pytest.mark.parametrize(
    ("column", "encoding", "stored"),
    [
        ("digest", "hex", DIGEST.hex()),
        ("digest", "base64", base64.b64encode(DIGEST).decode()),
        ("digest", "base64url", base64.urlsafe_b64encode(DIGEST).decode().rstrip("=")),
        ("raw_digest", "bytes", DIGEST),
    ],
)
def test_a_digest_is_found_as_it_is_written(
    empty: Empty, column: str, encoding: str, stored: Any
) -> None:
    host = make_host(empty, Token(**{column: stored}), lookup=sha256(column, encoding))
    for _ in range(2):
        assert host.ask("a token", caller=CALLER).status_code == 200
        assert host.ask("another", caller=CALLER).status_code == 404
    if isinstance(stored, str):
        assert host.ask(stored, caller=CALLER).status_code == 404


def test_a_token_that_is_a_uuid_is_found_as_it_is_usually_written(empty: Empty) -> None:
    number = UUID("6f1c2a52-3c0d-4b0e-9a53-0d6b2c0d8f11")
    host = make_host(empty, Token(number=number), lookup=plain("number"))
    assert host.ask(str(number), caller=CALLER).status_code == 200
    for other in (number.hex, str(number).upper(), f"{{{number}}}", "no UUID"):
        assert host.ask(other, caller=CALLER).status_code == 404


BOTH = [sha256("digest"), plain("value")]


@pytest.mark.parametrize(
    ("row", "presented", "status"),
    [
        ({"digest": DIGEST.hex()}, "a token", 200),
        ({"value": "a token"}, "a token", 200),
        ({"digest": DIGEST.hex(), "value": "a token"}, "a token", 200),
        ({"digest": DIGEST.hex()}, DIGEST.hex(), 404),
        ({"digest": "of another", "value": "a token"}, "a token", 404),
        ({"digest": DIGEST.hex(), "value": DIGEST.hex()}, DIGEST.hex(), 404),
    ],
    ids=[
        "hashed",
        "not yet",
        "both",
        "the digest itself",
        "left beside a digest",
        "the digest left beside itself",
    ],
)
def test_plain_text_counts_only_where_there_is_no_digest(
    empty: Empty, row: dict[str, str], presented: str, status: int
) -> None:
    host = make_host(empty, Token(**row), lookup=BOTH)
    for _ in range(2):
        assert host.ask(presented, caller=CALLER).status_code == status


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("last", "Lovelace"),
        (Token.last, "Lovelace"),
        ("full", "Ada Lovelace"),
        ("family", "Lovelace"),
        ("shout", "LOVELACE"),
        (Token.first + "." + Token.last, "Ada.Lovelace"),
        (sa.func.lower(Token.last), "lovelace"),
        (sa.literal("everybody"), "everybody"),
        (json_key("document", "user", "name"), "ada"),
        (json_key("written", "user", "name"), "ada"),
        (json_key("document", "user", "missing"), None),
        (json_key("document", "user", "name", "deeper"), None),
        (Token.document["user"]["name"].as_string(), "ada"),
        (
            sa.select(Client.client_id)
            .where(Client.client_id == Token.client_id)
            .scalar_subquery(),
            "caller",
        ),
        (
            sa.case(
                (sa.exists().where(Client.client_id == Token.client_id), "somebody"), else_="nobody"
            ),
            "somebody",
        ),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_field_may_be_mapped_to(empty: Empty, spec: Any, told: str | None) -> None:
    token = Token(
        value="a token",
        first="Ada",
        last="Lovelace",
        document={"user": {"name": "ada"}},
        written='{"user": {"name": "ada"}}',
    )
    host = make_host(empty, token, username=spec)
    for _ in range(2):
        assert host.ask("a token", caller=CALLER).get_json().get("username") == told


@pytest.mark.parametrize("enabled", [True, False])
def test_a_subquery_about_a_client_means_the_client_in_question(
    empty: Empty, enabled: bool
) -> None:
    holder = Client(client_id="holder", client_secret=quick_hash("secret"))
    letter = (
        Token(value="letter of the holder", client_id="holder")
        if enabled
        else Token(value="nobody's")
    )
    fields = {"enabled": sa.exists().where(Token.client_id == Client.client_id)}
    host = make_host(
        empty, holder, Token(value="of the caller"), letter, INTROSPECT_CLIENT_FIELDS=fields
    )
    for _ in range(2):
        assert host.ask("of the caller", caller=CALLER).get_json()["active"]
        assert host.ask("nothing", caller=("holder", "secret")).status_code == (
            404 if enabled else 401
        )


@pytest.mark.parametrize(
    "document", [None, [], "text", 5, {"user": "text"}, {"user": None}], ids=repr
)
def test_a_value_that_is_not_where_it_is_looked_for_is_none(empty: Empty, document: Any) -> None:
    host = make_host(
        empty,
        Token(value="a token", document=document),
        username=json_key("document", "user", "name"),
    )
    assert "username" not in host.ask("a token", caller=CALLER).get_json()


@pytest.mark.parametrize("database_url", [on("postgresql")], indirect=True)
def test_postgresql_s_arrays_and_jsonb_are_lists_and_documents(empty: Empty) -> None:
    own = SQLAlchemy()

    class ArrayClient(own.Model):  # type: ignore[name-defined,misc]
        client_id: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
        client_secret: Mapped[list[str]] = mapped_column(postgresql.ARRAY(sa.Text))
        resources: Mapped[list[str]] = mapped_column(postgresql.ARRAY(sa.Text))

    class ArrayToken(own.Model):  # type: ignore[name-defined,misc]
        value: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
        client_id: Mapped[str] = mapped_column(sa.String(80))
        scope: Mapped[list[str]] = mapped_column(postgresql.ARRAY(sa.Text))
        aud: Mapped[list[str]] = mapped_column(postgresql.JSONB)
        claims: Mapped[dict[str, Any]] = mapped_column(postgresql.JSONB)

    app = empty(
        own,
        ArrayClient(
            client_id="caller",
            client_secret=[quick_hash("old"), quick_hash("secret")],
            resources=["an API"],
        ),
        ArrayToken(
            value="a token",
            client_id="caller",
            scope=["b", "a"],
            aud=["an API"],
            claims={"tenant": "acme"},
        ),
        INTROSPECT_CLIENT_MODEL=ArrayClient,
        INTROSPECT_TOKEN_MODEL=ArrayToken,
        INTROSPECT_TOKEN_FIELDS={"access_token": plain("value")},
    )
    for _ in range(2):
        answer = as_host(app).ask("a token", caller=CALLER).get_json()
        assert (answer["scope"], answer["aud"], answer["tenant"]) == ("b a", "an API", "acme")
