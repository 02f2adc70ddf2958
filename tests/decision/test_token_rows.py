"""Refresh tokens, tokens of clients that are gone, rows that cannot be read, several tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flask_introspect import Kind
from flask_introspect.endpoint import endpoints_of
from flask_introspect.models import TokenMixin
from flask_introspect.secrets import token_digest

from ..support import DIALECTS, INACTIVE, NOW, Client, Host, Token, db
from .support import add, told


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token"])
def test_a_refresh_token_is_found_whatever_the_hint_and_has_no_token_type(
    host: Host, dialect: str, hint: str | None
) -> None:
    add(host, kind=Kind.REFRESH, scope="read", exp=NOW + 10)
    answer = told(host, dialect=dialect, **({"token_type_hint": hint} if hint else {}))
    assert answer["active"] is True
    assert answer["exp"] == NOW + 10
    assert "token_type" not in answer


@pytest.mark.parametrize("columns", [{"exp": NOW}, {"revoked_at": NOW}, {"nbf": NOW + 1}], ids=str)
def test_a_refresh_token_has_its_own_end_and_revocation(
    host: Host, columns: dict[str, int]
) -> None:
    add(host, kind=Kind.REFRESH, **columns)
    add(host, "access")
    assert host.ask("t").data == INACTIVE
    assert told(host, "access")["active"] is True


@pytest.mark.parametrize("right", ["audience", "any"])
def test_a_refresh_token_is_seen_by_its_client_alone(host: Host, right: str) -> None:
    host.add_client("gateway", may_introspect=right, resources=["*"])
    add(host, kind=Kind.REFRESH, aud="my_api")
    assert told(host)["active"] is True
    assert host.ask("t", caller=("gateway", "test_secret")).status_code == 404


def test_a_row_of_an_unknown_kind_is_an_unknown_token(host: Host) -> None:
    add(host)
    host.change(Token, {"token_digest": token_digest("t")}, kind="id_token")
    assert host.ask("t").status_code == 404


def test_an_unknown_kind_is_logged_once_for_each_word(
    fresh_host: Host, caplog: pytest.LogCaptureFixture
) -> None:
    for token, kind in (("t", "id_token"), ("u", "id_token"), ("v", "x" * 16)):
        add(fresh_host, token)
        fresh_host.change(Token, {"token_digest": token_digest(token)}, kind=kind)
    for _ in range(2):
        for token in "tuv":
            assert fresh_host.ask(token).status_code == 404
    assert caplog.messages == [
        f"Token.kind holds {word!r}, which is no kind of token; such rows are passed over"
        for word in ("id_token", "x" * 16)
    ]


def test_only_so_many_unknown_kinds_are_logged(
    fresh_host: Host, caplog: pytest.LogCaptureFixture
) -> None:
    add(fresh_host)
    for n in range(40):
        fresh_host.change(Token, {"token_digest": token_digest("t")}, kind=f"word {n}")
        assert fresh_host.ask("t").status_code == 404
    assert len(caplog.messages) == 32


def test_a_reading_says_what_is_odd_about_the_rows(host: Host) -> None:
    add(host)
    host.change(Token, {"token_digest": token_digest("t")}, kind="id_token")
    with host.app.app_context():
        endpoint = endpoints_of(host.app)["introspect"]
        for with_token in (False, True):
            reading = endpoint.tokens.reading("t")
            reading.client("test_client_1", with_token=with_token)
            assert list(reading.tokens()) == []
            assert reading.oddities == ["Token.kind holds 'id_token', which is no kind of token"]


@pytest.mark.parametrize("kind", ["access", "ACCESS_TOKEN", "refresh"])
def test_a_kind_may_be_written_shorter_or_in_capitals(host: Host, kind: str) -> None:
    add(host)
    host.change(Token, {"token_digest": token_digest("t")}, kind=kind)
    assert told(host)["active"] is True
    assert ("token_type" in told(host)) is (kind != "refresh")


# The token's own client


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_token_of_a_disabled_or_deleted_client_is_inactive(host: Host, dialect: str) -> None:
    host.add_client("app")
    host.add_token("t", "app")
    assert told(host, dialect=dialect)["active"] is True
    host.change(Client, {"client_id": "app"}, enabled=False)
    assert host.ask("t", dialect=dialect).data == INACTIVE
    with host.app.app_context():
        db.session.execute(db.delete(Client).where(Client.client_id == "app"))
        db.session.commit()
    assert host.ask("t", dialect=dialect).data == INACTIVE


def test_a_token_of_a_client_of_almost_the_same_name_is_inactive(host: Host) -> None:
    """A collation that ignores case or trailing blanks finds the client; we compare again."""
    host.add_client("app")
    host.add_token("upper", "APP")
    host.add_token("blank", "app ")
    assert host.ask("upper").data == INACTIVE
    assert host.ask("blank").data == INACTIVE


# Rows that cannot be read


@pytest.mark.parametrize(
    "columns",
    [{"aud": [1]}, {"aud": {"a": 1}}, {"claims": ["x"]}, {"claims": "x"}, {"aud": 7}],
    ids=str,
)
def test_a_token_that_cannot_be_read_is_inactive_or_unknown(
    host: Host, columns: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    host.add_client("gateway", may_introspect="any", resources=["*"])
    add(host, "unreadable-t0ken", **columns)
    assert host.ask("unreadable-t0ken").data == INACTIVE
    assert f"Token.{next(iter(columns))} cannot be read" in caplog.text
    assert "unreadable-t0ken" not in caplog.text
    if "aud" in columns:
        assert host.ask("unreadable-t0ken", caller=("gateway", "test_secret")).status_code in (
            200,
            404,
        )


class Refresh(db.Model, TokenMixin):  # type: ignore[name-defined, misc]
    """Refresh tokens in a table of their own."""


def test_tokens_are_found_in_each_of_several_tables(make_host: Callable[..., Host]) -> None:
    host = make_host(INTROSPECT_TOKEN_MODEL=[Token, Refresh])
    host.add_client(resources=["my_api"])
    host.add_token("access")
    host.save(Refresh.issue("test_client_1", token="refresh", kind="refresh_token", exp=NOW + 1)[0])
    for hint in ({}, {"token_type_hint": "access_token"}, {"token_type_hint": "refresh_token"}):
        for _ in range(2):
            assert told(host, "access", **hint)["active"] is True
            assert "token_type" not in told(host, "refresh", **hint)
            assert host.ask("neither", **hint).status_code == 404


def test_a_token_for_others_in_one_table_does_not_hide_one_in_the_next(
    make_host: Callable[..., Host],
) -> None:
    host = make_host(INTROSPECT_TOKEN_MODEL=[Token, Refresh])
    host.add_client()
    add(host, "same", "elsewhere")
    host.save(Refresh.issue("test_client_1", token="same", iat=1, exp=None)[0])
    assert told(host, "same")["client_id"] == "test_client_1"
