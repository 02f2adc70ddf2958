"""The members of an answer, and claims of the host's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flask_introspect.secrets import token_digest

from ..support import DOCUMENTED, NOW, Host, Token
from .support import add, told


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


@pytest.mark.parametrize(
    "column", ["scope", "username", "sub", "aud", "jti", "token_type", "iat", "exp", "nbf"]
)
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
def test_aud_is_a_string_or_an_array_where_there_are_several(
    host: Host, aud: Any, answer: Any
) -> None:
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
    claims = {
        "cnf": {"jkt": "x"},
        "active": False,
        "sub": "evil",
        "username": "evil",
        "acr": None,
        "auth_time": 0,
    }
    add(host, claims=claims)
    answer = told(host)
    assert list(answer)[-2:] in (
        ["cnf", "auth_time"],
        ["auth_time", "cnf"],
    )  # MySQL's JSON orders keys its own way
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
def test_the_hosts_callable_may_have_nothing_to_say(
    make_host: Callable[..., Host], nothing: Any
) -> None:
    host = make_host(INTROSPECT_EXTRA_CLAIMS=lambda token, caller: nothing)
    host.add_client(resources=["my_api"])
    host.add_token()
    assert told(host, "documented") == DOCUMENTED


def test_the_hosts_callable_is_not_asked_about_tokens_that_are_not_active(
    make_host: Callable[..., Host],
) -> None:
    asked: list[Any] = []
    host = make_host(INTROSPECT_EXTRA_CLAIMS=lambda token, caller: asked.append(token))
    host.add_client()
    add(host, "revoked", revoked_at=1)
    add(host, "foreign", "elsewhere")
    for token in ("revoked", "foreign", "nothing"):
        host.ask(token)
    assert asked == []
