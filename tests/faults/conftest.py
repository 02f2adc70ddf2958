from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from ..conftest import REQUIRED, on
from ..failures.conftest import no_secret_in_the_log  # noqa: F401  # for these tests as well
from ..failures.support import TOKEN
from ..support import Clock, Host, db, make_app
from .servers import SERVERS, Server
from .support import BOUND

MakeServed = Callable[..., Host]

_numbers = count()


@pytest.fixture(scope="session")
def _own_servers(quick_directory: Path) -> Iterator[Callable[[str], Server]]:
    """Servers of our own, installed at first use."""
    made: dict[str, Server] = {}
    with tempfile.TemporaryDirectory(
        prefix="servers-", dir=quick_directory.parent, ignore_cleanup_errors=True
    ) as name:
        directory = Path(name)
        directory.chmod(0o755)  # for the servers' own users

        def own(backend: str) -> Server:
            if backend not in made:
                made[backend] = SERVERS[backend](directory)
            return made[backend]

        yield own
        for server in made.values():
            server.stop()


@pytest.fixture(params=[on(backend) for backend in SERVERS])
def server(request: pytest.FixtureRequest, _own_servers: Callable[[str], Server]) -> Server:
    """A database server of our own, which runs. A test may stop it."""
    missing = SERVERS[request.param].missing()
    if missing and not REQUIRED:
        pytest.skip(f"{' and '.join(missing)} are not installed")
    assert not missing, "TEST_REQUIRE_SERVICES says that no service may be missing"
    server = _own_servers(request.param)
    server.ensure()
    return server


@pytest.fixture
def served(server: Server, clock: Clock) -> Iterator[MakeServed]:
    """Makes a host on an empty database of that server, with a client and a token."""
    name = f"faults{next(_numbers)}"
    with server.administrator() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    with ExitStack() as cleanup:

        def make(**config: object) -> Host:
            bound = {"INTROSPECT_STORE_TIMEOUT": BOUND, "INTROSPECT_CLOCK": clock}
            host = Host(make_app(server.url(name), **{**bound, **config}), clock)
            cleanup.callback(_dispose, host)
            with host.app.app_context():
                db.create_all()
            host.add_client(resources=["my_api"])
            host.add_token(TOKEN)
            _dispose(host)  # so that it has not connected yet
            return host

        yield make


def _dispose(host: Host) -> None:
    with host.app.app_context():
        db.session.remove()
        db.engine.dispose()
