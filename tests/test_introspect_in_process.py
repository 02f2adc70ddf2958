"""``introspect()``: the endpoint's own judgement without HTTP, with its reason."""

from __future__ import annotations

import pytest
from flask import Flask

from flask_introspect import (
    ConfigError,
    Introspection,
    InvalidClient,
    Kind,
    Reason,
    Refusal,
    TemporarilyUnavailable,
    UnauthorizedClient,
    introspect,
)

from .support import DOCUMENTED, NOW, Client, Host, db, statements
from .test_requests import add_world


@pytest.fixture
def world(host: Host) -> Host:
    add_world(host)
    host.add_token("unreadable", aud=[1])
    return host


REASONS = [
    ("documented", Reason.ACTIVE),
    ("expired", Reason.EXPIRED),
    ("revoked", Reason.REVOKED),
    ("future", Reason.NOT_YET_VALID),
    ("of-disabled", Reason.CLIENT_DISABLED),
    ("of-nobody", Reason.CLIENT_GONE),
    ("unreadable", Reason.UNREADABLE),
    ("nothing", Reason.UNKNOWN),
    ("", Reason.MALFORMED),
    ("to\0ken", Reason.MALFORMED),
    ("\ud800", Reason.MALFORMED),
    ("x" * 8193, Reason.TOO_LONG),
]


@pytest.mark.parametrize("caller", [None, "test_client_1"])
@pytest.mark.parametrize(
    ("token", "reason"),
    REASONS,
    ids=lambda value: str(value)[:12].encode("unicode_escape").decode(),
)
def test_each_reason_has_its_code(
    world: Host, token: str, reason: Reason, caller: str | None
) -> None:
    with world.app.app_context():
        found = introspect(token, caller=caller)
    assert found.reason is reason
    assert found.active is (reason is Reason.ACTIVE)
    assert found.known is (reason not in (Reason.UNKNOWN, Reason.MALFORMED, Reason.TOO_LONG))
    assert found.claims == (DOCUMENTED if found.active else {"active": False})


@pytest.mark.parametrize(
    ("token", "kind"),
    [
        ("foreign", Kind.ACCESS),
        ("foreign-expired", Kind.ACCESS),
        ("foreign-refresh", Kind.REFRESH),
    ],
)
def test_what_is_not_for_the_caller_is_unknown_and_the_reason_says_so(
    world: Host, token: str, kind: Kind
) -> None:
    with world.app.app_context():
        found = introspect(token, caller="test_client_1")
    assert found == Introspection(Reason.NOT_FOR_CALLER, {"active": False}, kind)
    assert not found.known


@pytest.mark.parametrize("token", ["documented", "foreign", "foreign-refresh"])
def test_the_host_itself_sees_every_token(world: Host, token: str) -> None:
    with world.app.app_context():
        assert introspect(token).active


def test_the_host_itself_sees_every_claim(host: Host) -> None:
    host.change(
        Client, {"client_id": "test_client_1"}, visible_claims=["sub"], visible_scopes=["read"]
    )
    with host.app.app_context():
        assert introspect("documented").claims == DOCUMENTED
        assert introspect("documented", caller="test_client_1").claims == {
            "active": True,
            "sub": "user123",
        }


@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token", Kind.REFRESH, "nonsense"])
def test_a_hint_hides_nothing(world: Host, hint: str | None) -> None:
    with world.app.app_context():
        assert introspect("documented", hint=hint).active
        assert introspect("foreign-refresh", hint=hint).active


@pytest.mark.parametrize(
    "caller", ["nobody", "disabled", "", "test_client_1 ", "TEST_CLIENT_1", "\0", "\ud800"]
)
def test_a_caller_that_is_not_there_is_an_error(world: Host, caller: str) -> None:
    with world.app.app_context(), pytest.raises(InvalidClient):
        introspect("documented", caller=caller)


def test_a_caller_without_any_right_is_an_error(world: Host) -> None:
    with world.app.app_context(), pytest.raises(UnauthorizedClient):
        introspect("documented", caller="shut out")


def test_a_caller_needs_no_secret_to_be_judged_for(host: Host) -> None:
    host.change(Client, {"client_id": "test_client_1"}, client_secret=None)
    with host.app.app_context():
        assert introspect("documented", caller="test_client_1").active


def test_a_public_client_is_no_caller_as_on_the_wire(host: Host) -> None:
    host.change(Client, {"client_id": "test_client_1"}, public=True, may_introspect="any")
    assert host.ask("documented").status_code == 401
    with host.app.app_context(), pytest.raises(InvalidClient) as caught:
        introspect("documented", caller="test_client_1")
    assert caught.value.reason is Refusal.PUBLIC_CLIENT


def test_a_store_that_does_not_answer_is_an_error(lone_host: Host) -> None:
    with lone_host.app.app_context():
        db.drop_all()
        with pytest.raises(TemporarilyUnavailable):
            introspect("documented")


def test_it_needs_a_registered_endpoint() -> None:
    with Flask(__name__).app_context(), pytest.raises(ConfigError):
        introspect("documented")


def test_it_needs_an_application_context(host: Host) -> None:
    with pytest.raises(RuntimeError, match="application context"):
        introspect("documented")


def test_it_says_what_the_endpoint_says(world: Host) -> None:
    for token in ("documented", "expired", "foreign", "nothing"):
        response = world.ask(token, dialect="application/x-www-form-urlencoded").get_json()
        with world.app.app_context():
            assert dict(introspect(token, caller="test_client_1").claims) == response


def test_it_leaves_the_hosts_session_alone(host: Host) -> None:
    with host.app.app_context():
        client = db.session.scalars(db.select(Client)).one()
        client.resources = ["changed"]
        assert introspect("documented").active
        assert client in db.session.dirty
        db.session.rollback()


def test_it_is_one_statement_for_the_host_and_two_for_a_caller(host: Host) -> None:
    with host.app.app_context():
        with statements() as sent:
            introspect("documented")
        assert len(sent) == 1
        with statements() as sent:
            introspect("documented", caller="test_client_1")
        assert len(sent) == 2


def test_an_answer_about_a_token_that_is_not_active_can_be_shared(host: Host) -> None:
    with host.app.app_context():
        first = introspect("nothing")
        assert first.claims == {"active": False}
        assert introspect("nothing").claims == {"active": False}


def test_the_record_is_frozen(host: Host) -> None:
    with host.app.app_context():
        found = introspect("documented")
    with pytest.raises(AttributeError):
        found.reason = Reason.UNKNOWN  # type: ignore[misc]
    assert found.claims["exp"] > NOW
