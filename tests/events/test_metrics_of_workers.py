"""Prometheus metrics of several workers: gunicorn, and the library's multiprocess mode."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ..conftest import Databases
from ..scale.served import token_of
from ..scale.server import Server, Worker, gunicorn
from ..support import Clock, Host, db, make_app

pytest.importorskip("fcntl", reason="gunicorn needs a POSIX system")

CLIENTS = ("one", "other")


@pytest.fixture
def server(own_databases: Databases, tmp_path: Path) -> Iterator[Server]:
    """gunicorn with two workers, whose numbers go into a directory."""
    url = own_databases("sqlite", "metrics")
    host = Host(make_app(url), Clock())
    with host.app.app_context():
        db.create_all()
    for client_id in CLIENTS:
        host.add_client(client_id)
        host.add_token(token_of(client_id), client_id, exp=None, jti=client_id)
    config = Path(__file__).with_name("gunicorn_conf.py")
    with gunicorn(
        url,
        workers=2,
        threads=2,
        served=f"{__package__}.served",
        options=["--config", str(config)],
        environment={"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)},
    ) as server:
        yield server
    with host.app.app_context():
        db.drop_all()
        db.engine.dispose()


def scrape(server: Server) -> dict[tuple[str, ...], float]:
    """All samples, by their name and the values of their labels."""
    with urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=10) as answer:
        families = text_string_to_metric_families(answer.read().decode())
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


def ask_through(workers: tuple[Worker, Worker]) -> None:
    """Three good questions through one worker, two through the other, and a wrong secret each."""
    for worker, times in zip(workers, (3, 2), strict=True):
        for _ in range(times):
            assert worker.introspect("one").active
        assert worker.introspect("other", "wrong").status == 401


def test_the_numbers_of_both_workers_are_summed_up_whoever_is_scraped(server: Server) -> None:
    workers = server.two_workers()
    ask_through(workers)
    for _ in range(4):
        found = scrape(server)
        assert found["introspect_answers_total", "form", "active"] == 5
        assert found["introspect_answers_total", "json", "active"] == 0
        assert found["introspect_refusals_total", "wrong_secret"] == 2
        assert found["introspect_duration_seconds_count", "answered"] == 5
        assert found["introspect_duration_seconds_count", "refused"] == 2
        assert found["introspect_hashes_total",] == 4
        assert found["introspect_remembered_secrets",] == 2
        assert found["introspect_kept_connections",] == 2


def test_a_worker_that_is_gone_keeps_its_counts_and_loses_its_gauges(server: Server) -> None:
    one, other = server.two_workers()
    ask_through((one, other))
    os.kill(one.pid, signal.SIGTERM)
    until = time.monotonic() + 30
    while (found := scrape(server))["introspect_remembered_secrets",] != 1:
        assert time.monotonic() < until, found
    assert found["introspect_answers_total", "form", "active"] == 5
    assert found["introspect_kept_connections",] == 1
