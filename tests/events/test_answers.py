"""``token_introspected``: one event for each answer about a token."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict

import pytest

from flask_introspect import Kind, Reason, TokenIntrospected, introspect

from ..support import DIALECTS, FORM, JSON, NOW, PATH, Host
from .support import Received

# What is told of a decision is the same on every database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

Receive = Callable[[Host], Received]


def test_an_answer_is_told_with_everything_but_the_token(
    fresh_host: Host, receive: Receive
) -> None:
    events = receive(fresh_host)
    fresh_host.ask("documented")
    event = events.only()
    assert isinstance(event, TokenIntrospected)
    fields = asdict(event)
    assert len(fields.pop("fingerprint")) == 16
    assert 0 < fields.pop("seconds") < 60
    assert fields == {
        "client_id": "test_client_1",
        "reason": Reason.ACTIVE,
        "dialect": "json",
        "kind": Kind.ACCESS,
        "address": "127.0.0.1",
        "status": 200,
        "route": PATH,
    }
    with pytest.raises(FrozenInstanceError):
        event.status = 500


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("columns", "reason", "kind"),
    [
        ({"exp": NOW - 1}, Reason.EXPIRED, Kind.ACCESS),
        ({"revoked_at": 1, "kind": "refresh_token"}, Reason.REVOKED, Kind.REFRESH),
        ({"client_id": "another", "aud": "other"}, Reason.NOT_FOR_CALLER, Kind.ACCESS),
        ({"client_id": "another", "kind": "refresh_token"}, Reason.NOT_FOR_CALLER, Kind.REFRESH),
    ],
    ids=str,
)
def test_the_host_is_told_why_a_token_is_not_active(
    fresh_host: Host,
    receive: Receive,
    columns: dict[str, object],
    reason: Reason,
    kind: Kind,
    dialect: str,
) -> None:
    fresh_host.add_token("other", **{"jti": None, **columns})
    events = receive(fresh_host)
    answer = fresh_host.ask("other", dialect=dialect)
    event = events.only()
    assert (event.reason, event.kind, event.status) == (reason, kind, answer.status_code)
    assert event.dialect == ("json" if dialect == JSON else "form")


@pytest.mark.parametrize(
    ("token", "reason"),
    [("nothing", Reason.UNKNOWN), ("\0", Reason.MALFORMED), ("x" * 9000, Reason.TOO_LONG)],
    ids=["unknown", "malformed", "too long"],
)
def test_a_token_that_is_not_there_has_no_kind(
    fresh_host: Host, receive: Receive, token: str, reason: Reason
) -> None:
    events = receive(fresh_host)
    fresh_host.ask(token, dialect=FORM)
    event = events.only()
    assert (event.reason, event.kind) == (reason, None)


def test_a_judgement_in_process_is_told_to_its_caller_alone(
    fresh_host: Host, receive: Receive
) -> None:
    events = receive(fresh_host)
    with fresh_host.app.app_context():
        assert introspect("documented").kind is Kind.ACCESS
    assert events == []


def test_each_application_has_its_own_receivers(
    make_host: Callable[..., Host], receive: Receive
) -> None:
    one, other = make_host(), make_host()
    one.add_documented()
    events = receive(one)
    other.ask("documented")
    assert events == []
    one.ask("documented")
    assert events.only().reason is Reason.ACTIVE
