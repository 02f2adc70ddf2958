"""What a client, a user's browser and a resource server do, one function for each step."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

Credentials = tuple[str, str]

CLIENT = ("test_client_1", "test_secret")
BLIND_CLIENT = ("test_client_2", "test_secret_2")
RESOURCE_SERVER = ("resource_server", "resource_secret")
REDIRECT_URI = "http://localhost:4000/callback"

#: RFC 7636, appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

INACTIVE = {"active": False}


def introspect(http: FlaskClient, token: str, caller: Credentials = CLIENT) -> TestResponse:
    """Ask the way of RFC 7662."""
    return http.post("/v1/oauth/introspect", data={"token": token}, auth=caller)


def introspect_json(http: FlaskClient, token: str, caller: Credentials = CLIENT) -> TestResponse:
    """Ask the way of the documented API."""
    return http.post("/v1/oauth/introspect", json={"token": token}, auth=caller)


def request_token(
    http: FlaskClient, client: Credentials | None = CLIENT, **form: str
) -> TestResponse:
    return http.post("/v1/oauth/token", data=form, auth=client)


def get_own_token(http: FlaskClient, client: Credentials = CLIENT) -> str:
    token: str = request_token(http, client, grant_type="client_credentials").json["access_token"]
    return token


def revoke(
    http: FlaskClient, token: str, client: Credentials = CLIENT, **form: str
) -> TestResponse:
    return http.post("/v1/oauth/revoke", data={"token": token, **form}, auth=client)


def authorization_request(**changes: str | None) -> dict[str, str]:
    """A request for a code that would be granted.

    ``changes`` replace a parameter, or leave it out with None.
    """
    parameters = {
        "response_type": "code",
        "client_id": "test_client_1",
        "redirect_uri": REDIRECT_URI,
        "scope": "read write",
        "state": "xyz",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changes,
    }
    return {name: value for name, value in parameters.items() if value is not None}


def submit(http: FlaskClient, parameters: dict[str, str], **fields: str) -> TestResponse:
    """Open the page at the authorization endpoint, fill in its form and send it."""
    page = http.get("/v1/oauth/authorize", query_string=parameters)
    hidden = re.search('name="csrf_token" value="([^"]+)"', page.text)
    assert hidden, page.text
    fields = {"csrf_token": hidden[1], **fields}
    return http.post("/v1/oauth/authorize", query_string=parameters, data=fields)


def log_in(http: FlaskClient, password: str = "demo-password") -> TestResponse:
    return submit(http, authorization_request(), username="user123", password=password)


def redirect_parameters(response: TestResponse) -> dict[str, str]:
    """What the authorization server sends back to the client by way of the browser."""
    assert response.status_code == 302
    assert response.location.startswith(REDIRECT_URI)
    return {name: values[0] for name, values in parse_qs(urlsplit(response.location).query).items()}


def get_code(http: FlaskClient, **changes: str | None) -> str:
    log_in(http)
    return redirect_parameters(submit(http, authorization_request(**changes), answer="allow"))[
        "code"
    ]


def redeem(
    http: FlaskClient, code: str, client: Credentials | None = CLIENT, **changes: str
) -> TestResponse:
    form = {"redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER, **changes}
    return request_token(http, client, grant_type="authorization_code", code=code, **form)


def get_users_tokens(http: FlaskClient) -> dict[str, Any]:
    """The whole code flow: an access token of user123, and a refresh token."""
    tokens: dict[str, Any] = redeem(http, get_code(http)).json
    return tokens


def refresh(
    http: FlaskClient, refresh_token: str, client: Credentials | None = CLIENT, **form: str
) -> TestResponse:
    return request_token(
        http, client, grant_type="refresh_token", refresh_token=refresh_token, **form
    )
