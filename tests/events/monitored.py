"""A monitored server in a test: gunicorn with metrics, and a real Prometheus that scrapes it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ..scale.served import token_of
from ..scale.server import Server, Worker, gunicorn
from ..support import Clock, Host, db, make_app

CLIENTS = ("one", "other")

#: Where services must not be missing (CI), a missing one fails.
REQUIRED = os.environ.get("TEST_REQUIRE_SERVICES") == "1"


def tool(name: str) -> str:
    """The path of one of Prometheus's programs."""
    found = shutil.which(name)
    if found is None:
        (pytest.fail if REQUIRED else pytest.skip)(f"{name} is not installed")
    return found


@contextmanager
def monitored(url: str, numbers: Path) -> Iterator[Server]:
    """gunicorn with two workers, whose numbers go into a directory."""
    host = Host(make_app(url), Clock())
    with host.app.app_context():
        db.create_all()
    for client_id in CLIENTS:
        host.add_client(client_id)
        host.add_token(token_of(client_id), client_id, exp=None, jti=client_id)
    config = Path(__file__).with_name("gunicorn_conf.py")
    try:
        with gunicorn(
            url,
            workers=2,
            threads=2,
            served=f"{__package__}.served",
            options=["--config", str(config)],
            environment={"PROMETHEUS_MULTIPROC_DIR": str(numbers)},
        ) as server:
            yield server
    finally:
        with host.app.app_context():
            db.drop_all()
            db.engine.dispose()


def ask_through(workers: tuple[Worker, Worker]) -> None:
    """Three good questions through one worker, two through the other, and a wrong secret each."""
    for worker, times in zip(workers, (3, 2), strict=True):
        for _ in range(times):
            assert worker.introspect("one").active
        assert worker.introspect("other", "wrong").status == 401


def scrape(server: Server) -> dict[tuple[str, ...], float]:
    """All samples, by their name and the values of their labels."""
    with urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=10) as answer:
        exposed = answer.read().decode()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(exposed)
        for sample in family.samples
    }


def until(what: Callable[[], Any], seconds: float = 60) -> Any:
    """Ask until there is something; fail after a while."""
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, f"nothing came of {what}"
    return found


class Prometheus:
    """A running Prometheus."""

    def __init__(self, port: int) -> None:
        self._address = f"http://127.0.0.1:{port}"

    def is_ready(self) -> bool:
        try:
            with urlopen(f"{self._address}/-/ready", timeout=10):
                return True
        except (URLError, ConnectionError):
            return False

    def query(self, expression: str) -> list[tuple[dict[str, str], float]]:
        """Evaluate an expression now: the labels and the value of each series."""
        parameters = urlencode({"query": expression})
        with urlopen(f"{self._address}/api/v1/query?{parameters}", timeout=10) as answer:
            found = json.load(answer)
        assert found["status"] == "success"
        return [(each["metric"], float(each["value"][1])) for each in found["data"]["result"]]

    def value(self, expression: str) -> float | None:
        """The value of an expression that is one series, if it is there yet."""
        return next((value for _, value in self.query(expression)), None)


@contextmanager
def prometheus(server: Server, folder: Path) -> Iterator[Prometheus]:
    """A Prometheus of the test's own that scrapes a server every second."""
    config = {
        "global": {"scrape_interval": "1s"},
        "scrape_configs": [
            {
                "job_name": "auth",
                "static_configs": [{"targets": [f"127.0.0.1:{server.port}"]}],
            }
        ],
    }
    path = folder / "prometheus.yml"
    path.write_text(json.dumps(config))  # JSON is YAML
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [tool("prometheus"), f"--config.file={path}", "--log.level=error"]
    command += [f"--storage.tsdb.path={folder}", f"--web.listen-address=127.0.0.1:{port}"]
    process = subprocess.Popen(command)
    try:
        found = Prometheus(port)
        until(found.is_ready)
        yield found
    finally:
        process.terminate()
        process.wait(30)
