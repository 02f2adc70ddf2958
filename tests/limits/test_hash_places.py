"""Only so many slow hashes run at once; nobody else waits long."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest

from flask_introspect import ConfigError
from flask_introspect.authentication import build
from flask_introspect.errors import TemporarilyUnavailable
from flask_introspect.limits import HashPlaces
from flask_introspect.records import Refusal
from flask_introspect.secrets import hash_generated_secret

from ..support import DIALECTS, Host, error_body

MakeHost = Callable[..., Host]

TEXT = "Too many clients authenticate at once, try again later"


class Gate:
    """Work that begins, and ends only when it is let through."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.go_on = threading.Event()

    def __call__(self) -> bool:
        self.begun.release()
        assert self.go_on.wait(20)
        return True


def under_attack(size: int) -> HashPlaces:
    """Places that have seen wrong secrets again and again."""
    places = HashPlaces(size)
    for _ in range(4):
        places.note_failure()
    return places


def hold(places: HashPlaces, count: int, held: ExitStack) -> None:
    for _ in range(count):
        held.enter_context(places.place())


@pytest.mark.parametrize("size", [1, 2, 5])
def test_under_attack_as_many_wait_as_run(size: int) -> None:
    places = under_attack(size)
    with ExitStack() as held:
        hold(places, 2 * size, held)
        with pytest.raises(TemporarilyUnavailable) as caught, places.place():
            pass
        assert caught.value.reason is Refusal.NO_PLACE
    with places.place():
        pass


def test_as_long_as_secrets_are_right_many_may_wait() -> None:
    places = HashPlaces(1)
    for _ in range(3):
        places.note_failure()
    with ExitStack() as held:
        hold(places, 64, held)
        with pytest.raises(TemporarilyUnavailable), places.place():
            pass


def test_only_so_many_run_at_once() -> None:
    places, gate = HashPlaces(2), Gate()
    with ThreadPoolExecutor(5) as threads:
        running = [threads.submit(places.run, gate) for _ in range(5)]
        for _ in range(2):
            assert gate.begun.acquire(timeout=20)
        assert not gate.begun.acquire(timeout=0.05)
        gate.go_on.set()
        assert all(each.result() for each in running)


def test_an_error_of_the_work_gets_out_and_frees_the_place() -> None:
    places = HashPlaces(1)
    for _ in range(5):
        with pytest.raises(ZeroDivisionError):
            places.run(lambda: 1 // 0)
    assert places.run(lambda: 7) == 7


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_fork_has_places_of_its_own() -> None:
    places = HashPlaces(1)
    places.run(lambda: True)
    child = os.fork()
    if child == 0:
        signal.alarm(20)  # rather than wait for ever
        done = False
        try:
            done = places.run(lambda: True)
        finally:
            os._exit(0 if done else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_whoever_finds_no_place_is_told_to_come_again(
    make_host: MakeHost, monkeypatch: pytest.MonkeyPatch, dialect: str
) -> None:
    places = under_attack(1)
    monkeypatch.setattr(build, "HashPlaces", lambda size: places)
    host = make_host()
    host.add_client()
    with ExitStack() as held:
        hold(places, 2, held)
        answer = host.ask("documented", dialect=dialect)
    assert answer.status_code == 503
    assert answer.data == error_body(dialect, 503, "temporarily_unavailable", TEXT)
    assert answer.headers["Retry-After"] == "1"
    assert host.ask("documented").status_code != 503


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_generated_secrets_need_no_place(make_host: MakeHost) -> None:
    host = make_host()
    host.add_client(client_secret=hash_generated_secret("test_secret"), resources=["my_api"])
    host.add_token()
    before = set(threading.enumerate())  # one that another test left may end meanwhile
    assert host.ask("documented").status_code == 200
    assert host.ask("documented", caller=("test_client_1", "wrong")).status_code == 401
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("value", [0, -1, "2", True, 1.5])
def test_a_number_that_cannot_be_fails_at_registration(make_host: MakeHost, value: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        make_host(INTROSPECT_MAX_HASHES=value)
    assert caught.value.key == "INTROSPECT_MAX_HASHES"
