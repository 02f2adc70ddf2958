from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from .support import Clock, Host, db, make_app

# SQLite files of tests need not survive a power failure; in memory, syncing them costs nothing.
if os.access("/dev/shm", os.W_OK):
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", "/dev/shm")

#: The database servers that the suite runs on besides SQLite, by the variable that holds their URL.
SERVERS = {"postgresql": "TEST_POSTGRESQL_URL", "mariadb": "TEST_MARIADB_URL"}

#: Where services must not be missing (CI), a missing one fails; elsewhere the suite runs on what there is.
REQUIRED = os.environ.get("TEST_REQUIRE_SERVICES") == "1"
BACKENDS = ["sqlite", *(name for name, variable in SERVERS.items() if REQUIRED or os.environ.get(variable))]


@pytest.fixture(scope="session")
def scratch_databases() -> Iterator[Callable[[str], str]]:
    """The URL of an empty database of this test run's own, on a server; made at first use, dropped at the end."""
    made: dict[str, tuple[sa.Engine, str, str]] = {}

    def scratch(backend: str) -> str:
        if backend not in made:
            given = os.environ.get(SERVERS[backend])
            if not given:
                pytest.fail(f"{SERVERS[backend]} is not set, and TEST_REQUIRE_SERVICES says that it must be")
            server = sa.create_engine(given, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
            name = f"introspect_test_{os.getpid()}"
            with server.connect() as connection:
                connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name}"))
                connection.execute(sa.text(f"CREATE DATABASE {name}"))
            url = sa.make_url(given).set(database=name).render_as_string(hide_password=False)
            made[backend] = server, name, url
        return made[backend][2]

    yield scratch
    for server, name, _ in made.values():
        force = " WITH (FORCE)" if server.dialect.name == "postgresql" else ""
        with server.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name}{force}"))


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path, scratch_databases: Callable[[str], str]) -> str:
    """An empty database, on each of the backends in turn. Who uses it leaves no tables behind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.db'}"
    return scratch_databases(request.param)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make_host(database_url: str, clock: Clock) -> Iterator[Callable[..., Host]]:
    """Makes a host on our mixins' tables, with the configuration that is given. Hosts of one test share the tables."""
    with ExitStack() as cleanup:

        def make(**config: Any) -> Host:
            app = make_app(database_url, **{"INTROSPECT_CLOCK": clock, **config})
            with app.app_context():
                db.create_all()
            cleanup.callback(_drop_tables, app)
            return Host(app, clock)

        yield make


def _drop_tables(app: Any) -> None:
    with app.app_context():
        db.session.remove()
        db.drop_all()
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture
def host(make_host: Callable[..., Host]) -> Host:
    """A host with the default configuration, the documented client, and the documented token under ``documented``."""
    made = make_host()
    made.add_client(resources=["my_api"])
    made.add_token()
    return made


@pytest.fixture(scope="module", params=BACKENDS)
def lasting_host(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    scratch_databases: Callable[[str], str],
) -> Iterator[Host]:
    """Like :func:`host`, one for all tests of a module that only ask. Not beside ``host``: they share the database."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('lasting') / 'test.db'}"
    else:
        url = scratch_databases(request.param)
    clock = Clock()
    app = make_app(url, INTROSPECT_CLOCK=clock)
    with app.app_context():
        db.create_all()
    made = Host(app, clock)
    made.add_client(resources=["my_api"])
    made.add_token()
    yield made
    _drop_tables(app)
