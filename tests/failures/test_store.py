"""A store that does not answer, or answers with what cannot be read."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import scoped_session

from flask_introspect import TemporarilyUnavailable, introspect

from ..support import (
    DIALECTS,
    DOCUMENTED,
    FORM,
    HEADERS,
    JSON,
    Client,
    Clock,
    Host,
    db,
    errors_in,
    make_app,
)
from .support import SERVER_ERROR, TOKEN, UNAVAILABLE, assert_error


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("warm", [True, False])
def test_a_store_that_does_not_answer_is_a_503_and_its_cause_is_logged(
    lone_host: Host, dialect: str, warm: bool, caplog: pytest.LogCaptureFixture
) -> None:
    if warm:
        lone_host.ask(TOKEN)
        caplog.clear()
    with lone_host.app.app_context():
        db.drop_all()
    headers = assert_error(lone_host, dialect, UNAVAILABLE)
    assert set(headers.keys()) == {*HEADERS, "Content-Length", "Retry-After"}
    assert headers["Retry-After"] == "5"
    (line,) = errors_in(caplog)
    assert line.name == "flask_introspect"
    assert re.match(r"the token store did not answer: \w+: .*client", line.getMessage())
    assert line.getMessage().endswith(
        ". Run the migrations, or db.create_all() where there are none"
    )


@pytest.mark.parametrize("column", ["token_digest", "jti"])
def test_a_missing_column_is_a_503_whose_line_says_what_to_do(
    lone_host: Host, column: str, caplog: pytest.LogCaptureFixture
) -> None:
    with lone_host.app.app_context(), db.engine.begin() as connection:
        connection.execute(sa.text(f"ALTER TABLE token RENAME COLUMN {column} TO was"))
    try:
        assert_error(lone_host, JSON, UNAVAILABLE)
    finally:
        with lone_host.app.app_context(), db.engine.begin() as connection:
            connection.execute(sa.text(f"ALTER TABLE token RENAME COLUMN was TO {column}"))
    (line,) = errors_in(caplog)
    assert column in line.getMessage()
    assert line.getMessage().endswith(". Run the migrations")


def test_a_database_that_is_away_needs_no_migrations(caplog: pytest.LogCaptureFixture) -> None:
    app = make_app("sqlite:////nowhere/at/all.db")
    assert_error(Host(app, Clock()), JSON, UNAVAILABLE)
    assert "migrations" not in caplog.text


def test_a_store_that_answers_again_is_used_again(lone_host: Host) -> None:
    lone_host.ask("documented")
    with lone_host.app.app_context():
        db.drop_all()
        assert lone_host.ask("documented").status_code == 503
        db.create_all()
    lone_host.add_client(resources=["my_api"])
    lone_host.add_token()
    assert lone_host.ask("documented").get_json() == DOCUMENTED


def test_a_missing_token_table_is_a_503_too(lone_host: Host) -> None:
    with lone_host.app.app_context():
        db.metadata.tables["token"].drop(db.engine)
    assert_error(lone_host, JSON, UNAVAILABLE)


def test_an_unreachable_database_is_a_503(caplog: pytest.LogCaptureFixture) -> None:
    app = make_app("sqlite:////nowhere/at/all/test.db", INTROSPECT_CLOCK=Clock())
    assert_error(Host(app, Clock()), FORM, UNAVAILABLE)
    assert "OperationalError" in caplog.text


def test_a_failed_session_of_the_hosts_is_left_usable(make_lone_host: Callable[..., Host]) -> None:
    host = make_lone_host(INTROSPECT_SESSION=lambda: db.session)
    with host.app.app_context():
        db.metadata.tables["token"].drop(db.engine)
        with pytest.raises(TemporarilyUnavailable):
            introspect("x")
        assert db.session.scalar(db.select(sa.func.count()).select_from(Client)) == 0


def no_session() -> Any:
    raise LookupError(TOKEN)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("session", "said"),
    [
        (no_session, "it raised LookupError\n  File "),
        (lambda: None, "it returned a NoneType, no Session, Connection or Engine"),
        (lambda: TOKEN, "it returned a str, no Session, Connection or Engine"),
        (lambda: scoped_session(no_session), "it raised LookupError\n  File "),
    ],
    ids=["raises", "None", "a text", "a registry that raises"],
)
def test_a_session_callable_that_fails_is_a_server_error(
    make_host: Callable[..., Host],
    caplog: pytest.LogCaptureFixture,
    dialect: str,
    session: Callable[[], Any],
    said: str,
) -> None:
    assert_error(make_host(INTROSPECT_SESSION=session), dialect, SERVER_ERROR)
    (line,) = (record.getMessage() for record in errors_in(caplog))
    assert line.startswith(f"INTROSPECT_SESSION: there is nothing to read with: {said}")
    assert TOKEN not in line


def test_a_session_callable_whose_database_is_away_is_a_503(
    make_host: Callable[..., Host], caplog: pytest.LogCaptureFixture
) -> None:
    away = sa.create_engine("sqlite:////nowhere/at/all/test.db")
    assert_error(make_host(INTROSPECT_SESSION=lambda: away.connect()), JSON, UNAVAILABLE)
    assert "the token store did not answer" in caplog.text


@pytest.mark.parametrize("column", ["resources", "visible_claims", "visible_scopes"])
def test_a_client_row_that_cannot_be_read_is_refused_with_a_log_line(
    host: Host, column: str, caplog: pytest.LogCaptureFixture
) -> None:
    host.change(Client, {"client_id": "test_client_1"}, **{column: {"not": "a list"}})
    assert host.ask("documented").status_code == 401
    assert "client 'test_client_1' cannot be read" in caplog.text
