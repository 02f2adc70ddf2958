"""The hosts that tests ask, the cheapest first.

``host``
    One application for the whole run. Its tables are emptied before each test, then hold the
    documented client and token.
``share_host(**config)``
    The same with a configuration, and empty tables: one application for each configuration.
``lasting_host``
    The same for all tests of a module that only ask: its rows stay.
``fresh_host``, ``make_host(**config)``
    An application of the test's own on those tables: to configure it, to register something on it,
    to hook into it or its engine, or to look at what it remembers.
``lone_host``, ``make_lone_host(**config)``
    Tables of the test's own, too: to drop them.
``database_url``
    An empty database for other tables.

Everything is logged, and searched for secrets after each test: see :mod:`.sentinel`.
``unheard`` has the levels of a host that says nothing about them.
"""

from __future__ import annotations

import gc
import logging
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask, request_tearing_down

from .sentinel import LOGGERS, sentinel
from .support import Client, Clock, Host, Tables, db, make_app, quick_hash

pytest_plugins = ["pytester"]

#: The database servers that the suite runs on besides SQLite, by the variable that holds their URL.
SERVERS = {"postgresql": "TEST_POSTGRESQL_URL", "mariadb": "TEST_MARIADB_URL"}

#: Where services must not be missing (CI), a missing one fails; elsewhere the suite runs on what
#: there is.
REQUIRED = os.environ.get("TEST_REQUIRE_SERVICES") == "1"
BACKENDS = [
    "sqlite",
    *(name for name, variable in SERVERS.items() if os.environ.get(variable) or REQUIRED),
]

Databases = Callable[[str, str], str]
MakeHost = Callable[..., Host]


def on(backend: str) -> pytest.ParameterSet:
    """A backend as a parameter; skipped, with the reason, where its server isn't named."""
    missing = backend not in BACKENDS
    return pytest.param(
        backend, marks=pytest.mark.skipif(missing, reason=f"{SERVERS.get(backend)} is not set")
    )


# The log


@pytest.fixture(scope="session", autouse=True)
def _everything_is_logged() -> Iterator[None]:
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.DEBUG)
    logging.getLogger().addHandler(sentinel)
    with request_tearing_down.connected_to(sentinel.note_request):
        yield


@pytest.fixture
def unheard() -> Iterator[None]:
    """Levels as they are in a host that says nothing about them: so nobody listens to answers."""
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.NOTSET)
    yield
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.DEBUG)


@pytest.fixture(scope="module", autouse=True)
def _secrets_are_the_modules_own() -> None:
    sentinel.forget()


@pytest.fixture(autouse=True)
def _no_secret_is_logged() -> Iterator[None]:
    yield
    assert sentinel.leaks() == []


@pytest.fixture
def no_collection() -> Iterator[None]:
    """Garbage waits: at the bottom of a recursion, the finalizers of other tests would fail."""
    gc.disable()
    yield
    gc.enable()


# Databases


@pytest.fixture(scope="session")
def quick_directory() -> Iterator[Path]:
    """A directory for SQLite's files: in memory if possible, so that no commit waits for a disk."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(
        prefix="introspect-", dir=memory, ignore_cleanup_errors=True
    ) as name:
        yield Path(name)


@pytest.fixture(scope="session")
def own_databases(quick_directory: Path) -> Iterator[Databases]:
    """Makes empty databases that live as long as the test run, by backend and name."""
    with ExitStack() as cleanup:

        def make(backend: str, name: str) -> str:
            if backend == "sqlite":
                return f"sqlite:///{quick_directory / name}.db"
            given = os.environ.get(SERVERS[backend])
            if not given:
                pytest.fail(
                    f"{SERVERS[backend]} is not set, and TEST_REQUIRE_SERVICES says that it must be"
                )
            name = f"introspect_{name}_{os.getpid()}"
            server = sa.create_engine(given, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
            _drop(server, name)
            with server.connect() as connection:
                connection.execute(sa.text(f"CREATE DATABASE {name}"))
            cleanup.callback(_drop, server, name)
            return sa.make_url(given).set(database=name).render_as_string(hide_password=False)

        yield make


def _drop(server: sa.Engine, name: str) -> None:
    force = " WITH (FORCE)" if server.dialect.name == "postgresql" else ""
    with server.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name}{force}"))


@pytest.fixture(scope="session")
def scratch_databases(own_databases: Databases) -> Iterator[Callable[[str], str]]:
    """An empty database by backend. A server's is always the same; SQLite's is a new file."""
    made: dict[str, str] = {}
    numbers = count()

    def scratch(backend: str) -> str:
        if backend == "sqlite":
            return own_databases(backend, f"scratch{next(numbers)}")
        if backend not in made:
            made[backend] = own_databases(backend, "scratch")
        return made[backend]

    yield scratch


@pytest.fixture(params=BACKENDS)
def database_url(
    request: pytest.FixtureRequest, scratch_databases: Callable[[str], str]
) -> Iterator[str]:
    """An empty database, on each of the backends in turn. Who uses it leaves no tables behind."""
    url = scratch_databases(request.param)
    yield url
    if request.param == "sqlite":
        Path(url.removeprefix("sqlite:///")).unlink(missing_ok=True)


# The tables of our mixins, and hosts on them


@pytest.fixture(scope="session")
def _clock() -> Clock:
    return Clock()


@pytest.fixture
def clock(_clock: Clock) -> Clock:
    """The clock of every host: it stands at an hour after the documented token was issued."""
    _clock.turn_back()
    return _clock


@pytest.fixture(scope="session")
def shared_tables(own_databases: Databases) -> Iterator[Callable[[str], Tables]]:
    """The tables of our mixins, by backend; made at first use."""
    made: dict[str, Tables] = {}

    def share(backend: str) -> Tables:
        if backend not in made:
            made[backend] = Tables(own_databases(backend, "shared"))
        return made[backend]

    yield share
    for tables in made.values():
        tables.dispose()


@pytest.fixture
def tables(database_url: str, shared_tables: Callable[[str], Tables]) -> Tables:
    """The tables of our mixins, empty, on each of the backends in turn."""
    name = sa.make_url(database_url).get_backend_name()
    tables = shared_tables("mariadb" if name == "mysql" else name)
    tables.clear()
    return tables


@pytest.fixture(scope="session")
def shared_hosts() -> Iterator[Callable[..., Host]]:
    """A host by its tables and configuration.

    It has served, so Flask refuses further hooks and blueprints.
    """
    made: dict[tuple[Tables, str], Host] = {}

    def share(tables: Tables, clock: Clock, **config: object) -> Host:
        name = tables, repr(sorted(config.items()))
        if name not in made:
            app = make_app(tables.url, **{"INTROSPECT_CLOCK": clock, **config})
            made[name] = host = Host(app, clock)
            # Whom it doesn't know costs a hash as quick as this one from now on.
            host.save(Client(client_id="first", client_secret=quick_hash("first")))
            assert host.ask(caller=("nobody", "x")).status_code == 401
            tables.clear()
        return made[name]

    yield share
    for host in made.values():
        _dispose(host.app)


@pytest.fixture
def make_host(tables: Tables, clock: Clock) -> Iterator[MakeHost]:
    """Makes a host with the configuration that is given, an application of its own.

    Hosts of one test share the tables, which are empty.
    """
    with ExitStack() as cleanup:

        def make(**config: object) -> Host:
            app = make_app(tables.url, **{"INTROSPECT_CLOCK": clock, **config})
            cleanup.callback(_dispose, app)
            return Host(app, clock)

        yield make


@pytest.fixture
def make_lone_host(database_url: str, clock: Clock) -> Iterator[MakeHost]:
    """Makes a host on tables of its own, which the test may drop."""
    with ExitStack() as cleanup:

        def make(**config: object) -> Host:
            app = make_app(database_url, **{"INTROSPECT_CLOCK": clock, **config})
            with app.app_context():
                db.create_all()
            cleanup.callback(_dispose, app, drop=True)
            return Host(app, clock)

        yield make


def _dispose(app: Flask, drop: bool = False) -> None:
    with app.app_context():
        db.session.remove()
        if drop:
            db.drop_all()
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture
def share_host(tables: Tables, shared_hosts: Callable[..., Host], clock: Clock) -> MakeHost:
    """Finds the one host with the configuration that is given; its tables are empty.

    Its application serves the whole run, and remembers.
    """
    return partial(shared_hosts, tables, clock)


@pytest.fixture
def host(share_host: MakeHost) -> Host:
    """A host with the documented client, and the documented token under ``documented``.

    Its application serves the whole run, and remembers; its configuration is the default one.
    """
    host = share_host()
    host.add_documented()
    return host


@pytest.fixture
def fresh_host(make_host: MakeHost) -> Host:
    """Like :func:`host`, but its application is new: it may be changed, and remembers nothing."""
    host = make_host()
    host.add_documented()
    return host


@pytest.fixture
def lone_host(make_lone_host: MakeHost) -> Host:
    """Like :func:`fresh_host`, on tables that may be dropped."""
    host = make_lone_host()
    host.add_documented()
    return host


@pytest.fixture(scope="session")
def lasting_tables(own_databases: Databases) -> Iterator[Callable[[str], Tables]]:
    made: dict[str, Tables] = {}

    def share(backend: str) -> Tables:
        if backend not in made:
            made[backend] = Tables(own_databases(backend, "lasting"))
        return made[backend]

    yield share
    for tables in made.values():
        tables.dispose()


@pytest.fixture(scope="module", params=BACKENDS)
def lasting_host(
    request: pytest.FixtureRequest,
    lasting_tables: Callable[[str], Tables],
    shared_hosts: Callable[..., Host],
) -> Host:
    """Like :func:`host`, one for all tests of a module that only ask."""
    tables = lasting_tables(request.param)
    tables.clear()
    host = shared_hosts(tables, Clock())
    host.add_documented()
    return host
