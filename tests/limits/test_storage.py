"""Counts that several workers share, and what happens when their storage does not answer."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from flask_introspect import ConfigError
from flask_introspect.errors import TemporarilyUnavailable
from flask_introspect.limits.counters import Counters
from flask_introspect.limits.memory import _MAX_KEYS, BoundedMemory

from ..support import FORM, Clock, Host

MakeHost = Callable[..., Host]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

LIMITED: dict[str, Any] = {
    "INTROSPECT_FAILED_AUTH_LIMIT": "3 per minute",
    "INTROSPECT_FAILED_AUTH_ADDRESS_LIMIT": "off",
}


class Redis:
    """A Redis server of the test's own."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                pass
        pytest.fail("redis-server did not start")

    def stop(self) -> None:
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait(20)


@pytest.fixture
def redis(database_url: str) -> Iterator[Redis]:
    if shutil.which("redis-server") is None:
        if os.environ.get("TEST_REQUIRE_SERVICES") == "1":
            pytest.fail("there is no redis-server, and TEST_REQUIRE_SERVICES says there must be")
        pytest.skip("there is no redis-server on this machine")
    server = Redis()
    yield server
    server.stop()


def host_on(make_host: MakeHost, redis: Redis, **config: Any) -> Host:
    host = make_host(**{**LIMITED, "INTROSPECT_LIMIT_STORAGE_URI": redis.url, **config})
    return host


def fail(host: Host) -> int:
    return host.ask("documented", dialect=FORM, caller=("test_client_1", "wrong")).status_code


def slowest(work: Callable[[], Any], times: int) -> float:
    """The longest of several calls, in seconds."""
    found = 0.0
    for _ in range(times):
        begun = time.perf_counter()
        work()
        found = max(found, time.perf_counter() - begun)
    return found


def test_workers_count_together(make_host: MakeHost, redis: Redis) -> None:
    first, second = host_on(make_host, redis), host_on(make_host, redis)
    first.add_client()
    assert [fail(first), fail(second), fail(first)] == [401] * 3
    assert fail(first) == fail(second) == 429


def test_no_id_and_no_secret_stands_in_the_storage(make_host: MakeHost, redis: Redis) -> None:
    host = host_on(make_host, redis)
    host.add_client()
    fail(host)
    with socket.create_connection(("127.0.0.1", redis.port), 5) as connection:
        connection.sendall(b"KEYS *\r\n")
        keys = connection.recv(65536)
    assert b"INTROSPECT_" in keys
    assert b"test_client_1" not in keys and b"wrong" not in keys


def test_a_stopped_storage_leaves_counts_in_memory(
    make_host: MakeHost, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    host = host_on(make_host, redis)
    host.add_client(resources=["my_api"])
    host.add_token()
    fail(host)
    redis.stop()
    assert [fail(host) for _ in range(4)] == [401, 401, 401, 429]
    warnings = [each for each in caplog.records if "LIMIT_STORAGE_URI" in each.message]
    assert len(warnings) == 1
    redis.start()


def test_a_frozen_storage_costs_no_request_much(make_host: MakeHost, redis: Redis) -> None:
    host = host_on(make_host, redis, INTROSPECT_RATE_LIMIT="1000 per minute")
    host.add_client(resources=["my_api"])
    host.add_token()
    assert host.ask("documented").status_code == 200
    undisturbed = slowest(lambda: host.ask("documented"), 20)
    redis.process.send_signal(signal.SIGSTOP)
    try:
        # A tenth of a second is promised; the rest is for a busy machine.
        assert slowest(lambda: host.ask("documented"), 20) < 0.1 + undisturbed + 0.2
        assert host.ask("documented").status_code == 200
    finally:
        redis.process.send_signal(signal.SIGCONT)


def test_a_host_may_refuse_while_the_storage_is_away(make_host: MakeHost, redis: Redis) -> None:
    host = host_on(make_host, redis, INTROSPECT_LIMIT_FAILURE="closed")
    host.add_client()
    redis.stop()
    answer = host.ask("documented", dialect=FORM)
    assert answer.status_code == 503
    assert answer.get_json() == {
        "error": "temporarily_unavailable",
        "error_description": "The storage of limits is unavailable, try again later",
    }
    assert int(answer.headers["Retry-After"]) > 0
    redis.start()


def test_a_storage_that_is_back_is_used_again(
    make_host: MakeHost, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flask_introspect.limits.counters._PAUSE", 0.0)
    first, second = host_on(make_host, redis), host_on(make_host, redis)
    first.add_client()
    redis.stop()
    assert fail(first) == 401
    redis.start()
    assert [fail(first), fail(second), fail(first)] == [401] * 3
    assert fail(second) == 429


def test_what_was_used_stays_used_while_the_storage_is_away(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flask_introspect.limits.counters._PAUSE", 0.0)

    def counters(fail_open: bool = True) -> Counters:
        return Counters(redis.url, fail_open=fail_open, prefix="TEST_", clock=time.time)

    one, another, strict = counters(), counters(), counters(fail_open=False)
    assert one.use_once("an assertion", 60)
    assert not another.use_once("an assertion", 60)
    redis.stop()
    assert not one.use_once("an assertion", 60)
    assert not another.use_once("an assertion", 60)
    assert one.use_once("a new one", 60) and not one.use_once("a new one", 60)
    with pytest.raises(TemporarilyUnavailable):
        strict.use_once("another", 60)
    redis.start()
    # A client may try again with what was not taken.
    assert strict.use_once("another", 60)


@pytest.mark.parametrize("uri", ["nothing", "", 5, "redis", "http://localhost"])
def test_a_storage_that_cannot_be_fails_at_registration(make_host: MakeHost, uri: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        make_host(INTROSPECT_LIMIT_STORAGE_URI=uri)
    assert caught.value.key == "INTROSPECT_LIMIT_STORAGE_URI"


# In memory


def test_memory_is_bounded(database_url: str) -> None:
    memory = BoundedMemory(Clock())
    for n in range(_MAX_KEYS + 1000):
        memory.acquire_entry(f"key{n}", 20, 60)
    assert memory.reset() == _MAX_KEYS


def test_a_name_is_used_once_until_it_ends(database_url: str) -> None:
    clock = Clock()
    memory = BoundedMemory(clock)
    assert [memory.incr("name", 10) for _ in range(2)] == [1, 2]
    clock.now += 11
    assert memory.incr("name", 10) == 1


def test_a_count_is_told_until_it_ends_and_can_be_forgotten(database_url: str) -> None:
    clock = Clock()
    memory = BoundedMemory(clock)
    memory.incr("name", 10)
    assert (memory.get("name"), memory.get_expiry("name")) == (1, clock.now + 10)
    assert (memory.get("other"), memory.get_expiry("other")) == (0, clock.now)
    memory.clear("name")
    assert memory.get("name") == 0
    assert memory.check()


def test_counts_that_have_ended_make_room(database_url: str) -> None:
    clock = Clock()
    memory = BoundedMemory(clock)
    for n in range(_MAX_KEYS + 1):
        memory.incr(f"key{n}", 10)
    clock.now += 11
    memory.incr("last", 10)
    assert memory.reset() == 1
