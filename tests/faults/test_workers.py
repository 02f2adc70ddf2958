"""A worker that is killed while it answers: the others go on, and another takes its place."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from http.client import HTTPException

import pytest

from ..conftest import BACKENDS, Databases
from ..scale.server import Server, Worker, gunicorn
from ..support import Clock, Host, db, make_app
from .support import in_time

pytestmark = pytest.mark.slow

pytest.importorskip("fcntl", reason="gunicorn needs a POSIX system")
pytest.importorskip("gunicorn")

CLIENT = "killed"


@pytest.fixture(params=BACKENDS)
def server(request: pytest.FixtureRequest, own_databases: Databases) -> Iterator[Server]:
    """Two workers over one database with a client and its token."""
    url = own_databases(request.param, "killed")
    host = Host(make_app(url), Clock())
    with host.app.app_context():
        db.create_all()
        host.add_client(CLIENT)
        host.add_token(f"token-of-{CLIENT}", CLIENT, exp=None)
        db.session.remove()
        db.engine.dispose()
    with gunicorn(url, workers=2, threads=2) as running:
        yield running


def test_a_worker_that_is_killed_under_load_costs_only_what_it_was_answering(
    server: Server,
) -> None:
    one, other = server.two_workers()

    def ask_often(worker: Worker) -> int:
        """How many answers came; each of them is right."""
        for count in range(200):
            try:
                assert worker.introspect(CLIENT).active
            except (HTTPException, OSError):
                return count
            if worker is one and count == 50:
                os.kill(one.pid, signal.SIGKILL)
        return 200

    cut_off, complete = in_time(lambda: ask_often(one), lambda: ask_often(other))
    assert 50 <= cut_off < 200
    assert complete == 200
    after = server.two_workers()
    assert one.pid not in {worker.pid for worker in after}
    assert all(worker.introspect(CLIENT).active for worker in after)
