"""Our own sessions end by themselves what takes too long, and the host's stay as they are."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from flask_introspect.storage.place import Place
from flask_introspect.storage.sessions import leave_to_pooler
from flask_introspect.storage.wire import Watch, Wire

from ..conftest import BACKENDS, on
from ..support import Host
from .conftest import TOKEN, engine_of
from .test_broken_connections import kept_of

pytestmark = pytest.mark.slow

MakeHost = Callable[..., Host]

#: How a session says how long a statement may take, in seconds.
SHOW = {
    "sqlite": "SELECT timeout / 1000 FROM pragma_busy_timeout",
    "postgresql": "SELECT setting::integer / 1000 FROM pg_settings WHERE name='statement_timeout'",
    "mysql": "SELECT CAST(@@max_statement_time AS integer)",
}
DRIVERS = [
    pytest.param(backend, driver, marks=on(backend).marks)
    for backend, driver in [
        ("postgresql", "postgresql+psycopg"),
        ("postgresql", "postgresql+pg8000"),
        ("mariadb", "mysql+pymysql"),
    ]
]


@contextmanager
def taken(host: Host) -> Iterator[Any]:
    """A kept connection of the host's, by its driver; open, since it has read."""
    assert host.ask(TOKEN).status_code == 200
    place = kept_of(host).take()
    yield place._connection.connection.dbapi_connection
    kept_of(host).give_back(place)


def bound_of(driver_connection: Any, dialect: str) -> Any:
    cursor = driver_connection.cursor()
    cursor.execute(SHOW[dialect])
    (bound,) = cursor.fetchone()
    cursor.close()
    return bound


@pytest.mark.parametrize(("setting", "seconds"), [(None, 5), (7, 7), (2.5, 2)], ids=str)
def test_our_own_sessions_are_bounded(filled: MakeHost, setting: Any, seconds: int) -> None:
    host = filled(INTROSPECT_STORE_TIMEOUT=setting)
    with taken(host) as connection:
        assert int(bound_of(connection, engine_of(host).dialect.name)) == seconds


def test_the_hosts_own_sessions_stay_as_they_are(filled: MakeHost) -> None:
    host = filled(INTROSPECT_STORE_TIMEOUT=7)
    with taken(host), engine_of(host).connect() as connection:
        bound = bound_of(connection.connection.dbapi_connection, engine_of(host).dialect.name)
        assert int(bound) != 7


def test_nothing_is_set_where_it_is_switched_off(filled: MakeHost) -> None:
    host = filled(INTROSPECT_STORE_TIMEOUT="off")
    with taken(host) as connection, engine_of(host).connect() as another:
        name = another.dialect.name
        assert bound_of(connection, name) == bound_of(another.connection.dbapi_connection, name)


@pytest.mark.parametrize("database_url", [on("postgresql")], indirect=True)
def test_a_pooler_is_told_by_its_process(database_url: str) -> None:
    """There the session is not ours. A pooler tells another process than the one that answers."""
    engine = sa.create_engine(database_url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        real: Any = connection.connection.dbapi_connection
        info = SimpleNamespace(backend_pid=-1)
        pooled = SimpleNamespace(info=info, cursor=real.cursor, prepare_threshold=5)
        assert leave_to_pooler(engine.dialect, pooled)
        assert pooled.prepare_threshold is None
        assert not leave_to_pooler(engine.dialect, real)
        assert real.prepare_threshold == 5


# The wire


@contextmanager
def asleep(url: str, scheme: str) -> Iterator[tuple[Any, Callable[[], Any]]]:
    """A driver's connection, and how to let its server sleep."""
    engine = sa.create_engine(sa.make_url(url).set(drivername=scheme), isolation_level="AUTOCOMMIT")
    sleep = "SELECT pg_sleep(100)" if engine.dialect.name == "postgresql" else "SELECT SLEEP(100)"
    with engine.connect() as connection:
        yield (
            connection.connection.dbapi_connection,
            lambda: connection.exec_driver_sql(sleep).all(),
        )
    engine.dispose()


@pytest.mark.parametrize(("database_url", "scheme"), DRIVERS, indirect=["database_url"])
def test_a_read_on_a_wire_that_is_cut_fails(database_url: str, scheme: str) -> None:
    with asleep(database_url, scheme) as (driver_connection, sleep), ThreadPoolExecutor() as pool:
        wire = Wire(driver_connection)
        read = pool.submit(sleep)
        wire.cut()
        assert isinstance(read.exception(60), sa.exc.DBAPIError)
        wire.close()


@pytest.mark.parametrize(("database_url", "scheme"), DRIVERS, indirect=["database_url"])
def test_a_wire_that_is_closed_is_cut_no_more(database_url: str, scheme: str) -> None:
    engine = sa.create_engine(sa.make_url(database_url).set(drivername=scheme))
    with engine.connect() as connection:
        wire = Wire(connection.connection.dbapi_connection)
        wire.close()
        wire.cut()
        assert connection.scalar(sa.select(1)) == 1
    engine.dispose()


@pytest.mark.parametrize(("database_url", "scheme"), DRIVERS, indirect=["database_url"])
def test_the_watch_cuts_what_takes_too_long_and_nothing_else(
    database_url: str, scheme: str
) -> None:
    watch = Watch(1)
    with (
        asleep(database_url, scheme) as (slow, sleep),
        asleep(database_url, scheme) as (idle, _),
        ThreadPoolExecutor() as pool,
    ):
        late, in_time = Wire(slow), Wire(idle)
        watch.add(late)
        watch.add(in_time)
        late.since = time.monotonic()
        assert isinstance(pool.submit(sleep).exception(60), sa.exc.DBAPIError)
        cursor = idle.cursor()
        cursor.execute("SELECT 1")
        cursor.close()
        late.close()
        in_time.close()


def test_the_watch_ends_with_the_last_wire() -> None:
    before = set(threading.enumerate())
    wire = Wire(None)
    Watch(1).add(wire)
    (thread,) = set(threading.enumerate()) - before
    del wire
    gc.collect()
    thread.join(60)
    assert not thread.is_alive()


# Together


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_waits_for_a_connection_in_vain_gets_a_503(
    filled: MakeHost, caplog: pytest.LogCaptureFixture
) -> None:
    host = filled(INTROSPECT_STORE_TIMEOUT=1, SQLALCHEMY_ENGINE_OPTIONS={"pool_size": 1})
    with taken(host):
        assert host.ask(TOKEN).status_code == 503
    assert caplog.messages == [
        "the token store did not answer: TimeoutError: all 1 connections were in use for 1 seconds"
    ]
    assert host.ask(TOKEN).status_code == 200


@pytest.mark.skipif(BACKENDS == ["sqlite"], reason="needs PostgreSQL or MariaDB")
@pytest.mark.parametrize("database_url", [on("postgresql"), on("mariadb")], indirect=True)
def test_when_the_server_hangs_up_on_one_the_others_are_closed(
    filled: MakeHost, another: sa.Engine
) -> None:
    host = filled()
    places: list[Place] = []
    with taken(host):
        host.ask(TOKEN)  # by a second connection
    kept = kept_of(host)
    places = [kept.take(), kept.take()]
    assert all(place.is_open for place in places)
    for place in places:
        kept.give_back(place)
    kill(another, places[-1])
    assert host.ask(TOKEN).status_code == 200
    assert [place.is_open for place in places] == [False, True]


def kill(another: sa.Engine, place: Place) -> None:
    """End the session of one kept connection."""
    connection: Any = place._connection
    driver_connection = connection.connection.dbapi_connection
    with another.connect() as other:
        if other.dialect.name == "postgresql":
            session = driver_connection.info.backend_pid
            other.exec_driver_sql(f"SELECT pg_terminate_backend({session}, 10000)")
        else:
            other.exec_driver_sql(f"KILL {driver_connection.thread_id()}")
