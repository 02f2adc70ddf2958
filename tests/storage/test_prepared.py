"""What a prepared statement reads is what SQLAlchemy reads with the same statement."""

from __future__ import annotations

import datetime
import decimal
import enum
import logging
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import exc

from flask_introspect.storage.prepared import PreparedStatements
from flask_introspect.storage.quiet import quiet


class Colour(enum.Enum):
    RED = "r"
    BLUE = "b"


class Reversed(sa.TypeDecorator[str]):
    """A type of the host's, which writes and reads in its own way."""

    impl = sa.String(40)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        if value == "unwritable":
            raise ValueError("no such value")
        return value and value[::-1]

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return value and value[::-1]


METADATA = sa.MetaData()

THINGS = sa.Table(
    "things",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", Reversed),
    sa.Column("flag", sa.Boolean),
    sa.Column("at", sa.DateTime),
    sa.Column("day", sa.Date),
    sa.Column("price", sa.Numeric(10, 2)),
    sa.Column("octets", sa.LargeBinary(20)),
    sa.Column("colour", sa.Enum(Colour)),
    sa.Column("given", sa.Uuid),
    sa.Column("document", sa.JSON),
    sa.Column("odd: 100 % (x)", sa.String(10)),
)
ODD = THINGS.c["odd: 100 % (x)"]

ROWS: list[dict[str, Any]] = [
    {
        "id": 1,
        "name": "one",
        "flag": True,
        "at": datetime.datetime(2026, 1, 2, 3, 4, 5),
        "day": datetime.date(2026, 1, 2),
        "price": decimal.Decimal("1.50"),
        "octets": b"\x00\xff",
        "colour": Colour.BLUE,
        "given": uuid.UUID(int=7),
        "document": {"a": [1, None]},
        "odd: 100 % (x)": "50 %",
    },
    {"id": 2, "name": "two", "flag": False, "odd: 100 % (x)": "b"},
    {"id": 3},
]

NAMED = THINGS.c.name == sa.bindparam("sought")

STATEMENTS = {
    "every type": sa.select(*THINGS.c).order_by(THINGS.c.id),
    "a type of the host's": sa.select(*THINGS.c).where(NAMED),
    "a list": sa.select(THINGS.c.id).where(THINGS.c.id.in_([1, 3]), NAMED),
    "a list of another type": sa.select(THINGS.c.id).where(THINGS.c.name.in_(["one", "x"]), NAMED),
    "an empty list": sa.select(THINGS.c.id).where(THINGS.c.id.in_([]), NAMED),
    "an odd name": sa.select(ODD, THINGS.c.id).where(ODD == "50 %", NAMED),
    "a list by an odd name": sa.select(ODD).where(ODD.in_(["50 %", "b"]), NAMED),
    "a column twice": sa.select(THINGS.c.flag, THINGS.c.flag, THINGS.c.name).where(NAMED),
    "an expression": sa.select(sa.func.coalesce(THINGS.c.flag, True), THINGS.c.at).where(NAMED),
    "a value twice": sa.select(THINGS.c.id).where(sa.or_(NAMED, THINGS.c.name == "two", NAMED)),
    "a text": sa.select(sa.literal("100 %"), THINGS.c.day).where(NAMED),
    "a limit": sa.select(THINGS.c.id).where(NAMED).limit(1),
    "none": sa.select(*THINGS.c).where(THINGS.c.id == 99),
}


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    engine = sa.create_engine(database_url)
    METADATA.create_all(engine)
    with engine.begin() as connection:
        for row in ROWS:
            connection.execute(sa.insert(THINGS).values(row))
    yield engine
    METADATA.drop_all(engine)
    engine.dispose()


def read(engine: sa.Engine, statement: sa.Select[Any], times: int = 2, **parameters: Any) -> Any:
    """Read by a prepared statement, several times: the first time is another."""
    prepared = PreparedStatements(quiet(engine))
    with engine.connect() as connection:
        driver_connection = connection.connection.driver_connection
        found = [prepared.rows(driver_connection, statement, parameters) for _ in range(times)]
    assert all(list(each) == list(found[0]) for each in found)
    return list(found[0])


@pytest.mark.parametrize("sought", ["one", "two", "nothing", None])
@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS)
def test_rows_are_those_that_sqlalchemy_reads(
    engine: sa.Engine, statement: sa.Select[Any], sought: str | None
) -> None:
    asks = "sought" in statement.compile().params
    parameters = {"sought": sought} if asks else {}
    with engine.connect() as connection:
        expected = [tuple(row) for row in connection.execute(statement, parameters)]
    assert read(engine, statement, **parameters) == expected


def test_a_statement_is_read_with_new_values_each_time(engine: sa.Engine) -> None:
    statement = STATEMENTS["a list of another type"]
    prepared = PreparedStatements(quiet(engine))
    with engine.connect() as connection:
        driver_connection = connection.connection.driver_connection
        found = [
            list(prepared.rows(driver_connection, statement, {"sought": sought}))
            for sought in ("nothing", "one", "two")
        ]
    assert found == [[], [(1,)], []]


NOWHERE = sa.Table("nowhere", sa.MetaData(), sa.Column("a", sa.String(10)))


@pytest.mark.parametrize(
    ("statement", "sought"),
    [
        (sa.select(NOWHERE.c.a).where(NOWHERE.c.a == sa.bindparam("sought")), "x"),
        (STATEMENTS["a type of the host's"], "unwritable"),
    ],
    ids=["no such table", "no such value"],
)
def test_an_error_is_the_one_that_sqlalchemy_raises(
    engine: sa.Engine, statement: sa.Select[Any], sought: str
) -> None:
    with engine.connect() as connection, pytest.raises(exc.StatementError) as expected:
        connection.execute(statement, {"sought": sought})
    with pytest.raises(exc.StatementError) as raised:
        read(engine, statement, sought=sought)
    assert type(raised.value) is type(expected.value)
    assert type(raised.value.orig) is type(expected.value.orig)
    assert raised.value.hide_parameters


def test_a_connection_that_was_cut_is_told_from_a_fault_of_the_statement(
    engine: sa.Engine,
) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite has no server that could hang up")
    statement = STATEMENTS["every type"]
    prepared = PreparedStatements(quiet(engine))
    with engine.connect() as connection:
        driver_connection = connection.connection.driver_connection
        assert driver_connection is not None
        prepared.rows(driver_connection, statement, {})
        own = "pg_backend_pid()" if engine.dialect.name == "postgresql" else "CONNECTION_ID()"
        number = connection.exec_driver_sql(f"SELECT {own}").scalar_one()
        kill = "SELECT pg_terminate_backend(%s)" if own.startswith("pg") else "KILL %s"
        with engine.connect() as another:
            another.exec_driver_sql(kill, (number,))
        with pytest.raises(exc.DBAPIError) as raised:
            prepared.rows(driver_connection, statement, {})
        assert raised.value.connection_invalidated
        connection.invalidate()


def test_a_host_that_logs_its_sql_sees_the_statement_and_no_value(
    engine: sa.Engine, caplog: pytest.LogCaptureFixture
) -> None:
    name = "sqlalchemy.engine.Engine.flask_introspect"
    with caplog.at_level(logging.INFO, name):
        read(engine, STATEMENTS["a type of the host's"], times=1, sought="a secret value")
    (line,) = (record.getMessage() for record in caplog.records if record.name == name)
    assert line.startswith("SELECT things.id")
    assert "a secret value" not in caplog.text
