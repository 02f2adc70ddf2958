"""Freshness on a real server: a change through one worker shows in the other's next answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ..conftest import BACKENDS, Databases
from ..support import Clock, Host, db, make_app
from .served import CHANGES, NEW_SECRET, token_of
from .server import Worker, gunicorn

pytestmark = pytest.mark.slow

pytest.importorskip("fcntl", reason="gunicorn needs a POSIX system")
pytest.importorskip("gunicorn")

Pair = tuple[Worker, Worker]


@pytest.fixture(scope="module", params=BACKENDS)
def workers(request: pytest.FixtureRequest, own_databases: Databases) -> Iterator[Pair]:
    """Two workers over one database, both warm, with a client and a token for each change."""
    url = own_databases(request.param, "workers")
    host = Host(make_app(url), Clock())
    with host.app.app_context():
        db.create_all()
    for client_id in CHANGES:
        host.add_client(client_id)
        host.add_token(token_of(client_id), client_id, exp=None, jti=client_id)
    with gunicorn(url, workers=2, threads=2) as server:
        one, other = server.two_workers()
        for worker in (
            one,
            other,
            one,
            other,
        ):  # the first answer is the careful one, the second comes by the memo
            assert all(worker.introspect(client_id).active for client_id in CHANGES)
        yield one, other
    with host.app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ("revoke", 200),
        ("rotate", 401),
        ("end_the_old_secret", 401),
        ("disable", 401),
        ("take_away_the_right", 403),
    ],
)
def test_a_change_through_one_worker_shows_in_the_others_next_answer(
    workers: Pair, change: str, status: int
) -> None:
    one, other = workers
    one.change(change)
    for worker in (other, one):
        answer = worker.introspect(change)
        assert (answer.status, answer.active) == (status, False)


@pytest.mark.parametrize("change", ["rotate", "end_the_old_secret"])
def test_a_new_secret_is_accepted_by_the_other_worker_at_once(workers: Pair, change: str) -> None:
    one, other = workers
    one.change(change)
    assert other.introspect(change, NEW_SECRET).active
