"""Prometheus metrics of several workers: gunicorn, and the library's multiprocess mode."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..conftest import Databases
from ..scale.server import Server
from .monitored import ask_through, monitored, scrape, until

pytestmark = pytest.mark.slow

pytest.importorskip("fcntl", reason="gunicorn needs a POSIX system")


@pytest.fixture
def server(own_databases: Databases, tmp_path: Path) -> Iterator[Server]:
    with monitored(own_databases("sqlite", "metrics"), tmp_path) as server:
        yield server


def test_the_numbers_of_both_workers_are_summed_up_whoever_is_scraped(server: Server) -> None:
    ask_through(server.two_workers())
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
    until(lambda: scrape(server)["introspect_remembered_secrets",] == 1)
    found = scrape(server)
    assert found["introspect_answers_total", "form", "active"] == 5
    assert found["introspect_kept_connections",] == 1
