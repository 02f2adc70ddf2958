"""What registration needs, and what the endpoint reads with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from flask_introspect import (
    ConfigError,
    introspect,
    introspect_bp,
)
from flask_introspect.settings import Settings

from ..support import (
    DOCUMENTED,
    INACTIVE,
    Client,
    Clock,
    Host,
    Token,
    db,
    make_app,
    quick_hash,
)


def test_without_a_database_there_is_a_remedy() -> None:
    app = Flask(__name__)
    app.config.update(INTROSPECT_CLIENT_MODEL=Client, INTROSPECT_TOKEN_MODEL=Token)
    with pytest.raises(
        ConfigError, match=r"INTROSPECT_SESSION: there is no database.*db\.init_app"
    ):
        app.register_blueprint(introspect_bp)


def test_a_model_of_an_unknown_bind_is_named(database_url: str) -> None:
    other = SQLAlchemy()

    class Elsewhere(other.Model):  # type: ignore[name-defined, misc]
        __bind_key__ = "elsewhere"
        id = other.Column(other.Integer, primary_key=True)
        client_id = other.Column(other.String(9), unique=True)
        client_secret = other.Column(other.String(9))

    with pytest.raises(ConfigError, match="SQLALCHEMY_BINDS: it has no 'elsewhere'"):
        make_app(database_url, INTROSPECT_CLIENT_MODEL=Elsewhere)


def test_an_application_without_the_blueprint_is_told_so() -> None:
    with (
        Flask(__name__).app_context(),
        pytest.raises(ConfigError, match="no blueprint 'introspect' is registered"),
    ):
        introspect("x")


def test_a_real_clock_is_asked_at_each_request(
    make_host: Callable[..., Host], monkeypatch: pytest.MonkeyPatch
) -> None:
    host = make_host(INTROSPECT_CLOCK=None)
    host.add_client(resources=["my_api"])
    host.add_token()
    monkeypatch.setattr("time.time", Clock())
    assert host.ask("documented").get_json() == DOCUMENTED
    monkeypatch.setattr("time.time", Clock(DOCUMENTED["exp"]))
    assert host.ask("documented").data == INACTIVE


def test_the_endpoint_reads_with_the_session_that_the_host_hands_in(
    make_host: Callable[..., Host],
) -> None:
    """A test that keeps everything in one open transaction sees its own rows."""
    host = make_host(INTROSPECT_SESSION=lambda: db.session)
    with host.app.app_context():
        row, token = Token.issue("test_client_1", iat=1, exp=None)
        db.session.add_all(
            [row, Client(client_id="test_client_1", client_secret=quick_hash("test_secret"))]
        )
        db.session.flush()
        assert introspect(token).active
        assert introspect(token, caller="test_client_1").active
        assert db.session().in_transaction()
        db.session.commit()
        assert not db.session().in_transaction()
        assert introspect(token).active
        assert not db.session().in_transaction()  # a transaction that a reading began is ended


@pytest.mark.parametrize("source", ["session()", "engine", "connect"])
def test_a_session_may_be_a_session_an_engine_or_a_connection(
    make_host: Callable[..., Host], source: str
) -> None:
    with_what: dict[str, Callable[[], Any]] = {
        "session()": lambda: db.session(),
        "engine": lambda: db.engine,
        "connect": lambda: connection,
    }
    host = make_host(INTROSPECT_SESSION=with_what[source])
    host.add_client(resources=["my_api"])
    host.add_token()
    with host.app.app_context(), db.engine.connect() as connection:
        for _ in range(2):
            assert introspect("documented", caller="test_client_1").active


def test_a_misspelt_required_key_is_told_with_the_right_one() -> None:
    with pytest.raises(ConfigError) as caught:
        Settings.read({"INTROSPECT_CLIENT_MODLE": Client, "INTROSPECT_TOKEN_MODEL": Token})
    assert caught.value.key == "INTROSPECT_CLIENT_MODEL"
    assert "INTROSPECT_CLIENT_MODLE" in caught.value.remedy
