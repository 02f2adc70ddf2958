"""The recipe for Authlib hosts of "Hashing tokens", from tokens in plain text to digests alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from flask_introspect.cli import introspect_cli

from ..support import PATH, basic
from .authlib_host import HASHED_TOKENS, Client, Token, User, create_app, db

API = basic("api", "api_secret")


@pytest.fixture
def server(database_url: str) -> Iterator[Flask]:
    """The server, with a pair of tokens in plain text from the time before: ``old-access`` and
    ``old-refresh``.
    """
    app = create_app(database_url, **HASHED_TOKENS)
    with app.app_context():
        db.create_all()
        client = Client(client_id="api", client_secret="api_secret")
        client.set_client_metadata({"grant_types": ["password", "refresh_token"], "scope": "read"})
        user = User(username="user123")
        db.session.add_all([client, user])
        old = {
            "access_token": "old-access",
            "refresh_token": "old-refresh",
            "token_type": "Bearer",
            "scope": "read",
        }
        db.session.add(Token(client_id="api", user=user, expires_in=3600, **old))
        db.session.commit()
    yield app
    with app.app_context():
        db.session.remove()
        db.drop_all()
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture
def http(server: Flask) -> FlaskClient:
    return server.test_client()


def grant(http: FlaskClient, **form: str) -> dict[str, Any]:
    response = http.post("/token", data=form, headers=API)
    answer: dict[str, Any] = response.get_json()
    return answer


def active(http: FlaskClient, token: str) -> bool:
    return bool(http.post(PATH, data={"token": token}, headers=API).get_json()["active"])


def opens(http: FlaskClient, token: str) -> bool:
    return http.get("/protected", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def stored(server: Flask) -> str:
    with server.app_context():
        return repr(db.session.execute(sa.select(*Token.__table__.columns)).all())


def hash_tokens(server: Flask) -> None:
    result = server.test_cli_runner().invoke(introspect_cli, ["hash-tokens"])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("hashed", [False, True])
def test_an_old_token_goes_on_to_work_before_and_after_it_is_hashed(
    server: Flask, http: FlaskClient, hashed: bool
) -> None:
    if hashed:
        hash_tokens(server)
        assert "old-" not in stored(server)
    assert active(http, "old-access")
    assert active(http, "old-refresh")
    assert opens(http, "old-access")
    new = grant(http, grant_type="refresh_token", refresh_token="old-refresh")
    assert opens(http, new["access_token"])
    assert not active(http, "old-refresh")


def test_a_new_token_is_never_stored_in_clear(server: Flask, http: FlaskClient) -> None:
    new = grant(http, grant_type="password", username="user123", password="x", scope="read")
    assert new["access_token"] not in stored(server)
    assert new["refresh_token"] not in stored(server)
    assert active(http, new["access_token"])
    assert active(http, new["refresh_token"])
    assert opens(http, new["access_token"])


def test_a_hashed_refresh_token_is_rotated(server: Flask, http: FlaskClient) -> None:
    first = grant(http, grant_type="password", username="user123", password="x", scope="read")
    second = grant(http, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert active(http, second["refresh_token"])
    again = grant(http, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert again["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("revoked", "left"), [("old-access", "old-refresh"), ("old-refresh", None)]
)
def test_a_hashed_token_is_revoked(
    server: Flask, http: FlaskClient, revoked: str, left: str | None
) -> None:
    hash_tokens(server)
    assert http.post("/revoke", data={"token": revoked}, headers=API).status_code == 200
    assert [token for token in ("old-access", "old-refresh") if active(http, token)] == (
        [left] if left else []
    )


def test_a_digest_that_leaked_is_no_token(server: Flask, http: FlaskClient) -> None:
    hash_tokens(server)
    with server.app_context():
        leaked = db.session.execute(
            sa.select(Token.access_token_digest, Token.refresh_token_digest)
        ).one()
    for digest in leaked:
        assert not active(http, digest)
        assert not opens(http, digest)
