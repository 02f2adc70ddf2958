"""The memo of verified secrets: what is remembered, for how long, and of what kind."""

from __future__ import annotations

import json
import logging
import threading

import pytest
from werkzeug.security import generate_password_hash

from flask_introspect.authentication.presented import ClientCredentials
from flask_introspect.authentication.verified import VerifiedSecrets

from ..support import (
    DOCUMENTED,
    FORM,
    INACTIVE,
    JSON,
    NOW,
    Client,
    Host,
    basic,
    quick_hash,
    statements,
)
from .support import PAIR, ask


def test_a_slow_hash_is_paid_once(host: Host, checks: list[str]) -> None:
    for _ in range(3):
        assert host.ask("documented").status_code == 200
    assert len(checks) == 1


def test_failures_are_never_kept(host: Host, checks: list[str]) -> None:
    for _ in range(3):
        assert host.ask("documented", caller=(PAIR[0], "not yet")).status_code == 401
    assert len(checks) == 3
    host.change(Client, {"client_id": PAIR[0]}, client_secret=quick_hash("not yet"))
    assert host.ask("documented", caller=(PAIR[0], "not yet")).status_code == 200


def test_each_client_and_secret_is_kept_apart(host: Host, checks: list[str]) -> None:
    host.add_client("test_client_2", "test_secret")
    host.ask("documented")
    assert host.ask("documented", caller=("test_client_2", "test_secret")).status_code == 404
    assert len(checks) == 2


def test_the_memo_is_the_same_for_every_way_to_present_a_pair(
    host: Host, checks: list[str]
) -> None:
    assert ask(host, basic(*PAIR)) == 200
    assert ask(host, client_id=PAIR[0], client_secret=PAIR[1]) == 200
    assert ask(host, dialect=JSON, client_id=PAIR[0], client_secret=PAIR[1]) == 200
    assert ask(host, basic("test%5Fclient%5F1", "test%5Fsecret")) == 200
    assert len(checks) == 1


def test_a_raw_reading_that_is_known_costs_no_hash_for_the_decoded_one(
    host: Host, checks: list[str]
) -> None:
    host.add_client("plus", "a+b", resources=["my_api"])
    assert host.ask("documented", caller=("plus", "a+b")).status_code == 200
    checks.clear()
    with statements() as sent:
        assert host.ask("documented", caller=("plus", "a+b")).status_code == 200
    assert (len(checks), len(sent)) == (0, 1)


def test_many_first_requests_at_once_hash_once(fresh_host: Host, checks: list[str]) -> None:
    host = fresh_host
    host.change(Client, {"client_id": PAIR[0]}, client_secret=generate_password_hash("test_secret"))
    start = threading.Barrier(8)
    answers: list[int] = []

    def run() -> None:
        start.wait()
        answers.append(host.ask("documented").status_code)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 8
    assert len(checks) == 1


STORED = quick_hash("s")


def test_the_memo_is_bounded_and_forgets_the_oldest_first() -> None:
    memo = VerifiedSecrets(size=3)
    names = [memo.fingerprint(ClientCredentials("id", str(n))) for n in range(5)]
    for name in names:
        memo.add(name, STORED, None)
    assert len(memo) == 3
    assert [name in memo for name in names] == [False, False, True, True, True]


def test_what_is_added_again_is_young_again() -> None:
    memo = VerifiedSecrets(size=2)
    first, second, third = (memo.fingerprint(ClientCredentials("id", str(n))) for n in range(3))
    for name in (first, second, first, third):
        memo.add(name, STORED, None)
    assert [name in memo for name in (first, second, third)] == [True, False, True]


def test_the_memo_holds_for_the_same_stored_value_until_its_secret_ends() -> None:
    memo = VerifiedSecrets()
    name = memo.fingerprint(ClientCredentials("id", "s"))
    assert not memo.holds(name, STORED, NOW)
    memo.add(name, STORED, NOW + 1)
    assert memo.holds(name, STORED, NOW)
    assert not memo.holds(name, STORED, NOW + 1)
    assert not memo.holds(name, quick_hash("s"), NOW)
    assert not memo.holds(name, None, NOW)
    memo.discard(name)
    assert not memo.holds(name, STORED, NOW)
    memo.discard(name)


def test_the_memo_keeps_neither_ids_nor_secrets() -> None:
    memo, other = VerifiedSecrets(), VerifiedSecrets()
    assert memo.fingerprint(ClientCredentials("id", "s")) != other.fingerprint(
        ClientCredentials("id", "s")
    )
    assert memo.fingerprint(ClientCredentials("a", "bc")) != memo.fingerprint(
        ClientCredentials("ab", "c")
    )
    assert len(memo.fingerprint(ClientCredentials("id", "s"))) == 32


def test_an_answer_from_memory_is_the_same_answer(host: Host) -> None:
    for token, answer in (("documented", json.dumps(DOCUMENTED).encode()), ("nothing", INACTIVE)):
        first, second = (host.ask(token, dialect=FORM) for _ in range(2))
        assert first.data == second.data == answer
        assert first.headers == second.headers


def test_successes_and_failures_leave_no_secret_in_the_log(
    host: Host, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for caller in (PAIR, (PAIR[0], "wr0ng-secret"), ("nobody", "wr0ng-secret")):
        host.ask("documented", caller=caller)
    for word in ("test_secret", "wr0ng-secret", "documented"):
        assert word not in caplog.text
