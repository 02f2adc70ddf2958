"""The page of the example app: what it shows, and from whom it takes a form."""

from __future__ import annotations

import html
import re
import shlex
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from example_app.demo import PASSWORD, SECRETS, TOKEN, USERNAME
from example_app.models import Token, db

from .pages import HIDDEN, look, read, send

# Logging in


def test_the_page_shows_the_demonstrations_user_and_password(http: FlaskClient) -> None:
    said = read(http.get("/"))

    assert USERNAME in said
    assert PASSWORD in said


def test_a_wrong_password_is_told(http: FlaskClient) -> None:
    send(http, "/log-in", username=USERNAME, password="wrong")

    assert "Wrong name or password" in read(http.get("/"))


@pytest.mark.parametrize("path", ["/token", "/code", "/client-credentials", "/callback?code=x"])
def test_nothing_is_shown_to_who_has_not_logged_in(http: FlaskClient, path: str) -> None:
    assert (http.get(path).status_code, http.get(path).location) == (303, "/")


def test_who_logs_out_is_out(page: FlaskClient) -> None:
    send(page, "/log-out")

    assert page.get("/token").location == "/"
    assert PASSWORD in read(page.get("/"))


def test_clients_and_tokens_are_listed(page: FlaskClient) -> None:
    said = read(page.get("/"))

    for client_id, secret in SECRETS.items():
        assert client_id in said
        assert secret in said
    assert "test_client_1 user123 read write my_api live Look" in said


@pytest.mark.parametrize(
    ("client_id", "said"),
    [
        ("test_client_1", "Test client 1 test_secret audience (the default) –"),
        ("test_client_2", "Test client 2 test_secret_2 none –"),
        ("public_client", "Browser app nothing: it is public nothing: it may not ask –"),
        ("secret_signer", f"– assertions, signed with {SECRETS['secret_signer']} audience"),
        ("key_signer", "– assertions, signed with its key audience (the default) my_api"),
    ],
)
def test_the_list_says_how_a_client_proves_itself(
    page: FlaskClient, client_id: str, said: str
) -> None:
    assert f"{client_id} {said}" in read(page.get("/"))


# Getting a token


def test_client_credentials_take_one_click(page: FlaskClient) -> None:
    said = read(send(page, "/client-credentials"))

    assert "POST /v1/oauth/token HTTP/1.1" in said
    assert "grant_type=client_credentials&scope=read" in said
    assert '"token_type": "Bearer"' in said
    assert look(page)["test_client_1"][:2] == ("200", "active")


def test_client_credentials_are_shown_before_they_are_sent(
    page: FlaskClient, example: Flask
) -> None:
    def count() -> int:
        with example.app_context():
            return db.session.query(Token).count()

    before = count()
    said = read(page.get("/client-credentials"))

    assert "grant_type=client_credentials" in said
    assert "access_token" not in said
    assert count() == before


def test_the_code_flow_takes_one_click(page: FlaskClient) -> None:
    said = read(send(page, "/code"))

    assert "code_challenge_method=S256" in said
    assert "Location: http://localhost/callback?code=" in said
    assert "code_verifier=" in said
    assert '"refresh_token"' in said
    assert '"username": "user123"' in look(page)["resource_server"][2]


def test_the_code_flow_goes_step_by_step(page: FlaskClient) -> None:
    way = html.unescape(re.search('class="button" href="([^"]+)"', page.get("/code").text)[1])  # type: ignore[index]
    consent = page.get(way)
    assert "Allow Test client 1?" in read(consent)
    back = page.post(
        way,
        data={"csrf_token": HIDDEN.search(consent.text)[1], "answer": "allow"},  # type: ignore[index]
    )
    arrived = page.get(back.location)
    assert parse_qs(urlsplit(back.location).query)["code"][0] in read(arrived)
    assert '"access_token"' not in read(arrived)

    said = read(send(page, "/callback", page=back.location))

    assert "step 3 of 3" in said
    assert '"access_token"' in said
    assert look(page)["resource_server"][:2] == ("200", "active")


def test_a_code_with_another_state_is_not_redeemed(page: FlaskClient) -> None:
    page.get("/code")

    said = read(page.get("/callback?code=stolen&state=others"))

    assert "the state is not this browser's" in said
    assert "code_verifier" not in said


@pytest.mark.parametrize("query", ["code=stolen", "code=stolen&state="], ids=["none", "empty"])
def test_a_code_without_a_state_is_not_redeemed(page: FlaskClient, query: str) -> None:
    said = read(page.get(f"/callback?{query}"))

    assert "the state is not this browser's" in said


def test_a_state_counts_until_its_code_is_redeemed(page: FlaskClient) -> None:
    page.get("/code")
    with page.session_transaction() as session:
        back = f"/callback?code=x&state={session['state']}"
    send(page, "/callback", page=back)

    said = read(page.get(back))

    assert "the state is not this browser's" in said


def test_the_shown_line_of_a_spent_code_revokes_its_tokens(page: FlaskClient) -> None:
    shown = send(page, "/code").text
    lines = re.findall("<pre[^>]*>(curl .*?)</pre>", shown, re.DOTALL)
    words = shlex.split(html.unescape(lines[-1]))
    form = dict(each.split("=", 1) for each in words if each.startswith(("grant", "code", "redir")))

    again = page.post("/v1/oauth/token", data=form, auth=tuple(words[3].split(":")))

    assert again.json["error"] == "invalid_grant"
    assert look(page)["test_client_1"][1] == "revoked"


def test_a_refusal_that_comes_back_is_shown(page: FlaskClient) -> None:
    said = read(page.get("/callback?error=access_denied&state=xyz"))

    assert "access_denied" in said


def test_a_code_is_redeemed_once(page: FlaskClient) -> None:
    said = read(send(page, "/callback"))

    assert "400 BAD REQUEST" in said
    assert "Look into the token" not in said


@pytest.mark.parametrize("address", ["localhost:4000", "127.0.0.1:4711", "localhost"])
def test_the_code_flow_works_at_each_address_of_this_machine(
    page: FlaskClient, address: str
) -> None:
    base = f"http://{address}"
    found = HIDDEN.search(page.get("/", base_url=base).text)
    assert found
    fields = {"csrf_token": found[1], "username": USERNAME, "password": PASSWORD}
    page.post("/log-in", base_url=base, data=fields)
    found = HIDDEN.search(page.get("/", base_url=base).text)
    assert found

    said = read(page.post("/code", base_url=base, data={"csrf_token": found[1]}))

    assert f"Location: {base}/callback?code=" in said
    assert '"access_token"' in said


# Who may send what


@pytest.mark.parametrize(
    "path",
    [
        "/log-in",
        "/log-out",
        "/client-credentials",
        "/jwt",
        "/code",
        "/callback",
        "/token",
        "/revoke",
    ],
)
@pytest.mark.parametrize("fields", [{}, {"csrf_token": "forged"}], ids=["none", "forged"])
def test_a_form_from_elsewhere_changes_nothing(
    page: FlaskClient, example: Flask, path: str, fields: dict[str, str]
) -> None:
    send(page, "/token", token=TOKEN)
    with example.app_context():
        before = db.session.query(Token).count()

    refused = page.post(path, data={**fields, "token": "another"})

    assert refused.status_code == 400
    assert "Nothing was done" in refused.text
    assert look(page)["test_client_1"][1] == "active"
    with example.app_context():
        assert db.session.query(Token).count() == before


@pytest.mark.parametrize("path", ["/", "/token", "/code", "/client-credentials", "/callback"])
def test_no_page_holds_code_or_style_or_is_kept(page: FlaskClient, path: str) -> None:
    send(page, "/token", token=TOKEN)

    answer = page.get(path)

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert "<style" not in answer.text
    assert not re.search(r"\sstyle=|\son\w+=", answer.text)
    assert not re.search("<script(?! src)", answer.text)


def test_the_sessions_cookie_stays_with_this_site(http: FlaskClient) -> None:
    cookie = http.get("/").headers["Set-Cookie"]

    assert "SameSite=Lax" in cookie
    assert "HttpOnly" in cookie


# A person at an address for clients


def test_a_person_who_brings_no_parameters_is_led_to_the_page(http: FlaskClient) -> None:
    answer = http.get("/v1/oauth/authorize", headers={"Accept": "text/html"})

    assert answer.status_code == 400
    assert 'href="/"' in answer.text


def test_a_person_who_cannot_be_sent_back_is_told_why(http: FlaskClient) -> None:
    query = {"response_type": "code", "client_id": "nobody"}
    accept = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    answer = http.get("/v1/oauth/authorize", query_string=query, headers=accept)

    assert answer.status_code == 400
    assert "<code>invalid_client</code>" in answer.text
    assert 'href="/"' in answer.text


@pytest.mark.parametrize("accept", [None, "*/*", "application/json"])
def test_a_client_that_brings_no_parameters_gets_its_error(
    http: FlaskClient, accept: str | None
) -> None:
    answer = http.get("/v1/oauth/authorize", headers={"Accept": accept} if accept else {})

    assert (answer.status_code, answer.json["error"]) == (400, "unsupported_response_type")
