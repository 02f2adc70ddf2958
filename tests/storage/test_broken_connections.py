"""A connection on which anything was raised is never used again."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from flask_introspect import introspect
from flask_introspect.endpoint import endpoints_of
from flask_introspect.storage.place import Place

from ..conftest import BACKENDS
from ..support import INACTIVE, Client, Host, Tables, Token, db
from .conftest import TOKEN, engine_of, revoke

MakeHost = Callable[..., Host]

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
on_postgresql = pytest.mark.parametrize(
    "database_url",
    ["postgresql"]
    if "postgresql" in BACKENDS
    else [pytest.param("none", marks=pytest.mark.skip(reason="needs PostgreSQL"))],
    indirect=True,
)


class TimeUp(Exception):
    """What a soft time limit raises, in the middle of whatever runs."""


class HardTimeUp(BaseException):
    """The same, as gevent raises it."""


def with_driver(url: str, driver: str) -> str:
    return sa.make_url(url).set(drivername=f"postgresql+{driver}").render_as_string(False)


@on_postgresql
@pytest.mark.parametrize("driver", ["psycopg", "pg8000"])
@pytest.mark.parametrize("hooked", [False, True], ids=["kept", "borrowed"])
@pytest.mark.parametrize("error", [TimeUp, HardTimeUp])
def test_a_read_that_is_cut_off_spoils_no_later_answer(
    filled: MakeHost, tables: Tables, driver: str, error: type[BaseException], hooked: bool
) -> None:
    pytest.importorskip(driver)
    host = filled(SQLALCHEMY_DATABASE_URI=with_driver(tables.url, driver))
    if hooked:
        sa.event.listen(engine_of(host), "checkout", lambda *_: None)
    for _ in range(2):
        assert host.ask(TOKEN).status_code == 200
    with interrupted_socket(error), host.app.app_context(), pytest.raises(error):
        introspect(TOKEN)
    assert host.ask("nothing").status_code == 404
    for _ in range(3):
        assert host.ask(TOKEN).get_json()["active"] is True
    host.change(Token, {}, revoked_at=1)
    assert host.ask(TOKEN).data == INACTIVE


class interrupted_socket:
    """Raises an error in this thread as soon as an answer is awaited from a socket."""

    def __init__(self, error: type[BaseException]) -> None:
        self._error = error

    def __enter__(self) -> None:
        self._before = sys.gettrace()  # coverage's, perhaps

        def trace(frame: Any, event: str, _: Any) -> Any:
            name, path = frame.f_code.co_name, frame.f_code.co_filename
            waits = ("psycopg" in path and name in ("wait", "fetch_many", "fetch")) or (
                "pg8000" in path and name in ("handle_messages", "handle_messages_merge_socket")
            )
            if event == "call" and waits:
                sys.settrace(None)
                raise self._error
            return None

        sys.settrace(trace)

    def __exit__(self, *_: Any) -> None:
        sys.settrace(self._before)


@on_postgresql
def test_a_changed_column_costs_no_answer(filled: MakeHost, another: sa.Engine) -> None:
    host = filled()
    for _ in range(12):  # psycopg prepares a statement after some uses
        assert host.ask(TOKEN).status_code == 200
    with another.begin() as connection:
        connection.execute(sa.text("ALTER TABLE token ALTER COLUMN username TYPE varchar(300)"))
    for _ in range(3):
        assert host.ask(TOKEN).status_code == 200


# Forks


def in_a_child(work: Callable[[], bool], meanwhile: Callable[[], object] = lambda: None) -> bool:
    """Whether work succeeds in a fork of this process, which does something else meanwhile."""
    child = os.fork()
    if child == 0:
        signal.alarm(20)  # rather than wait for ever
        done = False
        try:
            done = work()
        finally:
            os._exit(0 if done else 1)
    meanwhile()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def backend_id(host: Host) -> Any:
    """Which connection of the server answers the host's engine, or which socket."""
    with engine_of(host).connect() as connection:
        if connection.dialect.name == "postgresql":
            return connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        if connection.dialect.name == "mysql":
            return connection.exec_driver_sql("SELECT CONNECTION_ID()").scalar_one()
        return id(connection.connection.dbapi_connection)


@needs_fork
def test_a_read_before_a_fork_leaves_no_connection_in_the_pool(filled: MakeHost) -> None:
    host = filled()
    engine_of(host).dispose()
    with host.app.app_context():
        assert introspect(TOKEN).active
    opened: list[Any] = []
    sa.event.listen(engine_of(host), "connect", lambda *_: opened.append(1))
    with engine_of(host).connect():
        assert opened


@needs_fork
@pytest.mark.parametrize("hooked", [False, True], ids=["kept", "borrowed"])
def test_parent_and_child_answer_beside_each_other(filled: MakeHost, hooked: bool) -> None:
    host = filled()
    if hooked:
        sa.event.listen(engine_of(host), "checkout", lambda *_: None)
    host.ask(TOKEN)
    before = backend_id(host)

    def ask_often() -> bool:
        right = all(host.ask(TOKEN).status_code == 200 for _ in range(20))
        return right and (engine_of(host).dialect.name == "sqlite" or backend_id(host) != before)

    statuses: list[int] = []

    def ask_meanwhile() -> None:
        statuses.extend(host.ask(TOKEN).status_code for _ in range(20))

    assert in_a_child(ask_often, ask_meanwhile)
    assert set(statuses) == {200}


@needs_fork
def test_a_fork_shares_no_connection_of_an_engine_that_is_handed_in(filled: MakeHost) -> None:
    host = filled(INTROSPECT_SESSION=lambda: db.engine)
    host.ask(TOKEN)
    before = backend_id(host)

    def ask_apart() -> bool:
        right = host.ask(TOKEN).status_code == 200
        return right and (engine_of(host).dialect.name == "sqlite" or backend_id(host) != before)

    assert in_a_child(ask_apart)
    assert host.ask(TOKEN).status_code == 200


@on_postgresql
@pytest.mark.parametrize("error", [TimeUp, HardTimeUp])
def test_a_session_s_read_that_is_cut_off_spoils_no_later_answer(
    filled: MakeHost, error: type[BaseException]
) -> None:
    host = filled(INTROSPECT_SESSION=lambda: db.session)
    for _ in range(2):
        assert host.ask(TOKEN).status_code == 200
    with interrupted_socket(error), host.app.app_context(), pytest.raises(error):
        introspect(TOKEN)
    for _ in range(2):
        assert host.ask(TOKEN).status_code == 200


def test_a_kept_connection_leaves_nothing_behind_in_the_pool(filled: MakeHost) -> None:
    host = filled()
    host.ask(TOKEN)
    with engine_of(host).connect() as connection:
        level = connection.get_isolation_level()
        assert level == connection.default_isolation_level
        autocommit = getattr(connection.connection.dbapi_connection, "autocommit", False)
        assert autocommit is not True


@needs_fork
def test_a_fork_while_a_connection_is_in_use_uses_another(filled: MakeHost) -> None:
    host = filled()
    host.ask(TOKEN)
    before = kept_of(host)
    in_use = before.take()

    def ask_apart() -> bool:
        right = host.ask(TOKEN).status_code == 200
        return right and kept_of(host) is not before

    assert in_a_child(ask_apart)
    before.give_back(in_use)
    assert host.ask(TOKEN).status_code == 200
    assert kept_of(host) is before


# Many at once


def test_many_first_requests_open_no_more_than_two_pools_allow(filled: MakeHost) -> None:
    host = filled()
    engine_of(host).dispose()
    opened: list[int] = []
    lock = threading.Lock()
    real = engine_of(host).dialect.connect

    def count(*arguments: Any, **options: Any) -> Any:
        with lock:
            opened.append(1)
        return real(*arguments, **options)

    engine_of(host).dialect.connect = count  # type: ignore[method-assign]
    start = threading.Barrier(32)

    def ask(_: int) -> int:
        start.wait()
        return host.ask(TOKEN).status_code

    with ThreadPoolExecutor(32) as pool:
        assert set(pool.map(ask, range(32))) == {200}
    assert len(opened) <= 20


def test_a_connection_in_use_during_dispose_is_closed_when_it_comes_back(
    filled: MakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = filled()
    host.ask(TOKEN)
    used: list[Place] = []
    rows = Place.rows

    def dispose_meanwhile(place: Place, *arguments: Any) -> Any:
        found = rows(place, *arguments)
        used.append(place)
        engine_of(host).dispose()
        return found

    monkeypatch.setattr(Place, "rows", dispose_meanwhile)
    assert host.ask(TOKEN).status_code == 200
    monkeypatch.undo()
    assert not used[0].is_open
    assert host.ask(TOKEN).status_code == 200


def kept_of(host: Host) -> Any:
    return endpoints_of(host.app)["introspect"].store._client_connections._kept


def test_nothing_listens_to_the_host_s_engine(filled: MakeHost) -> None:
    engine = engine_of(filled())
    names = ("before_execute", "before_cursor_execute", "engine_disposed", "begin", "rollback")
    assert not any(getattr(engine.dispatch, name) for name in names)
    assert not any(getattr(engine.pool.dispatch, name) for name in ("checkout", "checkin", "reset"))
    assert [each.__module__.split(".")[0] for each in engine.pool.dispatch.connect] == (
        ["sqlalchemy"] * len(list(engine.pool.dispatch.connect))
    )


def test_a_client_that_is_gone_shows_at_once(filled: MakeHost, another: sa.Engine) -> None:
    host = filled()
    for _ in range(2):
        host.ask(TOKEN)
    with another.begin() as connection:
        connection.execute(sa.delete(Client))
    assert host.ask(TOKEN).status_code == 401
    revoke(another)
