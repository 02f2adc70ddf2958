"""A client gets a token for itself, looks into it, and revokes it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from .steps import (
    CLIENT,
    INACTIVE,
    RESOURCE_SERVER,
    Credentials,
    get_own_token,
    introspect,
    introspect_json,
    request_token,
    revoke,
)

Ask = Callable[[FlaskClient, str, Credentials], TestResponse]


def test_the_token_is_active_and_speaks_for_the_client_alone(http: FlaskClient) -> None:
    answer = introspect(http, get_own_token(http)).json

    assert answer["active"] is True
    assert answer["client_id"] == answer["sub"] == "test_client_1"
    assert "username" not in answer


def test_its_resource_server_sees_it_too(http: FlaskClient) -> None:
    assert introspect(http, get_own_token(http), RESOURCE_SERVER).json["active"] is True


def test_no_two_tokens_share_an_id(http: FlaskClient) -> None:
    first, second = (introspect(http, get_own_token(http)).json["jti"] for _ in range(2))

    assert first != second


@pytest.mark.parametrize("ask", [introspect, introspect_json])
@pytest.mark.parametrize("caller", [CLIENT, RESOURCE_SERVER])
def test_a_revoked_token_is_inactive_on_the_very_next_call(
    http: FlaskClient, ask: Ask, caller: Credentials
) -> None:
    token = get_own_token(http)
    assert ask(http, token, caller).json["active"] is True

    assert revoke(http, token).status_code == 200

    assert ask(http, token, caller).json == INACTIVE


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "no_such_type", ""])
def test_a_hint_never_keeps_a_token_from_being_revoked(http: FlaskClient, hint: str) -> None:
    token = get_own_token(http)

    assert revoke(http, token, token_type_hint=hint).status_code == 200

    assert introspect(http, token).json == INACTIVE


def test_revoking_an_unknown_token_succeeds(http: FlaskClient) -> None:
    assert revoke(http, "no-such-token").status_code == 200


def test_revoking_nothing_is_a_bad_request(http: FlaskClient) -> None:
    answer = http.post("/v1/oauth/revoke", auth=CLIENT)

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")


def test_a_client_cannot_revoke_the_token_of_another(http: FlaskClient) -> None:
    token = get_own_token(http)

    assert revoke(http, token, RESOURCE_SERVER).status_code == 400

    assert introspect(http, token).json["active"] is True


def test_the_token_has_the_scope_that_was_asked_for(http: FlaskClient) -> None:
    answer = request_token(http, grant_type="client_credentials", scope="read").json

    assert answer["scope"] == introspect(http, answer["access_token"]).json["scope"] == "read"


def test_no_scope_asked_for_means_the_registered_one(http: FlaskClient) -> None:
    assert request_token(http, grant_type="client_credentials").json["scope"] == "read write"


def test_an_unsupported_scope_is_refused(http: FlaskClient) -> None:
    answer = request_token(http, grant_type="client_credentials", scope="admin")

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_scope")


def test_no_refresh_token_comes_with_it(http: FlaskClient) -> None:
    assert "refresh_token" not in request_token(http, grant_type="client_credentials").json


def test_a_client_that_is_not_registered_for_the_grant_is_refused(http: FlaskClient) -> None:
    answer = request_token(http, RESOURCE_SERVER, grant_type="client_credentials")

    assert (answer.status_code, answer.json["error"]) == (400, "unauthorized_client")


@pytest.mark.parametrize(
    "client",
    [
        ("test_client_1", "wrong"),
        ("test_client_1", "wröng"),
        ("nobody", "x"),
        ("public_client", "x"),
    ],
)
def test_a_client_that_does_not_prove_itself_is_refused(
    http: FlaskClient, client: Credentials
) -> None:
    answer = request_token(http, client, grant_type="client_credentials")

    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


def test_credentials_that_cannot_be_read_are_a_bad_request(http: FlaskClient) -> None:
    latin_1 = {"Authorization": "Basic dGVzdF9jbGllbnRfMTr/"}
    answer = http.post(
        "/v1/oauth/token", data={"grant_type": "client_credentials"}, headers=latin_1
    )

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")


def test_tokens_are_not_stored_by_caches(http: FlaskClient) -> None:
    assert (
        request_token(http, grant_type="client_credentials").headers["Cache-Control"] == "no-store"
    )
