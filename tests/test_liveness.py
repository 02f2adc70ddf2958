"""Is a token good now?"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flask_introspect import Kind, Reason, Token
from flask_introspect.decision.liveness import liveness

from .support import INACTIVE, NOW, Host

TOKEN = Token(Kind.ACCESS, client_id="app")


@pytest.mark.parametrize(
    ("changes", "leeway", "reason"),
    [
        ({}, 0, Reason.ACTIVE),
        ({"exp": NOW + 1}, 0, Reason.ACTIVE),
        ({"exp": NOW}, 0, Reason.EXPIRED),
        ({"exp": NOW - 1}, 0, Reason.EXPIRED),
        ({"exp": 0}, 0, Reason.EXPIRED),
        ({"exp": -1}, 0, Reason.EXPIRED),
        ({"exp": 2**62}, 0, Reason.ACTIVE),
        ({"exp": NOW - 4}, 5, Reason.ACTIVE),
        ({"exp": NOW - 5}, 5, Reason.EXPIRED),
        ({"nbf": NOW}, 0, Reason.ACTIVE),
        ({"nbf": NOW + 1}, 0, Reason.NOT_YET_VALID),
        ({"nbf": NOW + 5}, 5, Reason.ACTIVE),
        ({"nbf": NOW + 6}, 5, Reason.NOT_YET_VALID),
        ({"nbf": 0}, 0, Reason.ACTIVE),
        ({"iat": NOW + 100}, 0, Reason.ACTIVE),
        ({"revoked": True}, 0, Reason.REVOKED),
        ({"revoked": True, "exp": NOW}, 0, Reason.REVOKED),
        ({"client_known": False}, 0, Reason.CLIENT_GONE),
        ({"client_known": False, "client_enabled": False}, 0, Reason.CLIENT_GONE),
        ({"client_enabled": False}, 0, Reason.CLIENT_DISABLED),
        ({"user_enabled": False}, 0, Reason.USER_DISABLED),
        ({"user_enabled": False, "client_enabled": False}, 0, Reason.CLIENT_DISABLED),
        ({"unreadable": "exp"}, 0, Reason.UNREADABLE),
        ({"unreadable": "exp", "revoked": True}, 0, Reason.UNREADABLE),
    ],
    ids=str,
)
def test_a_token_is_good_from_nbf_until_exp_unless_something_forbids_it(
    changes: dict[str, object], leeway: int, reason: Reason
) -> None:
    assert liveness(TOKEN._replace(**changes), NOW, leeway) is reason  # type: ignore[arg-type]


def test_parts_of_a_second_count() -> None:
    token = TOKEN._replace(nbf=NOW, exp=NOW + 1)
    assert liveness(token, NOW - 0.001) is Reason.NOT_YET_VALID
    assert liveness(token, NOW + 0.999) is Reason.ACTIVE


def test_a_token_dies_in_the_second_of_its_exp(host: Host) -> None:
    host.add_token("short", exp=NOW + 10)
    host.clock.now = NOW + 9.9
    assert host.ask("short").get_json()["active"] is True
    host.clock.now = NOW + 10
    assert host.ask("short").data == INACTIVE


def test_leeway_forgives_at_both_ends(make_host: Callable[..., Host]) -> None:
    host = make_host(INTROSPECT_LEEWAY=30)
    host.add_client(resources=["my_api"])
    host.add_token("short", nbf=NOW + 30, exp=NOW + 40)
    assert host.ask("short").get_json()["active"] is True
    host.clock.now = NOW - 1
    assert host.ask("short").data == INACTIVE
    host.clock.now = NOW + 69
    assert host.ask("short").get_json()["exp"] == NOW + 40
    host.clock.now = NOW + 70
    assert host.ask("short").data == INACTIVE
