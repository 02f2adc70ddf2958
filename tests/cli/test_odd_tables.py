"""Commands on columns of other types: enumerations, dates, UUIDs, flags, composite keys."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timezone
from enum import Enum
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from flask_introspect import introspect_bp, sha256
from flask_introspect.admin import database_problem

from ..support import NOW, Clock, quick_hash
from .conftest import CLI

CLIENT = "0b5a8a52-4b43-4f6c-9a53-9d5f0f4f3a11"


class Base(DeclarativeBase): ...


class Type(Enum):
    access = "access"
    refresh = "refresh"


class OddClient(Base):
    __tablename__ = "odd_client"
    client_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    client_secret: Mapped[list[Any] | str | None] = mapped_column(sa.JSON)
    enabled: Mapped[int] = mapped_column(sa.SmallInteger)
    may_introspect: Mapped[bool] = mapped_column(default=True)
    public: Mapped[datetime | None] = mapped_column(sa.DateTime)
    resources: Mapped[str | None] = mapped_column(sa.Text)


class OddToken(Base):
    __tablename__ = "odd_token"
    shard: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=7)
    digest: Mapped[bytes] = mapped_column(
        sa.LargeBinary(32).with_variant(sa.VARBINARY(32), "mysql"), primary_key=True
    )
    client_id: Mapped[uuid.UUID]
    kind: Mapped[Type]
    scope: Mapped[list[str] | None] = mapped_column(sa.JSON)
    aud: Mapped[str | None] = mapped_column(sa.Text)
    exp: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    nbf: Mapped[datetime] = mapped_column(sa.DateTime)
    revoked: Mapped[datetime | None] = mapped_column(sa.DateTime)
    refresh_exp: Mapped[int | None]


class Strict(Base):
    __tablename__ = "strict_client"
    client_id: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    client_secret: Mapped[str | None] = mapped_column(sa.Text)
    owner: Mapped[str] = mapped_column(sa.String(10))
    plan: Mapped[str] = mapped_column(sa.String(10))


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    engine = sa.create_engine(database_url)
    Base.metadata.create_all(engine)
    yield engine
    Base.metadata.drop_all(engine)
    engine.dispose()


@pytest.fixture(params=["engine", "connection", "session"])
def odd(request: pytest.FixtureRequest, engine: sa.Engine, clock: Clock) -> Iterator[CLI]:
    """The command line of a host without Flask-SQLAlchemy, by whatever INTROSPECT_SESSION gives."""
    session = sa.orm.Session(engine)
    connection = engine.connect()
    given = {"engine": engine, "connection": connection, "session": session}[request.param]
    yield CLI(make_app(clock, OddClient, INTROSPECT_SESSION=lambda: given))
    session.close()
    connection.close()


def make_app(clock: Clock, client: type, **config: Any) -> Flask:
    app = Flask("odd")
    app.config.update(
        {
            "INTROSPECT_CLIENT_MODEL": client,
            "INTROSPECT_TOKEN_MODEL": OddToken,
            "INTROSPECT_TOKEN_FIELDS": {"access_token": sha256("digest", "bytes")},
            "INTROSPECT_CLOCK": clock,
            "INTROSPECT_SECRET_HASHER": quick_hash,
            **config,
        }
    )
    app.register_blueprint(introspect_bp)
    return app


def test_a_client_is_added_changed_and_listed(odd: CLI, engine: sa.Engine) -> None:
    odd.json("client", "add", CLIENT, "--resource", "a", "--resource", "b", "--right", "none")
    added = {
        "client_id": CLIENT,
        "enabled": True,
        "public": False,
        "right": "none",
        "resources": ["a", "b"],
    }
    listed = odd.json("client", "list")["clients"][0]
    assert {name: listed[name] for name in added} == added
    odd("client", "disable", CLIENT)
    assert odd.json("client", "list")["clients"][0]["enabled"] is False
    odd("client", "rotate", CLIENT, "--keep", "60")
    with engine.connect() as connection:
        assert [
            each["expires_at"]
            for each in connection.execute(sa.select(OddClient.client_secret)).scalar_one()
        ] == [
            None,
            NOW + 60,
        ]


def test_a_public_client_is_public_since_now(odd: CLI, engine: sa.Engine) -> None:
    odd("client", "add", CLIENT, "--public")
    with engine.connect() as connection:
        assert connection.execute(sa.select(OddClient.public)).scalar_one() == datetime(
            2021, 12, 31, 3, 46, 40
        )


@pytest.mark.parametrize(
    ("options", "kind"), [((), "access_token"), (("--refresh",), "refresh_token")]
)
def test_a_token_is_issued_explained_revoked_and_purged(
    odd: CLI, options: tuple[str, ...], kind: str
) -> None:
    odd("client", "add", CLIENT)
    issued = odd.json("token", "issue", CLIENT, "--scope", "read write", "--aud", "one", *options)
    said = odd.json("explain", stdin=issued["token"])
    assert (said["reason"], said["rows"][0]["kind"]) == ("active", kind)
    assert said["rows"][0]["exp"] == NOW + 3600
    assert said["answers"]["application/json"]["body"]["scope"] == "read write"
    assert odd.json("token", "revoke", stdin=issued["token"]) == {"revoked": [kind]}
    assert odd.json("explain", stdin=issued["token"])["reason"] == "revoked"
    odd.app.config["INTROSPECT_CLOCK"].now = NOW + 60
    assert odd.json("purge", "--older-than", "61")["tables"][0]["rows"] == 0
    assert odd.json("purge", "--older-than", "60")["tables"][0]["rows"] == 1


def test_a_composite_key_is_purged_in_batches(odd: CLI, engine: sa.Engine) -> None:
    now = datetime(2021, 1, 1, tzinfo=timezone.utc)
    columns = {
        "client_id": uuid.UUID(CLIENT),
        "kind": Type.access,
        "exp": now,
        "nbf": now.replace(tzinfo=None),
    }
    with engine.begin() as connection:
        many = [{"shard": n % 3, "digest": bytes([n]) * 32, **columns} for n in range(20)]
        connection.execute(sa.insert(OddToken), many)
    assert odd.json("purge", "--older-than", "1d", "--batch", "3")["tables"][0]["rows"] == 20


def test_what_a_column_cannot_hold_is_said_so(odd: CLI) -> None:
    assert "says only yes or no; it cannot say 'own'" in odd.refusal(
        "client", "add", CLIENT, "--right", "own"
    )
    assert "odd_client.client_id cannot hold the client id 'no-uuid'" in odd.refusal(
        "client", "add", "no-uuid"
    )


def test_a_column_that_must_be_filled_is_named(engine: sa.Engine, clock: Clock) -> None:
    fields = {
        "access_token": sha256("digest", "bytes"),
        "client_id": sa.cast(OddToken.client_id, sa.String(36)),
    }
    run = CLI(
        make_app(clock, Strict, INTROSPECT_SESSION=lambda: engine, INTROSPECT_TOKEN_FIELDS=fields)
    )
    said = run.refusal("client", "add", "api")
    assert "strict_client cannot be added to: it needs a value for owner, plan. No option" in said
    assert "holds 10 characters, and this client id needs 11" in run.refusal(
        "client", "add", "x" * 11
    )


def test_an_error_that_quotes_what_was_sent_is_shown_without_it() -> None:
    error = OperationalError(
        "SELECT :token", {"token": "sesame"}, Exception("near 'sesame': syntax error")
    )
    assert (
        database_problem(error)
        == "The database did not do it: Exception: near '[...]': syntax error"
    )
