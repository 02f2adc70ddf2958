"""The memo of verified secrets, in size."""

from __future__ import annotations

import tracemalloc

import pytest

from flask_introspect.authentication.presented import ClientCredentials
from flask_introspect.authentication.verified import VerifiedSecrets

pytestmark = pytest.mark.slow

STORED = "scrypt:32768:8:1$dm8TedpMa6CzQIqv$" + "0" * 128


def test_a_hundred_thousand_clients_do_not_make_the_memo_exceed_its_bound() -> None:
    memo = VerifiedSecrets(size=1000)
    largest = 0
    for number in range(100_000):
        memo.add(number.to_bytes(32, "big"), STORED, None)
        largest = max(largest, len(memo))
    assert largest == 1000


def test_a_full_memo_takes_a_few_megabytes() -> None:
    tracemalloc.start()
    try:
        memo = VerifiedSecrets()
        for number in range(20_000):
            stored = f"{STORED}{number}"  # each client has its own
            memo.add(
                memo.fingerprint(ClientCredentials(f"client{number}", "test_secret")), stored, None
            )
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(memo) == 10_000
    assert used < 8_000_000


def test_the_oldest_entry_goes_first() -> None:
    memo = VerifiedSecrets(size=2)
    for name in (b"a", b"b", b"a", b"c"):  # "a" is added again, so "b" is the oldest
        memo.add(name, STORED, None)
    assert [name in memo for name in (b"a", b"b", b"c")] == [True, False, True]
