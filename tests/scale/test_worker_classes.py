"""Fifty callers at once, on gunicorn's workers with threads and with greenlets."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from ..conftest import Databases, on
from ..support import Clock, Host, db, make_app
from .served import token_of
from .server import Worker, gunicorn

pytest.importorskip("fcntl", reason="gunicorn needs a POSIX system")
pytest.importorskip("gunicorn")

CALLERS = [f"caller_{number}" for number in range(50)]
ROUNDS = 6

#: A pool of 5 with 10 more, and as many kept as the pool has places; and some that are just being
#: closed, which the server counts a moment longer.
CONNECTIONS = 20 + 5


@pytest.fixture(params=[on("postgresql")])
def url(request: pytest.FixtureRequest, own_databases: Databases) -> Iterator[str]:
    """A database in which every caller has a token."""
    made = own_databases(request.param, "classes")
    host = Host(make_app(made), Clock())
    with host.app.app_context():
        db.drop_all()
        db.create_all()
    for client_id in CALLERS:
        host.add_client(client_id)
        host.add_token(token_of(client_id), client_id, exp=None, jti=client_id)
    with host.app.app_context():
        db.engine.dispose()
    yield made


def count_connections(url: str) -> int:
    """Count the connections to a database, without the one that asks."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    query = "SELECT count(*) - 1 FROM pg_stat_activity WHERE datname = current_database()"
    with engine.connect() as connection:
        return int(connection.execute(sa.text(query)).scalar_one())


@pytest.mark.parametrize("worker_class", ["gthread", "gevent"])
def test_fifty_callers_get_right_answers_over_few_connections(url: str, worker_class: str) -> None:
    pytest.importorskip("gevent")
    with gunicorn(url, workers=1, threads=50, worker_class=worker_class) as server:

        def ask(client_id: str) -> list[bool]:
            worker = Worker(server.port)
            answers = [worker.introspect(client_id).active for _ in range(ROUNDS)]
            worker.close()
            return answers

        with ThreadPoolExecutor(len(CALLERS)) as callers:
            answers = list(callers.map(ask, CALLERS))
            connections = count_connections(url)
    assert answers == [[True] * ROUNDS] * len(CALLERS)
    assert 0 < connections <= CONNECTIONS
