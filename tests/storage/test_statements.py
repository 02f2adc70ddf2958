"""How many statements a request costs, and that reading changes nothing."""

from __future__ import annotations

import pytest

from ..support import FORM, JSON, NOW, Client, Host, Token, db, statements

DIALECTS = [pytest.param(JSON, id="json"), pytest.param(FORM, id="form")]
TOKENS = ["documented", "nothing", "expired", "for others"]


@pytest.fixture
def host(fresh_host: Host) -> Host:
    """An application that remembers nothing."""
    return fresh_host


@pytest.fixture(autouse=True)
def tokens(host: Host) -> None:
    host.add_token("expired", exp=NOW)
    host.add_token("for others", "elsewhere", aud="other_api")


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("token", TOKENS)
def test_the_usual_request_is_one_statement(host: Host, token: str, dialect: str) -> None:
    host.ask("documented")
    for parameters in ({}, {"token_type_hint": "refresh_token"}):
        with statements() as sent:
            host.ask(token, dialect=dialect, **parameters)
        assert len(sent) == 1


@pytest.mark.parametrize("token", TOKENS)
def test_the_careful_way_is_two(host: Host, token: str) -> None:
    with statements() as sent:
        host.ask(token)
    assert [("client_secret" in statement, "token_digest" in statement) for statement in sent] == [
        (True, False),
        (False, True),
    ]


@pytest.mark.parametrize(
    "token", ["", "x" * 9000, "tok\0en"], ids=["empty", "too long", "malformed"]
)
def test_what_can_be_no_token_is_not_looked_for(host: Host, token: str) -> None:
    for _ in range(2):
        with statements() as sent:
            host.ask(token)
        assert len(sent) == 1
        assert "token_digest" not in sent[0]


def test_a_request_reads_and_never_writes(host: Host) -> None:
    with statements() as sent:
        for token in TOKENS * 2:
            host.ask(token)
        host.ask("documented", caller=("nobody", "x"))
    assert {statement.split()[0] for statement in sent} == {"SELECT"}


def test_reading_changes_nothing_in_the_database(host: Host) -> None:
    def content() -> list[object]:
        with host.app.app_context():
            return [
                tuple(row)
                for model in (Client, Token)
                for row in db.session.execute(db.select(model.__table__)).all()
            ]

    before = content()
    for token in TOKENS:
        for dialect in (JSON, FORM):
            host.ask(token, dialect=dialect)
            host.ask(token, dialect=dialect, caller=("nobody", "x"))
    assert content() == before


def test_only_the_columns_that_the_answer_needs_are_read(host: Host) -> None:
    host.ask("documented")
    with statements() as sent:
        host.ask("documented")
    selected = sent[0].partition("FROM")[0]
    assert "id," not in selected.replace("client_id", "").replace("_id", "")
    assert "*" not in sent[0]
