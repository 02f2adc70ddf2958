"""A time means the same second on every database, in every time zone."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Mapped, mapped_column

from flask_introspect import sha256

from ..conftest import on
from ..support import INACTIVE, Host, quick_hash
from .support import as_host, engine_of

Empty = Callable[..., Flask]

END = 1640995200  # midnight in Greenwich
UTC = datetime.fromtimestamp(END, timezone.utc)
INDIA = timezone(timedelta(hours=5, minutes=30))

#: How a driver is told the time zone of its connections.
IN_INDIA = {
    "sqlite": {},
    "postgresql": {"options": "-c timezone=Asia/Kolkata"},
    "mysql": {"init_command": "SET time_zone = '+05:30'"},
}


def make_host(empty: Empty, url: str, column: Any, value: Any, **config: Any) -> Host:
    """A host with one token that ends when a column says; its connections are not in UTC."""
    db = SQLAlchemy()

    class Client(db.Model):  # type: ignore[name-defined,misc]
        client_id: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
        client_secret: Mapped[str] = mapped_column(sa.String(255))

    class Token(db.Model):  # type: ignore[name-defined,misc]
        token_digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
        client_id: Mapped[str] = mapped_column(sa.String(80))
        ends: Mapped[Any] = mapped_column(column)

    digest = sha256_of("a token")
    app = empty(
        db,
        Client(client_id="caller", client_secret=quick_hash("secret")),
        Token(token_digest=digest, client_id="caller", ends=value),
        SQLALCHEMY_ENGINE_OPTIONS={"connect_args": IN_INDIA[sa.make_url(url).get_backend_name()]},
        INTROSPECT_CLIENT_MODEL=Client,
        INTROSPECT_TOKEN_MODEL=Token,
        INTROSPECT_TOKEN_FIELDS={"access_token": sha256("token_digest"), "exp": "ends", **config},
    )
    return as_host(app)


def sha256_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@pytest.fixture(autouse=True, params=["Asia/Kolkata", "America/New_York"])
def zone_of_the_process(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (sa.DateTime(timezone=True), UTC),
        (sa.DateTime(), UTC.replace(tzinfo=None)),
        (sa.TIMESTAMP(), UTC.replace(tzinfo=None)),
        (sa.BigInteger(), END),
        (sa.Float(53), END + 0.75),
        (sa.Numeric(14, 3), Decimal(END) + Decimal("0.999")),
    ],
    ids=["with time zone", "naive", "TIMESTAMP", "epoch", "float", "decimal"],
)
def test_a_time_is_read_as_it_was_meant(
    empty: Empty, database_url: str, column: Any, value: Any
) -> None:
    host = make_host(empty, database_url, column, value)
    host.clock.now = END - 1
    assert host.ask("a token", caller=("caller", "secret")).get_json()["exp"] == END
    host.clock.now = END
    assert host.ask("a token", caller=("caller", "secret")).data == INACTIVE


# SQLite and MariaDB keep no time zone.
@pytest.mark.parametrize("database_url", [on("postgresql")], indirect=True)
def test_a_time_that_was_written_in_another_zone_is_the_same_moment(
    empty: Empty, database_url: str
) -> None:
    host = make_host(empty, database_url, sa.DateTime(timezone=True), UTC.astimezone(INDIA))
    assert host.ask("a token", caller=("caller", "secret")).get_json()["exp"] == END


@pytest.mark.parametrize("database_url", [on("mariadb")], indirect=True)
def test_what_mariadb_wrote_in_its_own_zone_is_mapped_by_an_expression(
    empty: Empty, database_url: str
) -> None:
    ends = sa.func.unix_timestamp(sa.column("ends"), type_=sa.BigInteger)
    host = make_host(empty, database_url, sa.TIMESTAMP(), UTC.replace(tzinfo=None), exp=ends)
    with engine_of(host.app).begin() as connection:
        connection.execute(sa.text(f"UPDATE token SET ends = FROM_UNIXTIME({END})"))
    assert host.ask("a token", caller=("caller", "secret")).get_json()["exp"] == END


def test_a_time_before_1970_and_one_that_no_clock_reaches_are_times(
    empty: Empty, database_url: str
) -> None:
    host = make_host(empty, database_url, sa.BigInteger(), 2**53)
    assert host.ask("a token", caller=("caller", "secret")).get_json()["exp"] == 2**53
    with engine_of(host.app).begin() as connection:
        connection.execute(sa.text("UPDATE token SET ends = -5"))
    assert host.ask("a token", caller=("caller", "secret")).data == INACTIVE
