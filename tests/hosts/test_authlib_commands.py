"""What Authlib's mixins can hold, the commands can write."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from ..cli.conftest import CLI
from ..support import FORM, Host
from .authlib_tables import CONFIG, Client, User, client, db
from .support import as_host


@pytest.fixture
def host(empty: Callable[..., Flask]) -> Host:
    caller = client(Client, "test_client_1", "test_secret")
    return as_host(empty(db, User(username="user123"), caller, **CONFIG))


@pytest.fixture
def cli(host: Host) -> CLI:
    return CLI(host.app)


def test_a_token_ends_when_it_is_said_to(host: Host, cli: CLI) -> None:
    issued = cli.json("token", "issue", "test_client_1", "--expires-in", "10m", "--scope", "read")
    answer = host.ask(issued["token"], dialect=FORM).get_json()
    assert answer["exp"] - answer["iat"] == 600
    assert answer["exp"] == issued["exp"]
    host.clock.now += 601
    assert host.ask(issued["token"], dialect=FORM).get_json() == {"active": False}


def test_a_token_may_never_end(host: Host, cli: CLI) -> None:
    issued = cli.json("token", "issue", "test_client_1", "--never-expires")
    assert issued["exp"] is None
    assert "exp" not in host.ask(issued["token"], dialect=FORM).get_json()


def test_a_token_is_issued_for_a_user_by_name(host: Host, cli: CLI) -> None:
    issued = cli.json("token", "issue", "test_client_1", "--username", "user123")
    assert host.ask(issued["token"], dialect=FORM).get_json()["username"] == "user123"


def test_a_user_that_is_not_there_is_said_so(cli: CLI) -> None:
    said = cli.refusal("token", "issue", "test_client_1", "--username", "nobody")
    assert "There is no user whose username is 'nobody'" in said


def test_a_refresh_token_has_a_row_of_its_own(host: Host, cli: CLI) -> None:
    issued = cli.json("token", "issue", "test_client_1", "--refresh")
    answer = host.ask(issued["token"], dialect=FORM).get_json()
    assert answer["active"] is True
    assert "token_type" not in answer
    assert issued["exp"] is None  # the table has no end for it


@pytest.mark.parametrize("options", [[], ["--refresh"]], ids=str)
def test_what_was_issued_is_revoked(host: Host, cli: CLI, options: list[str]) -> None:
    token = cli.json("token", "issue", "test_client_1", *options)["token"]
    assert cli("token", "revoke", stdin=token).exit_code == 0
    assert host.ask(token, dialect=FORM).get_json() == {"active": False}


# What cannot be done, and what would help


@pytest.mark.parametrize(
    ("options", "field"),
    [(["--aud", "x"], "aud"), (["--refresh", "--expires-in", "5m"], "refresh_exp")],
    ids=str,
)
def test_a_key_that_is_not_set_is_not_the_remedy(cli: CLI, options: list[str], field: str) -> None:
    said = cli.refusal("token", "issue", "test_client_1", *options)
    assert f"Token has no column for {field!r}. Add one of that name" in said
    assert "INTROSPECT_TOKEN_FIELDS" not in said


def test_a_public_client_gets_no_secret(host: Host, cli: CLI) -> None:
    public = client(Client, "app", "", metadata={"token_endpoint_auth_method": "none"})
    with host.app.app_context():
        db.session.add(public)
        db.session.commit()
    assert "'app' is a public client" in cli.refusal("client", "rotate", "app")
