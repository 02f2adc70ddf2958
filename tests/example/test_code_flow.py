"""A user logs in and consents, a client gets tokens for the code, refreshes and revokes them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from flask.testing import FlaskClient

from example_app.models import User
from example_app.oauth import AuthorizationCodeGrant, RefreshTokenGrant

from .steps import (
    BLIND_CLIENT,
    INACTIVE,
    REDIRECT_URI,
    RESOURCE_SERVER,
    authorization_request,
    get_code,
    get_users_tokens,
    introspect,
    introspect_json,
    log_in,
    redeem,
    redirect_parameters,
    refresh,
    revoke,
    submit,
)

INVALID_GRANT = (400, "invalid_grant")


# The tokens, as introspection sees them


def test_the_access_token_speaks_for_the_user(http: FlaskClient) -> None:
    answer = introspect(http, get_users_tokens(http)["access_token"], RESOURCE_SERVER).json

    assert answer["active"] is True
    assert answer["username"] == answer["sub"] == "user123"
    assert answer["client_id"] == "test_client_1"
    assert answer["scope"] == "read write"


def test_the_client_sees_its_refresh_token_which_has_no_type(http: FlaskClient) -> None:
    answer = introspect(http, get_users_tokens(http)["refresh_token"]).json

    assert answer["active"] is True
    assert "token_type" not in answer


def test_no_resource_server_ever_sees_a_refresh_token(http: FlaskClient) -> None:
    refresh_token = get_users_tokens(http)["refresh_token"]

    assert introspect(http, refresh_token, RESOURCE_SERVER).json == INACTIVE
    assert introspect_json(http, refresh_token, RESOURCE_SERVER).status_code == 404


def test_a_client_that_may_see_nothing_is_refused(http: FlaskClient) -> None:
    assert introspect(http, get_users_tokens(http)["access_token"], BLIND_CLIENT).status_code == 403


# Codes


def test_a_public_client_needs_no_secret(http: FlaskClient) -> None:
    code = get_code(http, client_id="public_client")

    token = redeem(http, code, None, client_id="public_client").json["access_token"]

    assert introspect(http, token, RESOURCE_SERVER).json["client_id"] == "public_client"


def test_a_client_with_a_secret_has_to_use_it(http: FlaskClient) -> None:
    answer = redeem(http, get_code(http), None, client_id="test_client_1")

    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("client_id", ["test_client_1", "public_client"])
@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge": None},
        {"code_challenge_method": None},
        {"code_challenge_method": "plain"},
    ],
    ids=["no PKCE", "no challenge", "no method", "plain"],
)
def test_no_client_gets_a_code_without_pkce_by_s256(
    http: FlaskClient, client_id: str, changes: dict[str, None]
) -> None:
    answer = http.get(
        "/v1/oauth/authorize", query_string=authorization_request(client_id=client_id, **changes)
    )

    assert redirect_parameters(answer)["error"] == "invalid_request"
    assert redirect_parameters(answer)["state"] == "xyz"


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "x" * 43},
        {"redirect_uri": "http://localhost:4000/other"},
        {"code": "no-such-code"},
    ],
    ids=["wrong verifier", "wrong redirect URI", "wrong code"],
)
def test_a_code_counts_only_with_what_it_was_asked_for(
    http: FlaskClient, changes: dict[str, str]
) -> None:
    answer = redeem(http, **{"code": get_code(http), **changes})

    assert (answer.status_code, answer.json["error"]) == INVALID_GRANT


def test_a_code_counts_only_for_the_client_that_got_it(http: FlaskClient) -> None:
    answer = redeem(http, get_code(http, client_id="public_client"))

    assert (answer.status_code, answer.json["error"]) == INVALID_GRANT


def test_a_code_used_twice_revokes_what_was_issued_on_it(http: FlaskClient) -> None:
    code = get_code(http)
    first = redeem(http, code).json
    second = refresh(http, first["refresh_token"]).json

    answer = redeem(http, code)

    assert (answer.status_code, answer.json["error"]) == INVALID_GRANT
    for tokens in (first, second):
        assert introspect(http, tokens["access_token"]).json == INACTIVE
        assert introspect(http, tokens["refresh_token"]).json == INACTIVE


# Refreshing


def test_refreshing_rotates_the_refresh_token(http: FlaskClient) -> None:
    old = get_users_tokens(http)

    new = refresh(http, old["refresh_token"]).json

    assert introspect(http, old["refresh_token"]).json == INACTIVE
    assert introspect(http, new["refresh_token"]).json["active"] is True
    assert introspect(http, new["access_token"], RESOURCE_SERVER).json["username"] == "user123"


def test_refreshing_leaves_the_old_access_token_to_expire(http: FlaskClient) -> None:
    old = get_users_tokens(http)

    refresh(http, old["refresh_token"])

    assert introspect(http, old["access_token"]).json["active"] is True


def test_a_rotated_refresh_token_that_comes_back_ends_the_whole_grant(http: FlaskClient) -> None:
    old = get_users_tokens(http)
    new = refresh(http, old["refresh_token"]).json

    answer = refresh(http, old["refresh_token"])

    assert (answer.status_code, answer.json["error"]) == INVALID_GRANT
    assert introspect(http, new["access_token"]).json == INACTIVE
    assert introspect(http, new["refresh_token"]).json == INACTIVE


def test_only_its_own_client_can_use_a_refresh_token(http: FlaskClient) -> None:
    answer = refresh(http, get_users_tokens(http)["refresh_token"], None, client_id="public_client")

    assert (answer.status_code, answer.json["error"]) == INVALID_GRANT


def test_an_access_token_is_no_refresh_token(http: FlaskClient) -> None:
    answer = refresh(http, get_users_tokens(http)["access_token"])

    assert (answer.status_code, answer.json["error"]) == INVALID_GRANT


def test_refreshing_keeps_the_scope_and_says_so(http: FlaskClient) -> None:
    assert (
        refresh(http, get_users_tokens(http)["refresh_token"], scope="read").json["scope"]
        == "read write"
    )


def test_refreshing_never_widens_the_scope(http: FlaskClient) -> None:
    tokens = redeem(http, get_code(http, scope="read")).json

    answer = refresh(http, tokens["refresh_token"], scope="read write")

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize("grant_type", [AuthorizationCodeGrant, RefreshTokenGrant])
def test_of_two_requests_with_the_same_code_or_token_one_wins(
    example: Flask, http: FlaskClient, monkeypatch: pytest.MonkeyPatch, grant_type: type
) -> None:
    if grant_type is AuthorizationCodeGrant:
        step, secret = redeem, get_code(http)
    else:
        step, secret = refresh, get_users_tokens(http)["refresh_token"]
    both_have_read_it = Barrier(2, timeout=10)
    authenticate_user = grant_type.authenticate_user

    def wait_for_the_other(grant: object, credential: object) -> User:
        both_have_read_it.wait()
        return authenticate_user(grant, credential)

    monkeypatch.setattr(grant_type, "authenticate_user", wait_for_the_other)
    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda _: step(example.test_client(), secret), range(2)))

    assert sorted(answer.status_code for answer in answers) == [200, 400]


# Revocation


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "no_such_type", ""])
def test_revoking_the_refresh_token_revokes_all_of_the_grant(http: FlaskClient, hint: str) -> None:
    old = get_users_tokens(http)
    new = refresh(http, old["refresh_token"]).json

    assert revoke(http, new["refresh_token"], token_type_hint=hint).status_code == 200

    for token in (old["access_token"], new["access_token"], new["refresh_token"]):
        assert introspect(http, token).json == INACTIVE


def test_revoking_the_access_token_leaves_the_refresh_token(http: FlaskClient) -> None:
    tokens = get_users_tokens(http)

    revoke(http, tokens["access_token"])

    assert introspect(http, tokens["access_token"]).json == INACTIVE
    assert introspect(http, tokens["refresh_token"]).json["active"] is True
    assert refresh(http, tokens["refresh_token"]).status_code == 200


# The two pages


def test_the_user_logs_in_and_then_sees_who_asks_for_what(http: FlaskClient) -> None:
    back = log_in(http)

    page = http.get(back.location)

    assert back.status_code == 303
    assert "Test client 1" in page.text
    assert "read write" in page.text


def test_a_wrong_password_leads_back_to_the_login_page(http: FlaskClient) -> None:
    page = http.get(log_in(http, "wrong").location)

    assert "Wrong name or password" in page.text
    assert 'name="password"' in page.text


def test_a_user_who_says_no_is_taken_at_their_word(http: FlaskClient) -> None:
    log_in(http)

    answer = redirect_parameters(submit(http, authorization_request(), answer="deny"))

    assert answer["error"] == "access_denied"
    assert answer["state"] == "xyz"


@pytest.mark.parametrize("token", ["", "forged", "gefälscht"])
def test_consent_needs_the_token_of_the_form(http: FlaskClient, token: str) -> None:
    log_in(http)

    answer = submit(http, authorization_request(), answer="allow", csrf_token=token)

    assert answer.status_code == 400


@pytest.mark.parametrize(
    "redirect_uri", ["https://evil.example/", REDIRECT_URI + "/more", 'http://"', "http://é"]
)
def test_nobody_is_sent_to_an_address_that_is_not_registered(
    http: FlaskClient, redirect_uri: str
) -> None:
    answer = http.get(
        "/v1/oauth/authorize", query_string=authorization_request(redirect_uri=redirect_uri)
    )

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    assert answer.location is None


def test_the_pages_cannot_be_framed(http: FlaskClient) -> None:
    page = http.get("/v1/oauth/authorize", query_string=authorization_request())

    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
