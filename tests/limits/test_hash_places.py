"""Only so many slow hashes run at once; nobody else waits long."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from flask_introspect import ConfigError
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


def test_as_many_again_wait_and_the_rest_is_refused() -> None:
    places, gate = HashPlaces(2), Gate()
    with ThreadPoolExecutor(4) as threads:
        running = [threads.submit(places.run, gate) for _ in range(4)]
        for _ in range(2):
            assert gate.begun.acquire(timeout=20)
        while not all(each.running() for each in running):
            pass
        refused = 0
        for _ in range(100):
            try:
                places.run(lambda: True)
            except TemporarilyUnavailable as error:
                refused += error.reason is Refusal.NO_PLACE
                break
        gate.go_on.set()
        assert refused == 1
        assert all(each.result() for each in running)
    assert places.run(lambda: True)


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
        done = False
        try:
            done = places.run(lambda: True)
        finally:
            os._exit(0 if done else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_whoever_finds_no_place_is_told_to_come_again(make_host: MakeHost, dialect: str) -> None:
    gate = Gate()

    def verifier(stored: str, presented: str) -> bool:
        return gate() and stored == presented

    host = make_host(INTROSPECT_MAX_HASHES=1, INTROSPECT_SECRET_VERIFIER=verifier)
    host.add_client(client_secret="test_secret", resources=["my_api"])
    host.add_token()
    with ThreadPoolExecutor(2) as threads:
        asked = [
            threads.submit(host.ask, "documented", caller=("test_client_1", secret))
            for secret in ("test_secret", "another")
        ]
        assert gate.begun.acquire(timeout=20)
        answer: Any = None
        while answer is None or answer.status_code == 401:  # until the second one waits too
            answer = host.ask("documented", dialect=dialect, caller=("test_client_1", "third"))
        gate.go_on.set()
        assert [each.result().status_code for each in asked] == [200, 401]
    assert answer.status_code == 503
    assert answer.data == error_body(dialect, 503, "temporarily_unavailable", TEXT)
    assert answer.headers["Retry-After"] == "1"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_generated_secrets_need_no_place(make_host: MakeHost) -> None:
    host = make_host()
    host.add_client(client_secret=hash_generated_secret("test_secret"), resources=["my_api"])
    host.add_token()
    before = threading.active_count()
    assert host.ask("documented").status_code == 200
    assert host.ask("documented", caller=("test_client_1", "wrong")).status_code == 401
    assert threading.active_count() == before


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("value", [0, -1, "2", True, 1.5])
def test_a_number_that_cannot_be_fails_at_registration(make_host: MakeHost, value: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        make_host(INTROSPECT_MAX_HASHES=value)
    assert caught.value.key == "INTROSPECT_MAX_HASHES"
