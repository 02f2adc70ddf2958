"""Many threads at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.security import generate_password_hash

from ..support import Host
from .served import SECRET, token_of
from .server import Worker, gunicorn

pytestmark = pytest.mark.slow

#: More than a connection pool of SQLAlchemy's default size has connections.
THREADS = 24


@pytest.fixture
def slow_database() -> Iterator[None]:
    """Every statement takes a moment, so that requests meet."""

    def linger(*_: Any) -> None:
        Event().wait(0.005)

    sa.event.listen(sa.Engine, "before_cursor_execute", linger)
    yield
    sa.event.remove(sa.Engine, "before_cursor_execute", linger)


@pytest.mark.usefixtures("slow_database")
@pytest.mark.parametrize(("pool_size", "max_overflow"), [(1, 0), (2, 0), (1, 1), (2, 2)])
def test_more_requests_at_once_than_connections_all_get_their_answer_soon(
    make_host: Callable[..., Host], pool_size: int, max_overflow: int
) -> None:
    pool = {"pool_size": pool_size, "max_overflow": max_overflow, "pool_timeout": 2}
    host = make_host(SQLALCHEMY_ENGINE_OPTIONS=pool)
    host.add_client("busy")
    host.add_token(token_of("busy"), "busy")

    def introspect(_: int) -> int:
        return host.ask(token_of("busy"), caller=("busy", SECRET)).status_code

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(introspect, range(80))) == {200}


def test_first_use_by_many_threads_at_once_hashes_once(make_host: Callable[..., Host]) -> None:
    pytest.importorskip("fcntl", reason="gunicorn needs a POSIX system")
    pytest.importorskip("gunicorn")
    host = make_host()
    host.add_client("busy", client_secret=generate_password_hash(SECRET))
    host.add_token(token_of("busy"), "busy", exp=None)
    together = Barrier(THREADS)

    def introspect(worker: Worker) -> bool:
        together.wait(30)
        return worker.introspect("busy").active

    with gunicorn(host.app.config["SQLALCHEMY_DATABASE_URI"], workers=1, threads=THREADS) as server:
        workers = [server.connect() for _ in range(THREADS)]
        with ThreadPoolExecutor(THREADS) as pool:
            assert all(pool.map(introspect, workers))
        assert workers[0].checked() == 1
