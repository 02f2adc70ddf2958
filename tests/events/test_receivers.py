"""Receivers: what they do changes no answer, and a token cannot be had from what they get."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from flask_introspect import request_refused, token_introspected

from ..support import DOCUMENTED, Host
from .support import Received

# What is told of a decision is the same on every database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

Receive = Callable[[Host], Received]
MakeHost = Callable[..., Host]

ATTEMPT = ("test_client_1", "wr0ng-5ecret-0f-a-caller")
TOKEN = "t0ken-that-is-l0ng-enough"


def failing(sender: Any, event: Any) -> None:
    raise LookupError(f"{TOKEN} in the text")


def test_a_receiver_that_raises_does_not_break_the_answer(
    fresh_host: Host, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        token_introspected.connected_to(failing, fresh_host.app),
        request_refused.connected_to(failing, fresh_host.app),
    ):
        assert fresh_host.ask("documented").get_json() == DOCUMENTED
        assert fresh_host.ask("documented", caller=ATTEMPT).status_code == 401
    errors = [each.getMessage() for each in caplog.records if each.levelno == logging.ERROR]
    assert len(errors) == 2
    for each in errors:
        assert each.startswith(f"receiver {__name__}.failing raised LookupError\n  File ")
        assert each.endswith("the answer is the same")
        assert TOKEN not in each


def test_a_receiver_that_raises_keeps_the_event_from_nobody(
    fresh_host: Host, receive: Receive
) -> None:
    with token_introspected.connected_to(failing, fresh_host.app):
        events = receive(fresh_host)
        with token_introspected.connected_to(failing):
            fresh_host.ask("documented")
    assert len(events) == 1


def test_a_receiver_may_be_asynchronous(fresh_host: Host) -> None:
    pytest.importorskip("asgiref")
    seen = []

    async def note(sender: Any, event: Any) -> None:
        seen.append(event.status)

    with token_introspected.connected_to(note, fresh_host.app):
        fresh_host.ask("documented")
    assert seen == [200]


def test_a_muted_signal_tells_nobody(fresh_host: Host, receive: Receive) -> None:
    events = receive(fresh_host)
    with token_introspected.muted():
        fresh_host.ask("documented")
    assert events == []


def test_no_event_shows_a_token_or_a_secret(fresh_host: Host, receive: Receive) -> None:
    fresh_host.add_token(TOKEN, jti=None)
    events = receive(fresh_host)
    fresh_host.ask(TOKEN)
    fresh_host.ask(TOKEN, caller=ATTEMPT)
    fresh_host.ask(TOKEN, caller=None, client_id="x", client_secret=ATTEMPT[1])
    assert len(events) == 3
    for event in events:
        assert TOKEN not in repr(event)
        assert ATTEMPT[1] not in repr(event)


@pytest.mark.parametrize("key", ["a key", b"a key"])
def test_hosts_with_one_secret_key_name_a_token_alike(
    make_host: MakeHost, receive: Receive, key: str | bytes
) -> None:
    hosts = [make_host(SECRET_KEY=each) for each in (key, "a key", "another key", None, None)]
    hosts[0].add_documented()
    names = []
    for host in hosts:
        events = receive(host)
        host.ask("documented")
        host.ask("documented", caller=ATTEMPT)
        host.ask("nothing")
        names.append([each.fingerprint for each in events])
    assert names[0] == names[1]
    assert len({name for answered, _, _ in names for name in [answered]}) == 4
    for answered, refused, other in names:
        assert answered == refused != other
