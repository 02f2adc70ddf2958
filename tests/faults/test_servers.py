"""What goes wrong with a database server: the answer, the line in the log, and what comes after.

Each fault is caused for real, on a server of the test's own.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ..support import Host, db
from .conftest import MakeServed
from .servers import Server
from .support import assert_answers, assert_unavailable, in_time, status

needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs Linux's /proc")


@pytest.mark.parametrize("warm", [True, False], ids=["warm", "cold"])
def test_a_server_that_was_stopped_is_used_again_when_it_is_back(
    server: Server, served: MakeServed, caplog: pytest.LogCaptureFixture, warm: bool
) -> None:
    host = served()
    if warm:
        assert_answers(host)
    server.stop()
    assert_unavailable(host, caplog, "OperationalError: .*(refused|Can't connect)")
    server.start()
    assert_answers(host)


def test_dead_connections_in_the_hosts_pool_cost_no_answer(
    server: Server, served: MakeServed
) -> None:
    host = served()
    with host.app.app_context(), ExitStack() as at_once:
        for _ in range(4):
            at_once.enter_context(db.engine.connect())
    server.stop()
    server.start()
    assert_answers(host)


def test_backends_that_are_terminated_under_load_cost_no_wrong_answer(
    server: Server, served: MakeServed
) -> None:
    host = served()
    kills = 0

    def ask_often() -> set[int]:
        return {host.ask("tok-5up3r-s3cret").status_code for _ in range(100)}

    def kill_often() -> set[int]:
        nonlocal kills
        for _ in range(20):
            kills += terminate_others(server, host)
        return {200}

    statuses = set().union(*in_time(ask_often, ask_often, kill_often))
    assert statuses <= {200, 503}
    assert kills
    assert_answers(host)


def test_a_terminated_backend_costs_no_answer_at_all(server: Server, served: MakeServed) -> None:
    host = served()
    assert_answers(host)
    for _ in range(5):
        assert terminate_others(server, host)
        assert_answers(host)


def terminate_others(server: Server, host: Host) -> int:
    """End the sessions of a host; how many."""
    with server.administrator() as connection:
        if server.user == "postgres":
            kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'"
            found = connection.exec_driver_sql(kill.format(database(host))).all()
            return len(found)
        own = "SELECT id FROM information_schema.processlist WHERE db = '{}'"
        sessions = connection.exec_driver_sql(own.format(database(host))).scalars().all()
        for session in sessions:
            with suppress(sa.exc.DBAPIError):  # it may have gone by itself
                connection.exec_driver_sql(f"KILL {session}")
        return len(sessions)


def database(host: Host) -> str:
    name = sa.make_url(host.app.config["SQLALCHEMY_DATABASE_URI"]).database
    assert name is not None
    return name


@contextmanager
def every_connection(server: Server) -> Iterator[None]:
    """Meanwhile the server has no connection left, not even for its administrator."""
    engine = sa.create_engine(server.url(), poolclass=sa.NullPool)
    with ExitStack() as held:
        while True:
            try:
                held.enter_context(engine.connect())
            except sa.exc.OperationalError:
                break
        yield


def test_a_server_that_is_full_is_a_503_until_it_has_room(
    server: Server, served: MakeServed, caplog: pytest.LogCaptureFixture
) -> None:
    host = served()
    with every_connection(server):
        assert_unavailable(host, caplog, "OperationalError: .*(too many|Too many|remaining)")
    assert_answers(host)


def test_a_worker_with_a_connection_answers_while_the_server_is_full(
    server: Server, served: MakeServed
) -> None:
    host = served()
    assert_answers(host)
    with every_connection(server):
        assert_answers(host)


@contextmanager
def locked(server: Server, host: Host) -> Iterator[sa.Connection]:
    """Meanwhile another session holds the tables, as a migration does."""
    engine = sa.create_engine(server.url(database(host)), poolclass=sa.NullPool)
    lock = (
        "LOCK TABLE client, token IN ACCESS EXCLUSIVE MODE"
        if server.user == "postgres"
        else "LOCK TABLES client WRITE, token WRITE"
    )
    with engine.connect() as connection:
        connection.exec_driver_sql(lock)
        yield connection


def test_a_lock_that_is_held_is_a_503_and_leaves_nobody_waiting(
    server: Server, served: MakeServed, caplog: pytest.LogCaptureFixture
) -> None:
    host = served()
    assert_answers(host)
    with locked(server, host):
        assert_unavailable(host, caplog, "statement timeout|Lock wait timeout|max_statement_time")
        assert waiting(server) == 0
    assert_answers(host)


def waiting(server: Server) -> Any:
    """How many sessions wait for a lock."""
    with server.administrator() as connection:
        return connection.exec_driver_sql(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            if server.user == "postgres"
            else "SELECT count(*) FROM information_schema.processlist "
            "WHERE state LIKE 'Waiting for %%lock'"
        ).scalar_one()


def test_a_read_that_takes_too_long_is_ended_by_the_server(
    server: Server, served: MakeServed, caplog: pytest.LogCaptureFixture
) -> None:
    host = served()
    assert_answers(host)
    sleep = "pg_sleep(60) IS NULL" if server.user == "postgres" else "SLEEP(60)"
    with host.app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE token RENAME TO was")
        connection.exec_driver_sql(f"CREATE VIEW token AS SELECT * FROM was WHERE NOT {sleep}")
    assert_unavailable(host, caplog, "statement timeout|max_statement_time")
    with host.app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql("DROP VIEW token")
        connection.exec_driver_sql("ALTER TABLE was RENAME TO token")
    assert_answers(host)


def test_a_server_that_accepts_and_says_nothing_is_a_503(
    server: Server, served: MakeServed, caplog: pytest.LogCaptureFixture
) -> None:
    host = served()
    server.stop()
    with socket.create_server(("127.0.0.1", server.port)):
        assert_unavailable(host, caplog, "TimeoutError: the server has not let us connect")
    server.start()
    assert_answers(host)


@needs_proc
@pytest.mark.parametrize("warm", [True, False], ids=["in a session", "before it connects"])
def test_a_server_that_freezes_is_a_503_until_it_thaws(
    server: Server, served: MakeServed, caplog: pytest.LogCaptureFixture, warm: bool
) -> None:
    host = served()
    if warm:
        in_time(lambda: status(host), lambda: status(host))  # two connections, one for each
    with server.frozen():
        assert_unavailable(host, caplog, "TimeoutError: the server has not")
        assert_unavailable(host, caplog, "TimeoutError: the server has not let us connect")
    assert_answers(host)


@needs_proc
def test_more_requests_than_connections_are_all_answered_while_it_is_frozen(
    server: Server, served: MakeServed
) -> None:
    host = served(SQLALCHEMY_ENGINE_OPTIONS={"pool_size": 2})
    asks: list[Callable[[], int]] = [lambda: host.ask("tok-5up3r-s3cret").status_code] * 8
    assert set(in_time(*asks)) == {200}
    with server.frozen():
        assert set(in_time(*asks)) == {503}
    assert_answers(host)


def test_a_database_that_cannot_be_written_answers(server: Server, served: MakeServed) -> None:
    host = served()
    switch = (
        f"ALTER DATABASE {database(host)} SET default_transaction_read_only = {{}}"
        if server.user == "postgres"
        else "SET GLOBAL read_only = {}"
    )
    with server.administrator() as connection:
        connection.exec_driver_sql(switch.format("on"))
        try:
            assert_answers(host)
        finally:
            connection.exec_driver_sql(switch.format("off"))
