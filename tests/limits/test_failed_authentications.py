"""Who fails too often is shut out: a client id from one address, and an address alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flask_introspect import ConfigError

from ..support import DIALECTS, FORM, Host, error_body

MakeHost = Callable[..., Host]

# Counts are kept in memory here, whatever the database is.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

DEFAULTS: dict[str, Any] = {
    "INTROSPECT_FAILED_AUTH_LIMIT": None,
    "INTROSPECT_FAILED_AUTH_ADDRESS_LIMIT": None,
}


@pytest.fixture
def host(make_host: MakeHost) -> Host:
    made = make_host(**DEFAULTS)
    made.add_client(resources=["my_api"])
    made.add_client("second", "second_secret")
    made.add_token()
    return made


def fail(host: Host, client_id: str = "test_client_1", address: str = "192.0.2.1") -> int:
    return ask(host, client_id, "wrong", address)


def ask(
    host: Host,
    client_id: str = "test_client_1",
    secret: str = "test_secret",
    address: str = "192.0.2.1",
) -> int:
    environ = {"environ_base": {"REMOTE_ADDR": address}}
    body = {"token": "documented"}
    return host.send(body, FORM, caller=(client_id, secret), **environ).status_code


def test_twenty_failures_a_minute_are_allowed(host: Host) -> None:
    assert [fail(host) for _ in range(20)] == [401] * 20
    assert fail(host) == 429


def test_after_them_the_right_secret_is_not_looked_at(host: Host) -> None:
    for _ in range(20):
        fail(host)
    assert ask(host) == 429


def test_the_window_moves(host: Host) -> None:
    for _ in range(20):
        fail(host)
    host.clock.now += 59
    assert ask(host) == 429
    host.clock.now += 2
    assert ask(host) == 200


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_answer_says_when_to_try_again(host: Host, dialect: str) -> None:
    for _ in range(20):
        fail(host, address="127.0.0.1")
    host.clock.now += 15
    answer = host.ask("documented", dialect=dialect, caller=("test_client_1", "wrong"))
    assert answer.status_code == 429
    assert answer.data == error_body(dialect, 429, "slow_down", "Too many requests")
    assert answer.headers["Retry-After"] == "45"
    assert "WWW-Authenticate" not in answer.headers


def test_only_that_client_from_that_address_is_shut_out(host: Host) -> None:
    for _ in range(21):
        fail(host)
    assert ask(host, address="192.0.2.2") == 200
    assert ask(host, "second", "second_secret") == 200


def test_a_caller_in_the_memo_never_pays_for_others(host: Host) -> None:
    assert ask(host) == 200
    for _ in range(21):
        fail(host)
    assert ask(host) == 200


def test_successes_are_not_counted(host: Host) -> None:
    assert [ask(host) for _ in range(40)] == [200] * 40
    assert fail(host) == 401


def test_an_address_is_shut_out_whatever_the_client_ids(host: Host) -> None:
    statuses = [fail(host, f"guess{n}") for n in range(301)]
    assert statuses == [401] * 300 + [429]
    assert ask(host, "second", "second_secret") == 429
    assert fail(host, "guess", address="192.0.2.2") == 401


def test_an_ipv6_network_is_one_address(host: Host) -> None:
    for n in range(20):
        fail(host, address=f"2001:db8::{n:x}")
    assert fail(host, address="2001:db8::ffff") == 429
    assert fail(host, address="2001:db8:0:1::1") == 401


def test_an_unknown_client_is_counted_like_a_known_one(host: Host) -> None:
    assert [fail(host, "nobody") for _ in range(21)] == [401] * 20 + [429]


def test_a_request_without_credentials_is_not_counted(host: Host) -> None:
    for _ in range(400):
        assert host.ask("documented", caller=None).status_code == 401
    assert host.ask("documented").status_code == 200


def test_faults_of_the_credentials_come_first(host: Host) -> None:
    for _ in range(21):
        fail(host, address="127.0.0.1")
    answer = host.ask("documented", client_secret="x", caller=("test_client_1", "wrong"))
    assert answer.status_code == 400


def test_a_dead_bearer_token_counts_for_its_address(make_host: MakeHost) -> None:
    host = make_host(
        INTROSPECT_AUTH_METHODS=["bearer"],
        INTROSPECT_FAILED_AUTH_ADDRESS_LIMIT="3 per minute",
    )
    host.add_client(resources=["my_api"])
    host.add_token()
    host.add_token("bearer", scope="introspection", jti="another")
    headers = {"Authorization": "Bearer guessed"}
    statuses = [host.ask("documented", caller=None, headers=headers).status_code for _ in range(4)]
    assert statuses == [401, 401, 401, 429]
    good = {"Authorization": "Bearer bearer"}
    assert host.ask("documented", caller=None, headers=good).status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize("off", ["off", False])
def test_a_host_may_switch_them_off_by_name(make_host: MakeHost, off: Any) -> None:
    host = make_host(INTROSPECT_FAILED_AUTH_LIMIT=off, INTROSPECT_FAILED_AUTH_ADDRESS_LIMIT=off)
    host.add_client()
    assert {fail(host) for _ in range(400)} == {401}


@pytest.mark.parametrize("value", ["", "often", "20", 20, 0, "20 per fortnight", ["20 per minute"]])
@pytest.mark.parametrize(
    "name", ["FAILED_AUTH_LIMIT", "FAILED_AUTH_ADDRESS_LIMIT", "INACTIVE_LIMIT", "RATE_LIMIT"]
)
def test_what_is_no_limit_fails_at_registration(make_host: MakeHost, name: str, value: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        make_host(**{f"INTROSPECT_{name}": value})
    assert caught.value.key == f"INTROSPECT_{name}"


@pytest.mark.parametrize("address", ["", "unix:", "::ffff:192.0.2.9"])
def test_addresses_of_other_forms_are_counted_too(host: Host, address: str) -> None:
    assert [fail(host, address=address) for _ in range(21)] == [401] * 20 + [429]
    assert fail(host) == 401
