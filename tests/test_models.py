"""Our mixins: clients with secrets, tokens issued and revoked, and nothing in clear at rest."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest

from flask_introspect import Kind, Right, check_secret, introspect
from flask_introspect.secrets import token_digest, verify_secret

from .support import DOCUMENTED, Client, Clock, Host, Token, db


@pytest.fixture(autouse=True)
def standing_still(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock(1_700_000_000.7)
    monkeypatch.setattr(time, "time", clock)
    return clock


def at_rest(host: Host, model: type) -> str:
    """Everything that a table holds, as one text."""
    with host.app.app_context():
        return json.dumps(
            [list(map(str, row)) for row in db.session.execute(db.select(model.__table__))]
        )


# Clients


def test_a_client_is_made_with_a_secret_that_is_returned_once(host: Host) -> None:
    client, secret = Client.create("app", resources=["my_api"], may_introspect=Right.AUDIENCE)
    assert len(secret) == 43
    host.save(client)
    assert secret not in at_rest(host, Client)
    assert host.ask("documented", caller=("app", "wrong")).status_code == 401
    host.clock.now = 1_640_922_400
    assert host.ask("documented", caller=("app", secret)).get_json()["active"] is True


def test_a_generated_secret_has_a_fast_hash_and_a_chosen_one_a_slow_one() -> None:
    generated, _ = Client.create("a")
    chosen, secret = Client.create("b", secret="hunter2")
    assert secret == "hunter2"
    assert generated.client_secret is not None and generated.client_secret.startswith("sha256$")
    assert chosen.client_secret is not None and chosen.client_secret.startswith("scrypt:")
    assert verify_secret(chosen.client_secret, "hunter2")


def test_two_clients_never_get_the_same_secret() -> None:
    assert len({Client.create("a")[1] for _ in range(20)}) == 20


@pytest.mark.parametrize("right", ["none", "own", "audience", "any", *Right])
def test_a_right_is_given_by_its_word_or_its_name(right: Any) -> None:
    assert Client.create("a", may_introspect=right)[0].may_introspect == Right(right).value


def test_no_right_is_no_right() -> None:
    assert Client.create("a")[0].may_introspect is None
    with pytest.raises(ValueError, match="everything"):
        Client.create("a", may_introspect="everything")


def test_a_new_secret_replaces_the_old_one(host: Host) -> None:
    client, old = Client.create("app")
    new = client.set_secret()
    assert new != old
    host.save(client)
    assert host.ask("x", caller=("app", old)).status_code == 401
    assert host.ask("x", caller=("app", new)).status_code == 404


def test_a_rotated_secret_leaves_the_old_ones_for_as_long_as_is_said(host: Host) -> None:
    host.clock.now = 1_700_000_000
    client, first = Client.create("app")
    second = client.rotate_secret(keep_for=100)
    third = client.rotate_secret(keep_for=50)
    host.save(client)

    def let_in() -> list[bool]:
        return [
            host.ask("x", caller=("app", secret)).status_code == 404
            for secret in (first, second, third)
        ]

    assert let_in() == [True, True, True]
    host.clock.now += 50
    assert let_in() == [False, False, True]


def test_a_rotation_drops_what_has_ended(standing_still: Clock) -> None:
    client, _ = Client.create("app")
    client.rotate_secret(keep_for=100)
    standing_still.now += 100
    client.rotate_secret(keep_for=100)
    assert client.client_secret is not None
    assert len(json.loads(client.client_secret)) == 2
    client.rotate_secret()
    assert client.client_secret.startswith("sha256$")


def test_a_row_that_says_nothing_is_an_enabled_confidential_client(host: Host) -> None:
    host.save(Client(client_id="bare"))
    with host.app.app_context():
        client = db.session.scalars(db.select(Client).filter_by(client_id="bare")).one()
        assert (client.enabled, client.public, client.may_introspect, client.resources) == (
            True,
            False,
            None,
            None,
        )
        assert (client.client_secret, client.visible_claims, client.visible_scopes) == (
            None,
            None,
            None,
        )


# Tokens


def test_a_token_is_issued_for_an_hour_and_returned_once(host: Host) -> None:
    row, token = Token.issue("test_client_1", scope="read")
    assert len(token) == 43
    assert (row.iat, row.exp, row.nbf) == (1_700_000_000, 1_700_003_600, 1_700_000_000)
    assert (row.kind, row.token_digest) == ("access_token", token_digest(token))
    host.save(row)
    assert token not in at_rest(host, Token)
    host.clock.now = 1_700_000_000
    assert host.ask(token).get_json()["scope"] == "read"
    host.clock.now = 1_700_003_600
    assert host.ask(token).get_json() == {"active": False}


def test_a_token_may_live_for_as_long_as_is_said_or_for_ever() -> None:
    assert Token.issue("a", expires_in=60)[0].exp == 1_700_000_060
    assert Token.issue("a", expires_in=None)[0].exp is None
    assert Token.issue("a", expires_in=60, exp=5, iat=4)[0].exp == 5


def test_the_host_may_bring_the_token() -> None:
    row, token = Token.issue("a", token="mine")
    assert (token, row.token_digest) == ("mine", token_digest("mine"))


@pytest.mark.parametrize("kind", ["refresh_token", Kind.REFRESH])
def test_a_refresh_token_is_issued_likewise(kind: Any) -> None:
    assert Token.issue("a", kind=kind)[0].kind == "refresh_token"


def test_there_are_no_other_kinds() -> None:
    with pytest.raises(ValueError, match="id_token"):
        Token.issue("a", kind="id_token")


def test_a_token_is_found_and_revoked_by_its_clear_value(host: Host) -> None:
    with host.app.app_context():
        row = db.session.scalars(Token.find("documented")).one()
        row.revoke()
        db.session.commit()
        assert row.revoked_at == 1_700_000_000
        assert db.session.scalars(Token.find("other")).all() == []
    assert host.ask("documented").get_json() == {"active": False}


def test_revoking_twice_keeps_the_first_time(standing_still: Clock) -> None:
    row, _ = Token.issue("a")
    row.revoke()
    standing_still.now += 100
    row.revoke()
    assert row.revoked_at == 1_700_000_000


def test_a_time_of_zero_is_no_revocation() -> None:
    row, _ = Token.issue("a", revoked_at=0)
    row.revoke()
    assert row.revoked_at == 1_700_000_000


def test_a_token_stands_in_the_table_once(host: Host) -> None:
    from sqlalchemy.exc import IntegrityError

    with pytest.raises(IntegrityError):
        host.add_token("documented")


def test_every_column_that_is_searched_by_is_indexed(
    caplog: pytest.LogCaptureFixture, host: Host
) -> None:
    assert "no index" not in caplog.text
    assert {index.columns.keys()[0] for index in Token.__table__.indexes} == {
        "client_id",
        "exp",
        "jti",
    }


# What comes by itself, and what is refused


def test_a_token_has_all_documented_members_by_itself(host: Host) -> None:
    row, token = Token.issue("test_client_1", username="user123", scope="read", aud="my_api")
    host.save(row)
    host.clock.now = 1_700_000_000
    with host.app.app_context():
        found = introspect(token)
    assert found.claims["nbf"] == found.claims["iat"]
    assert uuid.UUID(found.claims["jti"])
    assert list(found.claims) == list(DOCUMENTED)


@pytest.mark.parametrize("kind", ["refresh", "refresh_token", "REFRESH", Kind.REFRESH])
def test_a_kind_is_written_as_the_mapping_reads_it(kind: Any) -> None:
    assert Token.issue("test_client_1", kind=kind)[0].kind == "refresh_token"


@pytest.mark.parametrize("token", ["", "café", "a\nb", "a\0b", "\ud800", "x" * 8193], ids=repr)
def test_a_token_that_nobody_could_present_is_refused(token: str) -> None:
    with pytest.raises(ValueError, match="never found"):
        Token.issue("test_client_1", token=token)


def test_a_public_client_gets_no_secret() -> None:
    client, secret = Client.create("app", public=True)
    assert (client.client_secret, secret) == (None, None)
    with pytest.raises(ValueError, match="public"):
        Client.create("app", public=True, secret="x")


# Checking a secret


def test_a_client_checks_its_secret(fresh_host: Host) -> None:
    client, secret = Client.create("app")
    with fresh_host.app.app_context():
        assert client.check_secret(str(secret))
        assert not client.check_secret("wrong")
        assert not client.check_secret("")
    assert client.check_secret(str(secret))
    assert not client.check_secret("wrong")


def test_a_row_s_secret_is_checked_by_the_endpoint_s_memory(
    make_host: Callable[..., Host],
) -> None:
    checked: list[str] = []

    def verify(stored: str, presented: str) -> bool:
        checked.append(presented)
        return True

    host = make_host(INTROSPECT_SECRET_VERIFIER=verify)
    host.add_documented()
    with host.app.app_context():
        client = db.session.scalars(db.select(Client).filter_by(client_id="test_client_1")).one()
        assert check_secret("test_client_1", "test_secret")
        assert all(client.check_secret("test_secret") for _ in range(2))
    assert checked == ["test_secret"]


@pytest.mark.parametrize("in_context", [True, False])
@pytest.mark.parametrize(
    ("stored", "presented"),
    [("scrypt:1:1:1$a$b", "\ud800"), ("scrypt:1:1:1$a$b", "\0"), ("garbage", "a"), (None, "a")],
    ids=ascii,
)
def test_a_secret_that_cannot_be_checked_is_not_good(
    fresh_host: Host, stored: str | None, presented: str, in_context: bool
) -> None:
    client = Client(client_id="app", client_secret=stored)
    with fresh_host.app.app_context() if in_context else nullcontext():
        assert client.check_secret(presented) is False


def test_a_rotated_secret_is_checked_until_it_ends() -> None:
    client, old = Client.create("app")
    new = client.rotate_secret(keep_for=60)
    assert client.check_secret(str(old)) and client.check_secret(new)
    client.rotate_secret()
    assert not client.check_secret(str(old))


@pytest.mark.parametrize(
    ("changes", "good"), [({}, True), ({"enabled": False}, False), ({"public": True}, False)]
)
def test_a_secret_is_checked_by_the_client_s_id(host: Host, changes: Any, good: bool) -> None:
    host.change(Client, {"client_id": "test_client_1"}, **changes)
    with host.app.app_context():
        assert check_secret("test_client_1", "test_secret") is good
        assert not check_secret("test_client_1", "wrong")
        assert not check_secret("nobody", "test_secret")
