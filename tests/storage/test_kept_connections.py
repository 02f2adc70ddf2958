"""The connections that the endpoint reads with."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from flask_introspect.secrets import token_digest

from ..support import INACTIVE, Clock, Host, Token, db, make_app


@pytest.fixture
def host(fresh_host: Host) -> Host:
    """An application of its own: these tests hook into its engine."""
    return fresh_host


@contextmanager
def open_connections(engine: sa.Engine) -> Iterator[set[int]]:
    """Which connections of an engine, and of what was made from it, are open meanwhile."""
    opened: set[int] = set()

    def on_connect(dbapi_connection: Any, _: Any) -> None:
        opened.add(id(dbapi_connection))

    def on_close(dbapi_connection: Any, _: Any) -> None:
        opened.discard(id(dbapi_connection))

    sa.event.listen(engine, "connect", on_connect)
    sa.event.listen(engine, "close", on_close)
    yield opened


def revoke(host: Host) -> None:
    host.change(Token, {"jti": "b8e3bc09-cf9a-40c5-a5ad-e5f1240c2f4a"}, revoked_at=1)


def test_one_connection_is_kept_for_requests_that_follow_each_other(host: Host) -> None:
    with host.app.app_context(), open_connections(db.engine) as opened:
        db.session.remove()
        db.engine.dispose()
        host.ask("documented")
        after_first = set(opened)
        for _ in range(5):
            host.ask("documented")
    assert opened == after_first


def test_disposing_of_the_hosts_engine_closes_the_kept_connections(host: Host) -> None:
    with host.app.app_context(), open_connections(db.engine) as opened:
        host.ask("documented")
        db.session.remove()
        db.engine.dispose()
        assert not opened
    assert host.ask("documented").status_code == 200


def test_a_transaction_of_the_hosts_on_the_same_data_does_not_hide_what_another_connection_commits(
    host: Host,
) -> None:
    assert host.ask("documented").get_json()["active"] is True
    with host.app.app_context():
        db.session.scalars(db.select(Token)).all()  # a transaction is open now, with its snapshot
        engine = db.engine
        db.session.rollback()
        with engine.begin() as connection:
            connection.execute(sa.update(Token).values(revoked_at=1))
        assert host.ask("documented").data == INACTIVE


def test_a_hook_that_begins_every_transaction_by_hand_leaves_answers_fresh(
    make_host: Callable[..., Host],
) -> None:
    host = make_host()
    with host.app.app_context():
        sa.event.listen(db.engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    host.add_client(resources=["my_api"])
    host.add_token()
    assert host.ask("documented").get_json()["active"] is True
    revoke(host)
    assert host.ask("documented").data == INACTIVE


def test_a_read_of_a_database_in_memory_leaves_what_the_host_has_not_committed_yet(
    clock: Clock,
) -> None:
    host = Host(make_app("sqlite:///:memory:", INTROSPECT_CLOCK=clock), clock)
    with host.app.app_context():
        db.create_all()
    host.add_client(resources=["my_api"])
    host.add_token()
    with host.app.app_context():
        db.session.add(Token.issue("test_client_1", token="uncommitted", iat=1)[0])
        db.session.flush()
        assert host.ask("documented").get_json()["active"] is True
        db.session.commit()
    assert host.ask("uncommitted").get_json()["active"] is True


def test_a_host_that_logs_its_sql_logs_no_value_that_is_looked_up_or_found(
    make_host: Callable[..., Host], caplog: pytest.LogCaptureFixture
) -> None:
    host = make_host(SQLALCHEMY_ECHO="debug")
    host.add_client(resources=["my_api"])
    host.add_token()
    host.ask("documented")
    caplog.clear()
    caplog.set_level(logging.DEBUG, "sqlalchemy.engine")
    assert host.ask("documented").status_code == 200
    assert "FROM client" in caplog.text
    assert token_digest("documented") not in caplog.text
    assert "pbkdf2" not in caplog.text


def test_hooks_on_the_hosts_engine_see_the_reads(host: Host) -> None:
    statements: list[str] = []
    with host.app.app_context():
        sa.event.listen(
            db.engine, "before_cursor_execute", lambda *call: statements.append(call[2])
        )
    host.ask("documented")
    assert len(statements) == 2
    assert all(statement.startswith("SELECT") for statement in statements)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_worker_opens_connections_of_its_own(host: Host) -> None:
    with host.app.app_context(), open_connections(db.engine) as opened:
        host.ask("documented")
        inherited = set(opened)
        child = os.fork()
        if child == 0:
            answered = host.ask("documented").status_code == 200
            os._exit(0 if answered and opened > inherited else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    revoke(host)
    assert host.ask("documented").data == INACTIVE
