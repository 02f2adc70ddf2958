"""Every failure has the same answer at the same cost, and causes no token lookup."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flask_introspect.secrets import hash_generated_secret

from ..support import (
    DIALECTS,
    FORM,
    Client,
    Host,
    basic,
    quick_hash,
    statements,
)
from .support import PAIR, ask


@pytest.mark.parametrize("dialect", DIALECTS)
def test_failures_cannot_be_told_apart_by_answer_or_work(
    host: Host, checks: list[str], dialect: str
) -> None:
    host.add_client("disabled", enabled=False)
    host.add_client("public", public=True)
    host.add_client("no secret", client_secret=None)
    host.ask("documented", caller=("nobody", "x"))  # finds out how secrets are kept here

    def seen(*caller: str) -> tuple[int, bytes, list[tuple[str, str]], int, int]:
        checks.clear()
        with statements() as sent:
            response = host.ask("documented", caller=(caller[0], caller[1]), dialect=dialect)
        return response.status_code, response.data, list(response.headers), len(checks), len(sent)

    wrong = seen("test_client_1", "wrong")
    assert (wrong[0], wrong[3], wrong[4]) == (401, 1, 1)
    for caller in (
        ("nobody", "test_secret"),
        ("disabled", "test_secret"),
        ("disabled", "wrong"),
        ("public", "test_secret"),
        ("no secret", "test_secret"),
        ("no secret", "x"),
        ("test_client_1", "wrong"),
    ):
        assert seen(*caller) == wrong, caller


def test_an_unknown_client_costs_a_hash_of_the_kind_that_this_host_has(
    host: Host, checks: list[str]
) -> None:
    ask(host, basic("nobody", "x"))
    assert [stored.partition("$")[0] for stored in checks] == ["pbkdf2:sha256:1"]


def test_an_unknown_client_costs_a_slow_hash_where_there_is_no_client(
    make_host: Callable[..., Host], checks: list[str]
) -> None:
    assert ask(make_host(), basic("nobody", "x")) == 401
    assert [stored.partition("$")[0] for stored in checks] == ["scrypt:32768:8:1"]


def test_an_unknown_client_costs_a_slow_hash_where_no_secret_can_be_read(
    make_host: Callable[..., Host], checks: list[str]
) -> None:
    host = make_host()
    host.add_client(client_secret="[")
    assert ask(host, basic("nobody", "x")) == 401
    assert [stored.partition("$")[0] for stored in checks] == ["scrypt:32768:8:1"]


def test_unknown_clients_cost_what_clients_cost_where_secrets_are_of_several_formats(
    make_host: Callable[..., Host], checks: list[str]
) -> None:
    def kinds(secret_key: str | None) -> list[str]:
        host = make_host(SECRET_KEY=secret_key)
        checks.clear()
        for number in range(40):
            assert ask(host, basic(f"nobody {number}", "x")) == 401
        return [stored[:8] for stored in checks]

    host = make_host()
    for number in range(6):
        stored = quick_hash("x") if number % 3 else hash_generated_secret("x")
        host.add_client(f"client {number}", client_secret=stored)
    seen = kinds("a key")
    assert 5 <= seen.count("pbkdf2:s") < 40  # two of three
    assert len(set(seen)) == 2
    assert kinds("a key") == seen  # in every worker
    assert kinds("another") != seen


def test_nobodys_secret_is_never_right(make_host: Callable[..., Host]) -> None:
    """An unknown client with another client's secret has the dummy hash's, and stays unknown."""
    host = make_host()
    host.add_client()
    assert ask(host, basic("nobody", "test_secret")) == 401
    assert ask(host, basic("nobody", "test_secret")) == 401


def test_a_disabled_client_costs_a_hash_also_when_it_was_known_before(
    host: Host, checks: list[str]
) -> None:
    assert host.ask("documented").status_code == 200
    host.change(Client, {"client_id": PAIR[0]}, enabled=False)
    for _ in range(2):
        checks.clear()
        assert host.ask("documented").status_code == 401
        assert len(checks) == 1


# Nobody who is not authenticated makes a token lookup happen


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "credentials",
    [
        {},
        basic("nobody", "x"),
        basic(PAIR[0], "wrong"),
        basic("disabled", "test_secret"),
        {"Authorization": "Basic"},
    ],
    ids=str,
)
def test_who_is_not_authenticated_causes_no_token_lookup(
    host: Host, credentials: dict[str, str], dialect: str
) -> None:
    host.add_client("disabled", enabled=False)
    host.ask("documented")  # the right secret is in memory now; that helps nobody else
    with statements() as sent:
        for _ in range(2):
            assert ask(host, credentials, dialect) == 401
    assert not [statement for statement in sent if "token" in statement]


@pytest.mark.parametrize(
    "change",
    [{"enabled": False}, {"public": True}, {"client_secret": quick_hash("new")}],
    ids=["disabled", "public", "rotated"],
)
def test_who_is_refused_after_a_success_causes_no_further_lookups(
    host: Host, change: dict[str, Any]
) -> None:
    host.ask("documented")
    host.change(Client, {"client_id": PAIR[0]}, **change)
    assert host.ask("documented").status_code == 401
    with statements() as sent:
        assert host.ask("documented").status_code == 401
    assert not [statement for statement in sent if "token" in statement]


def test_a_caller_without_any_right_is_refused_before_its_body_is_judged(host: Host) -> None:
    host.add_client("shut out", may_introspect="none")
    for body in (b"", b"token=", b"token=a&token=b", b"token=documented"):
        with statements() as sent:
            assert host.send(body, FORM, caller=("shut out", "test_secret")).status_code == 403
        assert len(sent) == 1
