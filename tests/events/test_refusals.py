"""``request_refused``: one event for each request without an answer about a token."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest
from flask import abort

from flask_introspect import Refusal, RequestRefused

from ..authentication.signing import TYPE, make_signer, signed
from ..support import FORM, JSON, PATH, Client, Host, db
from .support import Received

# What is told of a decision is the same on every database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

Receive = Callable[[Host], Received]
MakeHost = Callable[..., Host]


def test_a_refusal_is_told_with_the_client_that_the_request_claims(
    fresh_host: Host, receive: Receive
) -> None:
    events = receive(fresh_host)
    fresh_host.ask("documented", caller=("test_client_1", "wrong-5ecret"))
    event = events.only()
    assert isinstance(event, RequestRefused)
    fields = asdict(event)
    assert len(fields.pop("fingerprint")) == 16
    assert 0 < fields.pop("seconds") < 60
    assert fields == {
        "client_id": "test_client_1",
        "authenticated": False,
        "reason": Refusal.WRONG_SECRET,
        "dialect": "json",
        "address": "127.0.0.1",
        "status": 401,
        "route": PATH,
    }


ASSERTION = {"client_assertion_type": TYPE, "client_assertion": "no assertion"}


@pytest.mark.parametrize(
    ("request_", "reason", "client_id", "authenticated"),
    [
        ({"caller": None}, Refusal.NO_CREDENTIALS, None, False),
        ({"caller": ("nobody", "x")}, Refusal.UNKNOWN_CLIENT, "nobody", False),
        ({"caller": None, "client_id": "me"}, Refusal.NO_CREDENTIALS, "me", False),
        ({"caller": None, "client_id": 7}, Refusal.BAD_REQUEST, None, False),
        (
            {"caller": None, "body": '{"client_id": "me", "client_id": "secret"}'},
            Refusal.BAD_REQUEST,
            None,
            False,
        ),
        ({"client_secret": "x"}, Refusal.BAD_REQUEST, "test_client_1", False),
        (
            {"caller": None, "headers": {"Authorization": "Bearer x"}},
            Refusal.METHOD_NOT_OFFERED,
            None,
            False,
        ),
        ({"caller": None, **ASSERTION}, Refusal.METHOD_NOT_OFFERED, None, False),
        ({"token": ""}, Refusal.BAD_REQUEST, "test_client_1", True),
        ({"token": 7}, Refusal.BAD_REQUEST, "test_client_1", True),
        ({"body": b"{"}, Refusal.BAD_REQUEST, "test_client_1", True),
        ({"caller": ("refused", "test_secret")}, Refusal.NOT_ALLOWED, "refused", True),
        ({"caller": ("disabled", "test_secret")}, Refusal.CLIENT_DISABLED, "disabled", False),
    ],
    ids=str,
)
def test_who_is_refused_is_marked_as_proved_or_claimed(
    fresh_host: Host,
    receive: Receive,
    request_: dict[str, Any],
    reason: Refusal,
    client_id: str | None,
    authenticated: bool,
) -> None:
    fresh_host.add_client("refused", may_introspect="none")
    fresh_host.add_client("disabled", enabled=False)
    events = receive(fresh_host)
    answer = fresh_host.ask(**{"token": "documented", **request_})
    event = events.only()
    assert (event.reason, event.client_id) == (reason, client_id)
    assert (event.authenticated, event.status) == (authenticated, answer.status_code)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"method": "GET"}, 405),
        ({"body": b"x", "content_type": "text/plain"}, 415),
        ({"body": b"x" * 70_000, "content_type": FORM}, 413),
    ],
    ids=str,
)
def test_a_request_that_is_not_read_is_told_by_its_header(
    fresh_host: Host, receive: Receive, request_: dict[str, Any], status: int
) -> None:
    events = receive(fresh_host)
    assert fresh_host.send(**request_).status_code == status
    event = events.only()
    assert (event.status, event.reason) == (status, Refusal.BAD_REQUEST)
    assert (event.client_id, event.authenticated) == ("test_client_1", False)
    assert event.fingerprint is None
    assert (event.seconds is None) is (status == 405)


def test_an_assertion_is_told_with_the_client_that_it_names(
    make_host: MakeHost, receive: Receive
) -> None:
    host = make_signer(make_host)
    events = receive(host)
    parameters = {"client_assertion_type": TYPE, "client_assertion": signed(aud="elsewhere")}
    host.ask("documented", caller=None, **parameters)
    event = events.only()
    assert (event.reason, event.client_id) == (Refusal.INVALID_ASSERTION, "signer")
    assert not event.authenticated


def test_whoever_is_throttled_for_failing_is_told_as_claimed(
    make_host: MakeHost, receive: Receive
) -> None:
    host = make_host(INTROSPECT_FAILED_AUTH_LIMIT="1 per minute")
    host.add_client()
    events = receive(host)
    for _ in range(2):
        host.ask("documented", caller=("test_client_1", "wrong"))
    assert [each.reason for each in events] == [Refusal.WRONG_SECRET, Refusal.THROTTLED]
    assert [each.client_id for each in events] == ["test_client_1"] * 2
    assert not any(each.authenticated for each in events)


def test_whoever_is_throttled_for_asking_is_told_as_proved(
    make_host: MakeHost, receive: Receive
) -> None:
    host = make_host(INTROSPECT_RATE_LIMIT="0 per minute")
    host.add_client()
    events = receive(host)
    host.ask("documented")
    event = events.only()
    assert (event.reason, event.client_id) == (Refusal.THROTTLED, "test_client_1")
    assert event.authenticated


def test_a_hook_that_aborts_is_told_as_a_refusal(fresh_host: Host, receive: Receive) -> None:
    fresh_host.app.before_request(lambda: abort(403))
    events = receive(fresh_host)
    fresh_host.ask("documented")
    event = events.only()
    assert (event.reason, event.status, event.seconds) == (Refusal.NOT_ALLOWED, 403, None)


def test_an_unforeseen_error_is_told_as_a_refusal(make_host: MakeHost, receive: Receive) -> None:
    host = make_host(INTROSPECT_EXTRA_CLAIMS=lambda token, caller: 1 / 0)
    host.add_documented()
    events = receive(host)
    host.ask("documented")
    event = events.only()
    assert (event.reason, event.status) == (Refusal.SERVER_ERROR, 500)
    assert (event.client_id, event.authenticated) == ("test_client_1", True)


def test_a_store_that_is_away_is_told_as_a_refusal(lone_host: Host, receive: Receive) -> None:
    with lone_host.app.app_context():
        db.drop_all()
    events = receive(lone_host)
    lone_host.ask("documented", dialect=JSON)
    event = events.only()
    assert (event.reason, event.status) == (Refusal.STORE_UNAVAILABLE, 503)


def test_a_client_with_an_unreadable_row_is_told_as_unknown(
    fresh_host: Host, receive: Receive
) -> None:
    fresh_host.save(Client(client_id="odd", client_secret="{}"))
    events = receive(fresh_host)
    fresh_host.ask("documented", caller=("odd", "x"))
    assert events.only().client_id == "odd"
