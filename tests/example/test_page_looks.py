"""The page of the example app looks into tokens: what each caller is told, and why."""

from __future__ import annotations

import html
import json
import re
import shlex

import pytest
from flask import Flask
from flask.testing import FlaskClient

from example_app.demo import TOKEN
from example_app.models import User, db

from .pages import look, read, send
from .steps import RESOURCE_SERVER, get_users_tokens, introspect


def test_each_caller_is_told_what_is_its_business_and_the_reader_why(page: FlaskClient) -> None:
    send(page, "/token", token=TOKEN)

    seen = look(page)

    assert {name: told[:2] for name, told in seen.items()} == {
        "test_client_1": ("200", "active"),
        "resource_server": ("200", "active"),
        "jwt_api": ("404", "not_for_caller"),
        "test_client_2": ("403", "not_allowed"),
        "stranger": ("401", "no_credentials"),
    }


def test_looking_often_shuts_nobody_out(page: FlaskClient) -> None:
    send(page, "/token", token=TOKEN)

    for _ in range(21):  # more often than a secret may be wrong
        seen = look(page)

    assert seen["stranger"][:2] == ("401", "no_credentials")


def test_the_reason_is_not_sent_to_the_caller(page: FlaskClient) -> None:
    answer = introspect(page, "no such token", RESOURCE_SERVER)

    assert "unknown" not in str(answer.headers) + answer.text


def test_what_is_shown_is_what_a_caller_gets_over_the_wire(page: FlaskClient) -> None:
    send(page, "/token", token=TOKEN)

    shown = json.loads(look(page)["resource_server"][2])

    assert shown == introspect(page, TOKEN, RESOURCE_SERVER).json


def test_every_header_of_an_answer_is_shown_but_cookies(page: FlaskClient) -> None:
    send(page, "/token", token=TOKEN)

    said = html.unescape(page.get("/token").text)

    for header, value in introspect(page, TOKEN, RESOURCE_SERVER).headers.items():
        assert header == "Content-Length" or f"{header}: {value}\n" in said
    assert "Set-Cookie" not in send(page, "/code").text


def test_what_is_no_token_cannot_be_revoked(page: FlaskClient) -> None:
    send(page, "/token", token="made-up")
    assert "Revoke it" not in page.get("/token").text
    assert "How it is revoked" not in page.get("/token").text

    send(page, "/token", token=TOKEN)
    assert "Revoke it" in page.get("/token").text


def test_the_other_dialect_is_one_click_away(page: FlaskClient) -> None:
    send(page, "/token", token="no such token")

    assert look(page, "json")["resource_server"][:2] == ("404", "unknown")
    status, reason, answer = look(page, "form")["resource_server"]
    assert (status, reason, json.loads(answer)) == ("200", "unknown", {"active": False})


def test_a_revoked_tokens_next_answer_is_another_one(page: FlaskClient) -> None:
    send(page, "/client-credentials")
    assert look(page)["resource_server"][1] == "active"

    send(page, "/revoke", page="/token")

    status, reason, answer = look(page)["resource_server"]
    assert (status, reason, json.loads(answer)) == ("200", "revoked", {"active": False})


def test_a_jwt_is_looked_into_and_revoked_like_any_other_token(page: FlaskClient) -> None:
    send(page, "/jwt")
    seen = look(page)
    assert (seen["jwt_api"][1], seen["resource_server"][1]) == ("active", "not_for_caller")

    send(page, "/revoke", page="/token")

    assert look(page)["jwt_api"][1] == "revoked"


def test_a_revocation_shows_the_reasons_before_and_after_once(page: FlaskClient) -> None:
    send(page, "/client-credentials")
    send(page, "/revoke", page="/token")

    assert "before:active → revoked" in read(page.get("/token"))
    assert "before:active" not in read(page.get("/token"))


def test_what_the_server_knows_of_the_token_stands_beside_it(page: FlaskClient) -> None:
    send(page, "/token", token=TOKEN)

    said = read(page.get("/token"))

    for fact in ("access token", "test_client_1, for the user user123", "Audience my_api"):
        assert fact in said


def test_a_refresh_token_is_seen_by_its_client_alone(page: FlaskClient) -> None:
    redeemed = send(page, "/code").text
    (refresh_token,) = re.findall('name="token" value="([^"]+)"', redeemed)

    send(page, "/token", token=refresh_token)

    seen = look(page)
    assert (seen["test_client_1"][1], seen["resource_server"][1]) == ("active", "not_for_caller")


# Whose tokens are shown


@pytest.mark.parametrize("path", ["/client-credentials", "/code", "/jwt"])
def test_the_tokens_of_this_browser_can_be_looked_into_again(page: FlaskClient, path: str) -> None:
    send(page, path)
    with page.session_transaction() as session:
        token = session["token"]
    send(page, "/token", token="another")

    assert f'name="token" value="{token}"' in page.get("/").text


def test_no_page_shows_a_token_of_another_browser(page: FlaskClient, example: Flask) -> None:
    token = get_users_tokens(example.test_client())["access_token"]

    shown = page.get("/").text

    assert "not this browser's" in html.unescape(shown)
    assert token[:6] not in shown


@pytest.mark.parametrize("path", ["/", "/token"])
def test_no_stored_hash_is_shown(page: FlaskClient, example: Flask, path: str) -> None:
    with example.app_context():
        password_hash = db.session.query(User).one().password_hash
    send(page, "/token", token=TOKEN)

    assert password_hash not in html.unescape(page.get(path).text)


def test_however_many_tokens_the_cookie_is_taken(page: FlaskClient) -> None:
    send(page, "/token", token="".join(chr(33 + n * 7 % 90) for n in range(1500)))
    for path in ("/jwt", "/code", "/jwt", "/code", "/jwt"):
        answer = send(page, path)
        assert len(answer.headers["Set-Cookie"]) < 4000

    assert page.get("/").text.count('name="token" value=') > 2


def test_the_signed_answer_is_shown_decoded(page: FlaskClient) -> None:
    send(page, "/token", token=TOKEN)

    said = read(page.get("/token"))

    assert '"typ": "token-introspection+jwt"' in said
    assert '"token_introspection": { "active": true,' in said


def test_a_curl_line_asks_what_the_page_asked(page: FlaskClient) -> None:
    send(page, "/token", token="it's")

    lines = re.findall("<pre[^>]*>(curl .*?)</pre>", page.get("/token").text, re.DOTALL)

    words = shlex.split(html.unescape(lines[0]))
    assert words == [
        *["curl", "-i", "-u", "test_client_1:test_secret"],
        "http://localhost/v1/oauth/introspect",
        *["-H", "Content-Type: application/json", "-d", '{"token": "it\'s"}'],
    ]


@pytest.mark.parametrize("token", ["<script>alert(1)</script>", '"><img src=x>', "\x00", "é" * 9])
def test_whatever_is_typed_is_text(page: FlaskClient, token: str) -> None:
    send(page, "/token", token=token)

    shown = page.get("/token")

    assert shown.status_code == 200
    assert "<script>alert" not in shown.text
    assert "<img src=x" not in shown.text


def test_what_does_not_fit_into_a_cookie_is_refused(page: FlaskClient) -> None:
    send(page, "/token", token="x" * 5000)

    assert "longer than any token" in read(page.get("/"))
