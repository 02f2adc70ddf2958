"""Columns of CHAR(n), which PostgreSQL pads: found as they were written, byte for byte."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Mapped, mapped_column

from flask_introspect import plain, sha256
from flask_introspect.endpoint import endpoints_of

from ..conftest import on
from ..support import DIALECTS, Host, quick_hash, statements
from .support import as_host

Empty = Callable[..., Flask]
CALLER = ("caller", "secret")
DIGEST = hashlib.sha256(b"hashed").hexdigest()

db = SQLAlchemy()


class Client(db.Model):
    client_id: Mapped[str] = mapped_column(sa.CHAR(12), primary_key=True)
    client_secret: Mapped[str] = mapped_column(sa.CHAR(100))
    may_introspect: Mapped[str | None] = mapped_column(sa.CHAR(12))


class Token(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[str | None] = mapped_column(sa.CHAR(12), unique=True)
    digest: Mapped[str | None] = mapped_column(sa.CHAR(80), unique=True)
    client_id: Mapped[str] = mapped_column(sa.CHAR(20), default="caller")
    scope: Mapped[str | None] = mapped_column(sa.CHAR(20))
    kind: Mapped[str | None] = mapped_column(sa.CHAR(16))


@pytest.fixture
def host(empty: Empty) -> Host:
    rows: list[Any] = [
        Client(client_id="caller", client_secret=quick_hash("secret"), may_introspect="own"),
        Client(client_id="full-length1", client_secret=quick_hash("secret")),
        Token(value="short", scope="read", kind="access"),
        Token(value="full-length1"),
        Token(digest=DIGEST),
        Token(value="others", client_id="full-length1"),
    ]
    config: dict[str, Any] = {
        "INTROSPECT_CLIENT_MODEL": Client,
        "INTROSPECT_TOKEN_MODEL": Token,
        "INTROSPECT_TOKEN_FIELDS": {"access_token": [sha256("digest"), plain("value")]},
    }
    return as_host(empty(db, *rows, **config))


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("token", ["short", "full-length1", "hashed"])
def test_a_padded_token_is_found(host: Host, token: str, dialect: str) -> None:
    for _ in range(2):
        assert host.ask(token, caller=CALLER, dialect=dialect).get_json()["active"] is True


@pytest.mark.parametrize(
    "token",
    ["short ", "short       ", "Short", "full-length1 ", "full-length12", " short", DIGEST],
)
def test_another_text_is_another_token(host: Host, token: str) -> None:
    for _ in range(2):
        assert host.ask(token, caller=CALLER).status_code == 404


def test_a_padded_client_id_is_found_whatever_its_length(host: Host) -> None:
    for _ in range(2):
        answer = host.ask("others", caller=("full-length1", "secret")).get_json()
        assert (answer["active"], answer["client_id"]) == (True, "full-length1")


@pytest.mark.parametrize("client_id", ["caller ", "caller      ", "Caller", "full-length12"])
def test_another_text_is_another_client(host: Host, client_id: str) -> None:
    for _ in range(2):
        assert host.ask("short", caller=(client_id, "secret")).status_code == 401


def test_nothing_is_told_with_its_padding(host: Host) -> None:
    answer = host.ask("short", caller=CALLER).get_json()
    assert answer.items() >= {"client_id": "caller", "scope": "read", "sub": "caller"}.items()


def test_the_index_of_a_padded_column_is_seen(host: Host) -> None:
    store = endpoints_of(host.app)["introspect"].store
    assert [table.unindexed for table in (store.clients, *store.tokens)] == [(), ()]


@pytest.mark.parametrize("database_url", [on("postgresql")], indirect=True)
def test_the_index_of_a_padded_column_is_used(host: Host) -> None:
    with statements() as sent:
        host.ask("short", caller=CALLER)
        host.ask("short", caller=CALLER)
    with host.app.app_context(), db.engine.begin() as connection:
        connection.execute(sa.text("SET enable_seqscan = off"))
        values = {f"key_{n}": "x" for n in range(2)} | {"client_id": "x"}
        plan = connection.exec_driver_sql(f"EXPLAIN {sent[-1]}", values).scalars().all()
    assert not [line for line in plan if "Seq Scan" in line]
