"""The fixtures for a host's own tests: what they make, what they ask, and what they say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from flask_introspect.testing import CannotMake, IssuedToken, RegisteredClient

from ..support import Host

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def app(fresh_host: Host) -> Flask:
    return fresh_host.app


# What is made


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({}, "active"),
        ({"never_expires": True}, "active"),
        ({"expires_in": -60}, "expired"),
        ({"expires_in": 0}, "expired"),
        ({"starts_in": 60}, "not_yet_valid"),
        ({"revoked": True}, "revoked"),
    ],
    ids=str,
)
def test_a_token_is_made_in_each_state(
    make_introspection_client: Callable[..., RegisteredClient],
    make_introspection_token: Callable[..., IssuedToken],
    assert_active: Callable[..., Any],
    assert_inactive: Callable[..., None],
    kind: str,
    how: dict[str, Any],
    why: str,
) -> None:
    caller = make_introspection_client()
    token = make_introspection_token(caller, kind=kind, **how)
    if why == "active":
        assert_active(token, caller=caller, client_id=caller.client_id)
    else:
        assert_inactive(token, caller=caller, why=why)


def test_a_token_has_the_fields_that_are_given(
    make_introspection_token: Callable[..., IssuedToken], assert_active: Callable[..., Any]
) -> None:
    fields = {"scope": "read write", "username": "user123", "sub": "7", "aud": ["one", "two"]}
    claims = assert_active(make_introspection_token(**fields), **fields)
    assert claims["iss"] == "http://localhost:4000"


@pytest.mark.parametrize("how", [{"enabled": False}, {"public": True}], ids=str)
def test_a_client_is_made_that_cannot_call(
    make_introspection_client: Callable[..., RegisteredClient],
    introspect: Callable[..., Any],
    how: dict[str, Any],
) -> None:
    answer = introspect("any-token", caller=make_introspection_client(**how))
    assert answer.status == 401


def test_a_client_has_the_id_and_the_secret_that_are_given(
    make_introspection_client: Callable[..., RegisteredClient], introspect: Callable[..., Any]
) -> None:
    make_introspection_client("a client", secret="a secret")
    assert introspect("any-token", caller=("a client", "a secret")).is_inactive


def test_a_client_that_is_there_already_is_refused(
    make_introspection_client: Callable[..., RegisteredClient],
) -> None:
    with pytest.raises(CannotMake, match="There is a client 'test_client_1' already"):
        make_introspection_client("test_client_1")


def test_a_revocation_is_told_by_both_dialects(
    make_introspection_token: Callable[..., IssuedToken],
    revoke_introspection_token: Callable[[str], None],
    introspect: Callable[..., Any],
) -> None:
    token = make_introspection_token()
    revoke_introspection_token(token)
    answers = [introspect(token, dialect=each) for each in ("form", "json")]
    assert [each.document for each in answers] == [{"active": False}] * 2


def test_what_was_made_shows_in_no_repr(
    make_introspection_client: Callable[..., RegisteredClient],
    make_introspection_token: Callable[..., IssuedToken],
) -> None:
    client = make_introspection_client(secret="very-secret")
    token = make_introspection_token(client)
    assert "very-secret" not in repr([client, client.secret, client.__dict__])
    assert token.encode().decode() not in repr([token, (token,), {"token": token}])


ROWS = """
from conftest import Client, Token


def test_something(make_introspection_client, make_introspection_token, count):
    make_introspection_token()
    make_introspection_token(make_introspection_client(), kind="refresh_token")
    assert (count(Client), count(Token)) == (2, 2)


def test_afterwards(count):
    print("left:", count(Client), count(Token))
"""


@pytest.mark.parametrize(("keeps", "left"), [("False", "left: 0 0"), ("True", "left: 2 2")])
def test_rows_are_removed_after_the_test(run: Run, keeps: str, left: str) -> None:
    override = f"""
@pytest.fixture
def keeps_introspection_rows():
    return {keeps}
"""
    result = run(ROWS, "-s", plugins=override)
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(f"*{left}*")


def test_rows_that_cannot_be_removed_are_told(run: Run) -> None:
    tests = """
from conftest import db


def test_it(app, make_introspection_client):
    make_introspection_client()
    with app.app_context():
        db.drop_all()
"""
    result = run(tests)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines("*CannotMake: What this test made could not be deleted: *")


ROLLING_BACK = """

class Joined(db.session.session_factory.class_):
    def get_bind(self, *arguments, **options):
        return self.bind


@pytest.fixture(scope="session")
def app(tmp_path_factory):
    app = make_app(
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path_factory.mktemp('db') / 'test.db'}",
        INTROSPECT_SESSION=lambda: db.session,
    )
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(autouse=True)
def session(app):
    with app.app_context():
        with db.engine.connect() as connection:
            transaction = connection.begin()
            options = {"bind": connection, "class_": Joined}
            made = db._make_scoped_session(
                {**options, "join_transaction_mode": "create_savepoint"}
            )
            before, db.session = db.session, made
            yield made
            made.remove()
            transaction.rollback()
            db.session = before
"""


def test_rows_go_into_the_transaction_that_a_host_rolls_back(run: Run) -> None:
    tests = """
from conftest import Client, Token, db


def test_something(session, make_introspection_token, assert_active, revoke_introspection_token):
    session.add(Client.create("mine")[0])
    session.flush()  # on SQLite, nobody else can write from here on
    token = make_introspection_token("mine", scope="read")
    assert_active(token, scope="read")
    revoke_introspection_token(token)
    assert session.scalar(Token.find(token)).revoked_at


def test_afterwards(session):
    assert session.query(Client).count() == session.query(Token).count() == 0
"""
    run(tests, plugins=ROLLING_BACK).assert_outcomes(passed=2)


def test_the_suite_runs_in_a_transaction_that_is_rolled_back(run: Run) -> None:
    suite = "from flask_introspect.testing import Conformance\nclass TestIt(Conformance): pass"
    outcomes = run(suite, "-k", "inactive or told", plugins=ROLLING_BACK).parseoutcomes()
    assert set(outcomes) == {"passed", "skipped", "deselected"}
