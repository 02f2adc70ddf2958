"""Limits on authenticated callers: how often, and how often for nothing (RFC 7662 section 4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ..support import DIALECTS, FORM, JSON, Host, error_body, statements

MakeHost = Callable[..., Host]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def filled(host: Host) -> Host:
    host.add_client(resources=["my_api"])
    host.add_client("second", "second_secret", resources=["my_api"])
    host.add_token()
    return host


def statuses(host: Host, token: str, count: int, **options: Any) -> list[int]:
    return [host.ask(token, **options).status_code for _ in range(count)]


def test_a_caller_may_ask_so_often(make_host: MakeHost) -> None:
    host = filled(make_host(INTROSPECT_RATE_LIMIT="3 per minute"))
    assert statuses(host, "documented", 4) == [200, 200, 200, 429]
    assert statuses(host, "documented", 1, caller=("second", "second_secret")) == [200]
    host.clock.now += 61
    assert statuses(host, "documented", 1) == [200]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_answer_is_in_the_caller_s_dialect(make_host: MakeHost, dialect: str) -> None:
    host = filled(make_host(INTROSPECT_RATE_LIMIT="1 per minute"))
    host.ask("documented")
    answer = host.ask("documented", dialect=dialect)
    assert answer.status_code == 429
    assert answer.data == error_body(dialect, 429, "slow_down", "Too many requests")
    assert answer.headers["Retry-After"] == "60"


@pytest.mark.parametrize(("dialect", "nothing"), [(FORM, 200), (JSON, 404)])
def test_a_caller_may_fish_so_often(make_host: MakeHost, dialect: str, nothing: int) -> None:
    host = filled(make_host(INTROSPECT_INACTIVE_LIMIT="2 per minute"))
    asked = [f"guess{n}" for n in range(3)]
    found = [host.ask(each, dialect=dialect).status_code for each in asked]
    assert found == [nothing, nothing, 429]
    assert host.ask("documented").status_code == 429
    host.clock.now += 61
    assert host.ask("documented").status_code == 200


def test_tokens_that_are_known_are_no_fishing(make_host: MakeHost) -> None:
    host = filled(make_host(INTROSPECT_INACTIVE_LIMIT="1 per minute"))
    host.add_token("expired", exp=1, jti="expired")
    assert statuses(host, "documented", 3) == [200] * 3
    assert statuses(host, "expired", 3) == [200] * 3


def test_foreign_tokens_count_like_unknown_ones(make_host: MakeHost) -> None:
    host = filled(make_host(INTROSPECT_INACTIVE_LIMIT="1 per minute"))
    host.add_token("foreign", client_id="second", aud="elsewhere", jti="foreign")
    assert statuses(host, "foreign", 2) == [404, 429]


def test_a_shut_out_caller_costs_no_token_lookup(make_host: MakeHost) -> None:
    host = filled(make_host(INTROSPECT_INACTIVE_LIMIT="1 per minute"))
    statuses(host, "guess", 2)
    with statements() as seen:
        assert host.ask("guess").status_code == 429
    assert len(seen) == 1


def test_429_comes_before_403_and_faults_of_the_token(make_host: MakeHost) -> None:
    host = make_host(INTROSPECT_RATE_LIMIT="1 per minute")
    host.add_client(may_introspect="none")
    assert host.ask("documented").status_code == 403
    assert host.ask("documented").status_code == 429
    assert host.ask().status_code == 429
