"""The connections that the endpoint reads with."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flask_introspect.secrets import token_digest

from ..support import INACTIVE, Clock, Host, Tables, Token, db, make_app


@pytest.fixture
def host(fresh_host: Host) -> Host:
    """An application of its own: these tests hook into its engine."""
    return fresh_host


@contextmanager
def open_connections(engine: sa.Engine) -> Iterator[Callable[[], set[int]]]:
    """Tells which connections that an engine made meanwhile are open.

    A listener would not do: where the host listens to its connections, none is kept.
    """
    made: list[Any] = []
    dialect = engine.dialect
    connect = dialect.connect

    def note(*arguments: Any, **options: Any) -> Any:
        made.append(connect(*arguments, **options))
        return made[-1]

    dialect.connect = note  # type: ignore[method-assign]
    yield lambda: {id(each) for each in made if is_open(each)}
    dialect.connect = connect  # type: ignore[method-assign]


def is_open(driver_connection: Any) -> bool:
    try:
        driver_connection.cursor().execute("SELECT 1")
    except Exception:
        return False
    return True


def revoke(host: Host) -> None:
    host.change(Token, {"jti": "b8e3bc09-cf9a-40c5-a5ad-e5f1240c2f4a"}, revoked_at=1)


def test_one_connection_is_kept_for_requests_that_follow_each_other(host: Host) -> None:
    with host.app.app_context(), open_connections(db.engine) as opened:
        db.session.remove()
        db.engine.dispose()
        host.ask("documented")
        after_first = opened()
        for _ in range(5):
            host.ask("documented")
        assert len(after_first) == 1
        assert opened() == after_first


def test_disposing_of_the_hosts_engine_closes_the_kept_connections(host: Host) -> None:
    with host.app.app_context(), open_connections(db.engine) as opened:
        db.session.remove()
        db.engine.dispose()
        host.ask("documented")
        before = opened()
        db.engine.dispose()
        assert host.ask("documented").status_code == 200
        assert len(opened()) == 1
        assert not opened() & before


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


def test_a_database_in_memory_that_was_replaced_is_read_anew(clock: Clock) -> None:
    host = Host(make_app("sqlite:///:memory:", INTROSPECT_CLOCK=clock), clock)
    with host.app.app_context():
        for _ in range(2):
            db.create_all()
            host.add_documented()
            for _ in range(2):
                assert host.ask("documented").get_json()["active"] is True
            db.session.remove()
            with db.engine.connect() as connection:
                connection.invalidate()


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
        db.session.remove()
        db.engine.dispose()
        host.ask("documented")
        inherited = opened()
        child = os.fork()
        if child == 0:
            answered = host.ask("documented").status_code == 200
            os._exit(0 if answered and opened() > inherited else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    revoke(host)
    assert host.ask("documented").data == INACTIVE


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("named", [False, True], ids=["", "with a name"])
def test_a_host_that_echoes_its_sql_sees_each_statement_once(tables: Tables, named: bool) -> None:
    """In a process of its own: what SQLAlchemy does about handlers, it does once in a process."""
    code = ECHOING.format(url=tables.url, options={"logging_name": "hosts"} if named else {})
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    assert (done.stdout + done.stderr).count("FROM token") == 1


ROOT = Path(__file__).parents[2]

ECHOING = """
from flask_introspect import introspect
from tests.support import make_app
app = make_app({url!r}, SQLALCHEMY_ECHO=True, SQLALCHEMY_ENGINE_OPTIONS={options!r})
with app.app_context():
    assert not introspect("x").active
"""


def test_a_hook_that_comes_later_closes_what_was_kept(host: Host) -> None:
    with host.app.app_context(), open_connections(db.engine) as opened:
        db.session.remove()
        db.engine.dispose()
        host.ask("documented")
        kept = opened()
        sa.event.listen(db.engine, "checkout", lambda *_: None)
        assert host.ask("documented").status_code == 200
        assert kept
        assert not opened() & kept


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_finds_all_connections_in_use_waits_for_one(make_host: Callable[..., Host]) -> None:
    host = make_host(SQLALCHEMY_ENGINE_OPTIONS={"pool_size": 1})
    host.add_documented()
    with host.app.app_context(), open_connections(db.engine) as opened:
        db.session.remove()
        db.engine.dispose()
        with ThreadPoolExecutor(8) as pool:
            statuses = {each.status_code for each in pool.map(host.ask, ["documented"] * 200)}
        assert statuses == {200}
        assert len(opened()) == 1
