"""What the README promises of a server that was just started."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from example_app import create_app
from example_app.demo import TOKEN, seed
from example_app.models import Client, Token, User, db

from .steps import BLIND_CLIENT, INACTIVE, RESOURCE_SERVER, introspect, introspect_json, revoke


def test_the_seeded_token_gets_the_documented_answer(http: FlaskClient) -> None:
    answer = introspect_json(http, TOKEN)

    iat = answer.json["iat"]
    assert answer.status_code == 200
    assert list(answer.json.items()) == [
        ("active", True),
        ("scope", "read write"),
        ("client_id", "test_client_1"),
        ("username", "user123"),
        ("token_type", "Bearer"),
        ("exp", iat + 30 * 24 * 3600),
        ("iat", iat),
        ("nbf", iat),
        ("sub", "user123"),
        ("aud", "my_api"),
        ("iss", "http://localhost:4000"),
        ("jti", "b8e3bc09-cf9a-40c5-a5ad-e5f1240c2f4a"),
    ]
    assert iat <= time.time()


def test_a_form_gets_the_same_answer_as_json(http: FlaskClient) -> None:
    assert introspect(http, TOKEN).data == introspect_json(http, TOKEN).data


def test_an_unknown_token_gets_the_documented_404_in_json(http: FlaskClient) -> None:
    answer = introspect_json(http, "no-such-token")

    assert answer.status_code == 404
    assert answer.json == {
        "code": "404000",
        "status_code": 404,
        "status": "undefined",
        "error": "Access token not found",
    }


def test_an_unknown_token_is_inactive_to_a_form(http: FlaskClient) -> None:
    assert introspect(http, "no-such-token").json == INACTIVE


def test_the_resource_server_sees_the_tokens_for_its_audience(http: FlaskClient) -> None:
    assert introspect(http, TOKEN, RESOURCE_SERVER).json["aud"] == "my_api"


def test_the_second_client_may_see_nothing(http: FlaskClient) -> None:
    answer = introspect(http, TOKEN, BLIND_CLIENT)

    assert (answer.status_code, answer.json["error"]) == (403, "unauthorized_client")


@pytest.mark.parametrize(
    "caller", [("test_client_1", "wrong"), ("nobody", "test_secret"), ("public_client", "")]
)
def test_a_caller_that_does_not_prove_itself_is_refused(
    http: FlaskClient, caller: tuple[str, str]
) -> None:
    answer = introspect(http, TOKEN, caller)

    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")


def test_seeding_again_keeps_the_data(example: Flask, http: FlaskClient) -> None:
    def rows() -> list[int | None]:
        return [
            db.session.scalar(select(func.count()).select_from(model))
            for model in (User, Client, Token)
        ]

    before = introspect(http, TOKEN).data
    with example.app_context():
        counted = rows()
        seed()
        assert rows() == counted
    assert introspect(http, TOKEN).data == before


def test_seeding_again_renews_an_expired_token(example: Flask, http: FlaskClient) -> None:
    with example.app_context():
        db.session.execute(update(Token).values(issued_at=1640918800, expires_in=76400))
        db.session.commit()
    assert introspect(http, TOKEN).json == INACTIVE

    with example.app_context():
        seed()

    assert introspect(http, TOKEN).json["active"] is True


def test_seeding_again_renews_a_revoked_token(example: Flask, http: FlaskClient) -> None:
    revoke(http, TOKEN)
    assert introspect(http, TOKEN).json == INACTIVE

    with example.app_context():
        seed()

    assert introspect(http, TOKEN).json["active"] is True


def test_flask_seed_does_it_from_the_command_line(example: Flask) -> None:
    assert example.test_cli_runner().invoke(args=["seed"]).exit_code == 0


def test_port_and_database_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    database = f"sqlite:///{tmp_path}/elsewhere.db"
    monkeypatch.setenv("PORT", "5000")
    monkeypatch.setenv("DATABASE_URL", database)

    config = create_app().config

    assert config["PORT"] == 5000
    assert config["INTROSPECT_ISSUER"] == "http://localhost:5000"
    assert config["SQLALCHEMY_DATABASE_URI"] == database


def test_the_metadata_name_every_endpoint(http: FlaskClient) -> None:
    metadata = http.get("/.well-known/oauth-authorization-server").json

    assert metadata["issuer"] == "http://localhost:4000"
    assert {name: url for name, url in metadata.items() if name.endswith("_endpoint")} == {
        "authorization_endpoint": "http://localhost:4000/v1/oauth/authorize",
        "token_endpoint": "http://localhost:4000/v1/oauth/token",
        "revocation_endpoint": "http://localhost:4000/v1/oauth/revoke",
        "introspection_endpoint": "http://localhost:4000/v1/oauth/introspect",
    }
