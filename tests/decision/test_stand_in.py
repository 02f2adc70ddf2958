"""What is done about a token that there is not, for the sake of time, is seen by nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Mapped, mapped_column

from flask_introspect import json_key, plain
from flask_introspect.records import Kind
from flask_introspect.storage.connections import EngineConnections
from flask_introspect.storage.mapping import map_client, map_token
from flask_introspect.storage.statements import TokenSearch

from ..support import Host


@pytest.mark.parametrize(
    "token", ["nothing", "tok\0en", "x" * 9000], ids=["unknown", "NUL", "long"]
)
def test_a_callable_is_not_asked_about_a_token_that_there_is_not(
    make_host: Callable[..., Host], token: str
) -> None:
    asked: list[Any] = []
    host = make_host(INTROSPECT_POLICY=lambda caller, token: bool(asked.append(token)))
    host.add_client()
    host.add_token("another's", "elsewhere", claims={"tenant": "acme"})
    assert host.ask(token).status_code == 404
    assert asked == []
    assert host.ask("another's").status_code == 404
    assert [(each.client_id, each.claims) for each in asked] == [("elsewhere", {"tenant": "acme"})]


@pytest.mark.parametrize("caller", ["any", "audience", "own"])
def test_an_unknown_token_leaves_no_trace_in_the_log(
    make_host: Callable[..., Host], caller: str, caplog: pytest.LogCaptureFixture
) -> None:
    host = make_host()
    host.add_client(may_introspect=caller, resources=["*"])
    assert host.ask("nothing").status_code == 404
    assert not caplog.records


def test_what_cannot_be_read_of_another_s_token_stays_unread(
    make_host: Callable[..., Host], caplog: pytest.LogCaptureFixture
) -> None:
    host = make_host()
    host.add_client(resources=["my_api"])
    host.add_token("another's", "elsewhere", aud="other_api", claims=["no object"])
    assert host.ask("another's").status_code == 404
    assert not caplog.records


db = SQLAlchemy()


class OddToken(db.Model):
    value: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    text: Mapped[str] = mapped_column(sa.Text)
    raw: Mapped[bytes]
    number: Mapped[int]
    uid: Mapped[UUID]
    document: Mapped[Any] = mapped_column(sa.JSON)
    array: Mapped[list[str]] = mapped_column(postgresql.ARRAY(sa.Text))
    enum: Mapped[Kind]


class NumberedClient(db.Model):
    number: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[UUID]
    raw: Mapped[bytes]
    secret: Mapped[str]


@pytest.mark.parametrize("client_id", ["number", "uid", "raw"])
@pytest.mark.parametrize(
    "audience",
    [
        "text",
        "document",
        "array",
        json_key("document", "for", "whom"),
        json_key("text", "aud"),
        sa.cast(OddToken.number, sa.Text),
        sa.func.coalesce(OddToken.text, "x"),
        None,
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", [None, "text", "enum"])
def test_a_stand_in_has_the_shape_that_the_columns_have(
    audience: Any, client_id: str, kind: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    columns = {"client_id": client_id, "client_secret": "secret"}
    clients = map_client(NumberedClient, columns, "CLIENT_FIELDS")
    columns = {
        "access_token": plain("value"),
        "client_id": client_id,
        "aud": audience,
        "kind": kind,
    }
    table = map_token(OddToken, columns, "TOKEN_FIELDS", clients)
    caplog.clear()  # of the warnings about indexes
    _, token = TokenSearch(table, EngineConnections(sa.create_engine("sqlite://")), None).stand_in()
    assert token.client_id is not None
    assert token.aud == (() if audience is None else ("nobody",))
    assert token.unreadable is None
    assert not caplog.records
