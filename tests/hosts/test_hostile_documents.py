"""JSON columns that hold what no one should have written: never a 500, never more than is due."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from ..support import DIALECTS, FORM, INACTIVE, Client, Host, Token, db

pytestmark = pytest.mark.usefixtures("no_collection")

#: What any database takes, but for MariaDB, which takes no more than 32 levels.
DEEP = "[" * 3000 + "]" * 3000
NESTED = '{"a": ' + "[" * 60 + "]" * 60 + "}"
HUGE = '{"n": ' + "9" * 5000 + "}"
EVERYWHERE = [DEEP, NESTED, '{"n": 1e999}', "5", '"text"', "[1]", "true"]
#: What PostgreSQL and MariaDB refuse to store.
SQLITE_ALONE = ['{"n": NaN}', '{"n": -Infinity}', "[" * 20_000, "{", HUGE]


def write(host: Host, model: type, column: str, document: str) -> None:
    """Write a document as it is, past the column's type."""
    table = model.__tablename__  # type: ignore[attr-defined]
    with host.app.app_context():
        written = ":document"
        if db.engine.dialect.name == "postgresql":
            written = "CAST(:document AS json)"
        elif db.engine.dialect.name == "mysql" and document in (DEEP, NESTED):
            pytest.skip("MariaDB stores no document of so many levels")
        statement = sa.text(f"UPDATE {table} SET {column} = {written}")
        db.session.execute(statement, {"document": document})
        db.session.commit()


def told(host: Host, dialect: str = FORM) -> Any:
    return host.ask("documented", dialect=dialect)


each_document = pytest.mark.parametrize("document", EVERYWHERE, ids=lambda text: text[:9])


@pytest.mark.parametrize("dialect", DIALECTS)
@each_document
def test_claims_that_cannot_be_told_make_a_token_inactive(
    host: Host, document: str, dialect: str, caplog: pytest.LogCaptureFixture
) -> None:
    write(host, Token, "claims", document)
    for _ in range(2):
        assert told(host, dialect).data == INACTIVE
    assert "Token.claims cannot be read" in caplog.text


@pytest.mark.parametrize("document", [DEEP, "5", "[1]", '{"a": 1}'], ids=lambda text: text[:9])
@pytest.mark.parametrize("column", ["resources", "visible_claims", "visible_scopes"])
def test_a_limit_that_cannot_be_read_lets_nobody_in(
    host: Host, column: str, document: str, caplog: pytest.LogCaptureFixture
) -> None:
    write(host, Client, column, document)
    for _ in range(2):
        assert told(host).status_code == 401
    assert "client 'test_client_1' cannot be read" in caplog.text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("document", SQLITE_ALONE, ids=lambda text: text[:9])
def test_what_sqlite_takes_for_a_document_is_read_no_better(host: Host, document: str) -> None:
    write(host, Token, "claims", document)
    assert told(host).data == INACTIVE
    write(host, Token, "claims", "{}")
    assert told(host).get_json()["active"]
    write(host, Client, "resources", document)
    assert told(host).status_code == 401


@pytest.mark.parametrize("right", ["audience", "any"])
@pytest.mark.parametrize("document", [DEEP, '{"a": 1}', "5", "[1]"], ids=lambda text: text[:9])
def test_an_audience_that_cannot_be_read_names_nobody_else(
    host: Host, document: str, right: str
) -> None:
    host.add_client("other", may_introspect=right, resources=["my_api"])
    write(host, Token, "aud", document)
    assert told(host).data == INACTIVE
    assert host.ask("documented", caller=("other", "test_secret")).status_code == 404
