"""An API that gets JWT access tokens, and signed answers."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import jwt
from flask import Flask
from flask.testing import FlaskClient

from ..support import basic

TOKEN, INTROSPECT = "/v1/oauth/token", "/v1/oauth/introspect"
AUDIENCE = "https://jwt-api.example"


def get_token(http: FlaskClient, resource: str = AUDIENCE) -> Any:
    form = {"grant_type": "client_credentials", "scope": "read", "resource": resource}
    return http.post(TOKEN, data=form, headers=basic("test_client_1", "test_secret"))


def introspect(http: FlaskClient, token: str, caller: tuple[str, str], **headers: str) -> Any:
    return http.post(INTROSPECT, data={"token": token}, headers={**basic(*caller), **headers})


def test_the_api_gets_a_jwt_and_looks_into_it(http: FlaskClient) -> None:
    token = get_token(http).json["access_token"]
    header = jwt.get_unverified_header(token)
    assert (header["typ"], header["alg"]) == ("at+jwt", "ES256")
    claims = introspect(http, token, ("jwt_api", "jwt_secret")).json
    assert claims["active"] is True
    assert (claims["aud"], claims["scope"], claims["sub"]) == (AUDIENCE, "read", "test_client_1")


def test_another_api_sees_nothing_of_it(http: FlaskClient) -> None:
    token = get_token(http).json["access_token"]
    answer = introspect(http, token, ("resource_server", "resource_secret"))
    assert answer.json == {"active": False}


def test_it_is_not_kept_and_can_be_revoked(http: FlaskClient, example: Flask) -> None:
    from example_app.models import Token, db

    token = get_token(http).json["access_token"]
    with example.app_context():
        held = db.session.scalars(db.select(Token.access_token)).all()
    assert token not in held
    revoked = http.post(
        "/v1/oauth/revoke", data={"token": token}, headers=basic("test_client_1", "test_secret")
    )
    assert revoked.status_code == 200
    assert introspect(http, token, ("jwt_api", "jwt_secret")).json == {"active": False}


def test_an_unknown_api_gets_no_token(http: FlaskClient) -> None:
    answer = get_token(http, "https://elsewhere.example")
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_target")


def test_an_answer_is_signed_with_a_published_key(http: FlaskClient) -> None:
    token = get_token(http).json["access_token"]
    accept = {"Accept": "application/token-introspection+jwt"}
    answer = introspect(http, token, ("jwt_api", "jwt_secret"), **accept)
    (key,) = http.get("/jwks.json").json["keys"]
    claims = jwt.decode(answer.data, jwt.PyJWK(key).key, ["ES256"], audience="jwt_api")
    assert claims["token_introspection"]["active"] is True


def test_the_metadata_names_where_the_keys_are_and_how_to_ask(http: FlaskClient) -> None:
    metadata = http.get("/.well-known/oauth-authorization-server").json
    assert metadata["jwks_uri"] == "http://localhost:4000/jwks.json"
    assert metadata["introspection_endpoint"] == "http://localhost:4000" + INTROSPECT
    assert metadata["introspection_signing_alg_values_supported"] == ["ES256"]
    assert "private_key_jwt" in metadata["introspection_endpoint_auth_methods_supported"]


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    from example_app.jwts import make_keys

    path = Path(make_keys(str(tmp_path / "new")))
    made = path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert make_keys(str(tmp_path / "new")) == str(path)
    assert path.read_bytes() == made
