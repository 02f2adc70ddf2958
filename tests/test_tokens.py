"""What is said of tokens of every kind, and of rows as hosts really have them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from flask_introspect import Kind, sha256
from flask_introspect.secrets import token_digest
from flask_introspect.models import TokenMixin

from .support import DOCUMENTED, FORM, INACTIVE, JSON, NOW, Client, Host, Token, db

DIALECTS = [pytest.param(JSON, id="json"), pytest.param(FORM, id="form")]


def add(host: Host, token: str = "t", client_id: str = "test_client_1", **columns: Any) -> None:
    """A token with nothing but what is given."""
    host.save(Token.issue(client_id, token=token, **{"iat": None, "exp": None, **columns})[0])


def told(host: Host, token: str = "t", **request: Any) -> dict[str, Any]:
    answer: dict[str, Any] = host.ask(token, **request).get_json()
    return answer


# Members


def test_a_bare_token_is_told_with_what_there_is(host: Host) -> None:
    add(host)
    assert list(told(host).items()) == [
        ("active", True),
        ("client_id", "test_client_1"),
        ("token_type", "Bearer"),
        ("sub", "test_client_1"),
        ("iss", "http://localhost:4000"),
    ]


@pytest.mark.parametrize(
    ("columns", "sub", "username"),
    [
        ({"sub": "s", "username": "u"}, "s", "u"),
        ({"username": "u"}, "u", "u"),
        ({"sub": "s"}, "s", None),
        ({}, "test_client_1", None),
        ({"sub": "", "username": ""}, "test_client_1", None),
    ],
    ids=str,
)
def test_sub_is_always_there_and_a_client_credentials_token_has_no_username(
    host: Host, columns: dict[str, str], sub: str, username: str | None
) -> None:
    add(host, **columns)
    answer = told(host)
    assert (answer["sub"], answer.get("username")) == (sub, username)
    assert ("username" in answer) is (username is not None)


def test_a_token_that_never_expires_has_no_exp(host: Host) -> None:
    add(host, iat=NOW)
    host.clock.now = 2**60
    assert "exp" not in told(host)
    assert told(host)["iat"] == NOW


@pytest.mark.parametrize("column", ["scope", "username", "sub", "aud", "jti", "token_type", "iat", "exp", "nbf"])
def test_nothing_is_ever_null(host: Host, column: str) -> None:
    host.add_token("holed")
    host.change(Token, {"token_digest": token_digest("holed")}, **{column: None})
    answer = told(host, "holed")
    assert None not in answer.values()
    if column != "sub":
        assert column not in answer


@pytest.mark.parametrize(
    ("aud", "answer"),
    [
        ("my_api", "my_api"),
        (["my_api"], "my_api"),
        (["other", "my_api"], ["other", "my_api"]),
        ([], None),
        ("", None),
        (None, None),
    ],
    ids=str,
)
def test_aud_is_a_string_or_an_array_where_there_are_several(host: Host, aud: Any, answer: Any) -> None:
    add(host, aud=aud)
    assert told(host).get("aud") == answer


def test_the_rows_issuer_comes_before_the_configured_one(host: Host) -> None:
    add(host, iss="https://other.example")
    assert told(host)["iss"] == "https://other.example"


def test_without_any_issuer_there_is_no_iss(make_host: Callable[..., Host]) -> None:
    host = make_host(INTROSPECT_ISSUER=None)
    host.add_client()
    add(host)
    assert "iss" not in told(host)


@pytest.mark.parametrize("scope", ["write read", "b a c", "openid", "a  b"])
def test_scope_keeps_its_order(host: Host, scope: str) -> None:
    add(host, scope=scope)
    assert told(host)["scope"] == scope


@pytest.mark.parametrize("token_type", ["Bearer", "DPoP", "N_A"])
def test_the_token_type_is_the_rows(host: Host, token_type: str) -> None:
    add(host, token_type=token_type)
    assert told(host)["token_type"] == token_type


def test_text_of_every_language_survives(host: Host) -> None:
    add(host, username='Ünïcödé 😀 \u2028 "<&>', claims={"name": "日本語"})
    assert (told(host)["username"], told(host)["name"]) == ('Ünïcödé 😀 \u2028 "<&>', "日本語")
    assert host.ask("t").data.isascii()


# Claims of the host's own


def test_claims_come_after_the_documented_members_and_never_replace_one(host: Host) -> None:
    claims = {"cnf": {"jkt": "x"}, "active": False, "sub": "evil", "username": "evil", "acr": None, "auth_time": 0}
    add(host, claims=claims)
    answer = told(host)
    assert list(answer)[-2:] in (["cnf", "auth_time"], ["auth_time", "cnf"])  # MySQL's JSON orders keys its own way
    assert (answer["active"], answer["sub"], answer["cnf"]) == (True, "test_client_1", {"jkt": "x"})
    assert "username" not in answer
    assert "acr" not in answer


def test_the_hosts_callable_adds_claims_and_sees_the_caller(make_host: Callable[..., Host]) -> None:
    def extra(token: Any, caller: Any) -> dict[str, Any]:
        return {
            "kind": token.kind.value,
            "for": caller.client_id,
            "sub": "evil",
            "none": None,
            "tenant": "callable",
        }

    host = make_host(INTROSPECT_EXTRA_CLAIMS=extra)
    host.add_client()
    add(host, claims={"tenant": "row", "more": [1]})
    answer = told(host)
    assert {name: answer[name] for name in ("kind", "for", "sub", "tenant", "more")} == {
        "kind": "access_token",
        "for": "test_client_1",
        "sub": "test_client_1",
        "tenant": "callable",
        "more": [1],
    }
    assert "none" not in answer


@pytest.mark.parametrize("nothing", [None, {}], ids=str)
def test_the_hosts_callable_may_have_nothing_to_say(make_host: Callable[..., Host], nothing: Any) -> None:
    host = make_host(INTROSPECT_EXTRA_CLAIMS=lambda token, caller: nothing)
    host.add_client(resources=["my_api"])
    host.add_token()
    assert told(host, "documented") == DOCUMENTED


def test_the_hosts_callable_is_not_asked_about_tokens_that_are_not_active(make_host: Callable[..., Host]) -> None:
    asked: list[Any] = []
    host = make_host(INTROSPECT_EXTRA_CLAIMS=lambda token, caller: asked.append(token))
    host.add_client()
    add(host, "revoked", revoked_at=1)
    add(host, "foreign", "elsewhere")
    for token in ("revoked", "foreign", "nothing"):
        host.ask(token)
    assert asked == []


# Refresh tokens


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
def test_a_refresh_token_has_its_own_end_and_revocation(host: Host, columns: dict[str, int]) -> None:
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
    "columns", [{"aud": [1]}, {"aud": {"a": 1}}, {"claims": ["x"]}, {"claims": "x"}, {"aud": 7}], ids=str
)
def test_a_token_that_cannot_be_read_is_inactive_for_its_client_and_unknown_to_others(
    host: Host, columns: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    host.add_client("gateway", may_introspect="any", resources=["*"])
    add(host, "unreadable-t0ken", **columns)
    assert host.ask("unreadable-t0ken").data == INACTIVE
    assert f"Token.{next(iter(columns))} cannot be read" in caplog.text
    assert "unreadable-t0ken" not in caplog.text
    if "aud" in columns:
        assert host.ask("unreadable-t0ken", caller=("gateway", "test_secret")).status_code in (200, 404)


# Times


class Dated(db.Model):  # type: ignore[name-defined, misc]
    """A host's table that keeps times as datetimes, and revocation as a flag."""

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    client: Mapped[str] = mapped_column(sa.String(99))
    issued: Mapped[datetime | None]
    ends: Mapped[datetime | None]
    begins: Mapped[float | None] = mapped_column(sa.Double)
    gone: Mapped[bool] = mapped_column(default=False)


DATED = {
    "INTROSPECT_TOKEN_MODEL": Dated,
    "INTROSPECT_TOKEN_FIELDS": {
        "access_token": sha256("digest"),
        "client_id": "client",
        "iat": "issued",
        "exp": "ends",
        "nbf": "begins",
        "revoked": "gone",
    },
}


@pytest.fixture(params=["UTC", "America/New_York", "Asia/Kolkata", "Pacific/Kiritimati"])
def time_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    assert os.environ.get("TZ") != request.param or request.param == "UTC"
    time.tzset()


def test_naive_datetimes_are_utc_whatever_the_machines_time_zone(
    make_host: Callable[..., Host], time_zone: str
) -> None:
    host = make_host(**DATED)
    host.add_client()
    host.save(
        Dated(
            digest=token_digest("t"),
            client="test_client_1",
            issued=datetime(2021, 12, 31, 2, 46, 40),
            ends=datetime(2022, 1, 1),
            begins=1640918800.9,
        )
    )
    answer = told(host)
    assert (answer["iat"], answer["exp"], answer["nbf"]) == (1640918800, 1640995200, 1640918800)
    host.clock.now = 1640995200
    assert host.ask("t").data == INACTIVE


def test_a_revocation_may_be_a_flag(make_host: Callable[..., Host]) -> None:
    host = make_host(**DATED)
    host.add_client()
    host.save(Dated(digest=token_digest("t"), client="test_client_1", gone=True))
    assert host.ask("t").data == INACTIVE


@pytest.mark.parametrize("revoked_at", [1, NOW - 1, NOW + 10**6])
def test_a_token_with_any_time_of_revocation_is_revoked_whatever_the_clocks_say(host: Host, revoked_at: int) -> None:
    add(host, revoked_at=revoked_at)
    assert host.ask("t").data == INACTIVE


# Several tables


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


def test_a_token_for_others_in_one_table_does_not_hide_one_in_the_next(make_host: Callable[..., Host]) -> None:
    host = make_host(INTROSPECT_TOKEN_MODEL=[Token, Refresh])
    host.add_client()
    add(host, "same", "elsewhere")
    host.save(Refresh.issue("test_client_1", token="same", exp=None)[0])
    assert told(host, "same")["client_id"] == "test_client_1"
