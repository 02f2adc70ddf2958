"""Rows that hold what no one should have written: never a 500, and never more than is due."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Mapped, mapped_column

from flask_introspect import plain

from ..support import DIALECTS, INACTIVE, Host, quick_hash
from .support import as_host

pytestmark = pytest.mark.usefixtures("no_collection")

Empty = Callable[..., Flask]
CALLER = ("caller", "secret")
DEEP = "[" * 20_000
NESTED = '{"a":' * 10_000 + "1" + "}" * 10_000

db = SQLAlchemy()


class Client(db.Model):
    client_id: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    client_secret: Mapped[str] = mapped_column(sa.Text)
    resources: Mapped[str | None] = mapped_column(sa.Text)
    visible_claims: Mapped[str | None] = mapped_column(sa.Text)
    visible_scopes: Mapped[str | None] = mapped_column(sa.Text)
    jwks: Mapped[str | None] = mapped_column(sa.Text)


class Token(db.Model):
    value: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    client_id: Mapped[str] = mapped_column(sa.String(80), default="caller")
    scope: Mapped[str | None] = mapped_column(sa.Text)
    aud: Mapped[str | None] = mapped_column(sa.Text)
    claims: Mapped[str | None] = mapped_column(sa.Text)


def make_host(empty: Empty, token: dict[str, Any], client: dict[str, Any]) -> Host:
    row = {"client_id": CALLER[0], "client_secret": quick_hash(CALLER[1]), **client}
    config = {
        "INTROSPECT_CLIENT_MODEL": Client,
        "INTROSPECT_TOKEN_MODEL": Token,
        "INTROSPECT_TOKEN_FIELDS": {"access_token": plain("value")},
    }
    return as_host(empty(db, Client(**row), Token(value="a token", **token), **config))


def spoken(columns: dict[str, str]) -> str:
    return ", ".join(f"{name}={value[:8]}" for name, value in columns.items())


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "columns",
    [
        {"claims": '{"n": NaN}'},
        {"claims": '{"n": -Infinity}'},
        {"claims": '{"n": 1e999}'},
        {"claims": DEEP},
        {"claims": NESTED},
        {"claims": '{"a": ' + "[" * 60 + "]" * 60 + "}"},
        {"claims": '{"a": "\\ud800"'},
        {"claims": '{"n": ' + "9" * 5000 + "}"},
        {"aud": DEEP},
        {"aud": "[" * 500 + "]" * 500},
        {"scope": DEEP + '"'},
        {"scope": '["read", 1]'},
    ],
    ids=spoken,
)
def test_a_token_row_that_is_hostile_is_inactive(
    empty: Empty, columns: dict[str, str], dialect: str, caplog: pytest.LogCaptureFixture
) -> None:
    host = make_host(empty, columns, {})
    for _ in range(2):
        assert host.ask("a token", caller=CALLER, dialect=dialect).data == INACTIVE
    assert f"Token.{next(iter(columns))} cannot be read" in caplog.text


@pytest.mark.slow
@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "columns",
    [
        {"client_secret": DEEP},
        {"client_secret": "[" * 500 + "]" * 500},
        {"client_secret": '[{"hash": ' + DEEP},
        {"client_secret": '[{"hash": "x", "expires_at": NaN}]'},
        {"client_secret": '[{"hash": "x", "expires_at": ' + "9" * 5000 + "}]"},
        {"resources": DEEP},
        {"resources": "[NaN]"},
        {"visible_claims": DEEP},
        {"visible_scopes": DEEP},
        {"jwks": DEEP},
        {"jwks": '{"keys": NaN}'},
    ],
    ids=spoken,
)
def test_a_client_row_that_is_hostile_is_refused(
    empty: Empty, columns: dict[str, str], dialect: str, caplog: pytest.LogCaptureFixture
) -> None:
    host = make_host(empty, {}, columns)
    for _ in range(2):
        assert host.ask("a token", caller=CALLER, dialect=dialect).status_code == 401
    assert "caller" in caplog.text


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"visible_scopes": ""}, {"active": True, "client_id": "caller", "sub": "caller"}),
        ({"visible_claims": ""}, {"active": True}),
        ({"visible_claims": "[]"}, {"active": True}),
    ],
    ids=str,
)
def test_an_empty_limit_lets_nothing_through(
    empty: Empty, columns: dict[str, str], told: dict[str, Any]
) -> None:
    host = make_host(empty, {"scope": "read write"}, columns)
    answer = host.ask("a token", caller=CALLER).get_json()
    answer.pop("iss", None)
    assert answer == told


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        ("read write", "read write"),
        ('["read", "write"]', "read write"),
        ("[]", None),
        ("[read", "[read"),
        ("[1]", "[1]"),
        (DEEP, DEEP),
        ("[read] write", "[read] write"),
    ],
    ids=lambda value: str(value)[:16],
)
def test_scopes_in_a_text_are_read_as_they_are_written(
    empty: Empty, stored: str, told: str | None
) -> None:
    host = make_host(empty, {"scope": stored}, {})
    assert host.ask("a token", caller=CALLER).get_json().get("scope") == told
