"""The requests that the fuzzer begins with are of every kind, and answered as they must be."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ..conftest import Databases
from ..support import Host, db
from .host import answer, make_host
from .requests import environ_of, fault, seeds


@pytest.fixture(scope="module")
def fuzzed(own_databases: Databases) -> Iterator[Host]:
    made = make_host(own_databases("sqlite", "fuzzed"))
    yield made
    with made.app.app_context():
        db.engine.dispose()


def test_each_seed_is_answered_in_its_dialect(fuzzed: Host) -> None:
    for seed in seeds():
        environ = environ_of(seed)
        assert fault(environ, *answer(fuzzed.app, environ)) == "", seed


def test_the_seeds_reach_every_kind_of_answer(fuzzed: Host) -> None:
    statuses = {answer(fuzzed.app, environ_of(seed))[0].split()[0] for seed in seeds()}
    assert statuses == {"200", "400", "401", "404", "405", "415"}


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        ("500 INTERNAL SERVER ERROR", {}, b"{}"),
        ("200 OK", {"Content-Type": "text/html"}, b"<p>"),
        ("200 OK", {}, b'{"active": true}'),
        ("200 OK", {}, b'{"active": false, "exp": 1}'),
        ("401 UNAUTHORIZED", {}, b'{"error": "x", "error_description": "x"}'),
        ("400 BAD REQUEST", {}, b'{"code": "400000"}'),
    ],
)
def test_a_wrong_answer_is_told(status: str, headers: dict[str, str], body: bytes) -> None:
    standard = {"Content-Type": "application/json", "Cache-Control": "no-store", "Vary": "Accept"}
    assert fault({}, status, {**standard, **headers}, body) != ""
