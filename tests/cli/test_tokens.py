"""``flask introspect token ...``: issuing and revoking tokens."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
import sqlalchemy as sa

from ..support import NOW, Host, Token, db
from .conftest import CLI


def test_an_issued_token_is_active_with_what_was_asked_for(host: Host, cli: CLI) -> None:
    options = [
        "--scope",
        "read write",
        "--username",
        "eve",
        "--aud",
        "my_api",
        "--aud",
        "b",
        "--expires-in",
        "2h",
    ]
    issued = cli.json("token", "issue", "test_client_1", *options)
    assert issued["exp"] == NOW + 7200
    answer = host.ask(issued["token"]).get_json()
    expected = {
        "scope": "read write",
        "username": "eve",
        "aud": ["my_api", "b"],
        "iat": NOW,
        "exp": NOW + 7200,
    }
    assert {name: answer[name] for name in expected} == expected
    assert answer["token_type"] == "Bearer"
    assert uuid.UUID(answer["jti"])


def test_a_token_ends_or_does_not(cli: CLI) -> None:
    both = ["--never-expires", "--expires-in", "5"]
    assert cli("token", "issue", "test_client_1", *both).exit_code == 2


def test_an_issued_token_ends_after_an_hour_unless_told_otherwise(cli: CLI) -> None:
    assert cli.json("token", "issue", "test_client_1")["exp"] == NOW + 3600
    assert cli.json("token", "issue", "test_client_1", "--never-expires")["exp"] is None


def test_a_refresh_token_is_issued_as_such(host: Host, cli: CLI) -> None:
    issued = cli.json("token", "issue", "test_client_1", "--refresh", "--sub", "u1")
    answer = host.ask(issued["token"]).get_json()
    assert answer["sub"] == "u1"
    assert "token_type" not in answer


def test_no_token_is_stored_in_clear(host: Host, cli: CLI) -> None:
    token = cli.json("token", "issue", "test_client_1")["token"]
    with host.app.app_context():
        rows = db.session.execute(sa.select(*Token.__table__.columns)).all()
    assert all(token not in row for row in rows)


def test_no_token_is_issued_to_nobody(cli: CLI) -> None:
    assert cli.refusal("token", "issue", "nobody") == "Error: There is no client 'nobody'"


@pytest.mark.parametrize("end_of_line", ["", "\n", "\r\n"])
def test_a_token_from_standard_input_is_revoked(host: Host, cli: CLI, end_of_line: str) -> None:
    assert host.ask("documented").get_json()["active"] is True
    assert cli.json("token", "revoke", stdin="documented" + end_of_line) == {
        "revoked": ["access_token"]
    }
    assert host.ask("documented").get_json() == {"active": False}


def test_a_token_that_was_revoked_before_keeps_its_time(host: Host, cli: CLI) -> None:
    cli("token", "revoke", stdin="documented")
    host.clock.now = NOW + 5
    assert cli("token", "revoke", stdin="documented").stdout == "Revoked: access token.\n"
    with host.app.app_context():
        assert db.session.scalars(sa.select(Token.revoked_at)).one() == NOW


@pytest.mark.parametrize(
    "token", ["Documented", "documented ", "documented\n\n", "\0", "x" * 9000, "é"]
)
def test_what_is_no_token_is_not_revoked_and_not_repeated(cli: CLI, token: str) -> None:
    assert cli.refusal("token", "revoke", stdin=token) == "Error: There is no such token"


def test_bytes_that_are_no_text_are_no_token(cli: CLI) -> None:
    result = cli("token", "revoke", stdin=b"\xff\xfedocumented")
    assert result.exit_code == 1
    assert result.stderr == "Error: There is no such token\n"


@pytest.mark.parametrize("command", [["token", "revoke"], ["explain"]])
@pytest.mark.parametrize("written", ["sesame-token", "-sesame-token", "--sesame=token"])
def test_a_token_on_the_command_line_is_refused_and_not_repeated(
    cli: CLI, command: list[str], written: str
) -> None:
    said = cli.refusal(*command, written)
    assert "A token never stands on the command line" in said
    assert "sesame" not in said


def test_an_empty_standard_input_is_said_so(cli: CLI) -> None:
    assert "There is no token on standard input" in cli.refusal("token", "revoke", stdin="")


HIDDEN_PROMPT = """
import sys
from flask import Flask
from flask.cli import ScriptInfo
from flask_introspect.cli import introspect_cli
from tests.support import Token, db, make_app
app = make_app(sys.argv.pop(1))
with app.app_context():
    db.create_all()
introspect_cli.main(["explain"], obj=ScriptInfo(create_app=lambda: app))
"""


@pytest.mark.slow
def test_on_a_terminal_the_token_is_asked_for_and_not_shown(tmp_path: Path) -> None:
    ours, terminal = os.openpty()
    run = subprocess.Popen(
        [sys.executable, "-c", HIDDEN_PROMPT, f"sqlite:///{tmp_path / 'prompt.db'}"],
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=terminal,
        start_new_session=True,
        cwd=Path(__file__).parents[2],
    )
    os.close(terminal)
    shown = b""
    while b"Token: " not in shown:
        shown += os.read(ours, 1024)
    deadline = time.monotonic() + 30
    os.write(ours, b"sesame\n")
    out, _ = run.communicate(timeout=deadline - time.monotonic())
    while True:
        try:
            more = os.read(ours, 1024)
        except OSError:  # Linux's way to say that the other end is closed
            break
        if not more:
            break
        shown += more
    os.close(ours)
    assert out.startswith(b"unknown: No table holds such a token.")
    assert b"sesame" not in shown + out
