"""Among 100,000 rows every lookup goes by an index, as the database itself explains."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from authlib.integrations.sqla_oauth2 import OAuth2ClientMixin, OAuth2TokenMixin
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Mapped, mapped_column, relationship

from flask_introspect import plain, sha256
from flask_introspect.models import ClientMixin, TokenMixin

from ..conftest import Databases
from ..jwt.issuer import ISSUER, issued, jwks
from ..support import Host, quick_hash
from .support import as_host, dispose, engine_of, make_app

pytestmark = pytest.mark.slow

ROWS = 20_000
CLIENTS = 10_000

db = SQLAlchemy()


class OurClient(db.Model, ClientMixin): ...


class OurToken(db.Model, TokenMixin): ...


class AuthlibClient(db.Model, OAuth2ClientMixin):
    id: Mapped[int] = mapped_column(primary_key=True)


class AuthlibToken(db.Model, OAuth2TokenMixin):
    id: Mapped[int] = mapped_column(primary_key=True)


class ForeignToken(db.Model):
    """A token whose client is told by a foreign key, and whose digest is of a fixed length."""

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str | None] = mapped_column(sa.CHAR(64), unique=True)
    access_token: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    client_number: Mapped[int] = mapped_column(sa.ForeignKey(OurClient.id))
    client: Mapped[OurClient] = relationship()


OURS = {"INTROSPECT_CLIENT_MODEL": OurClient, "INTROSPECT_TOKEN_MODEL": OurToken}
AUTHLIB = {"INTROSPECT_CLIENT_MODEL": AuthlibClient, "INTROSPECT_TOKEN_MODEL": AuthlibToken}
SIGNED = {**OURS, "INTROSPECT_JWT_KEYS": jwks(), "INTROSPECT_JWT_ISSUERS": [ISSUER]}
HASHING = {
    "INTROSPECT_CLIENT_MODEL": OurClient,
    "INTROSPECT_TOKEN_MODEL": ForeignToken,
    "INTROSPECT_TOKEN_FIELDS": {
        "access_token": [sha256("digest"), plain("access_token")],
        "client_id": "client.client_id",
    },
}


def numbers(count: int) -> Any:
    """A query of the numbers from 0; every database can join digits."""
    digits = [
        sa.union_all(
            *(sa.select(sa.literal_column(str(digit)).label("digit")) for digit in range(10))
        ).subquery()
        for _ in str(count - 1)
    ]
    number = sum(table.c.digit * 10**place for place, table in enumerate(digits))
    return (
        sa.select(sa.type_coerce(number, sa.Integer).label("n")).select_from(*digits).subquery().c.n
    )


def text(prefix: str, n: Any) -> Any:
    return sa.literal_column(f"'{prefix}'", sa.String).concat(sa.cast(n, sa.String(20)))


def fill(connection: sa.Connection) -> None:
    def insert(model: type, count: int, **columns: Callable[[Any], Any] | Any) -> None:
        n = numbers(count)
        values = {
            name: make(n) if callable(make) else sa.literal(make) for name, make in columns.items()
        }
        connection.execute(sa.insert(model).from_select(list(values), sa.select(*values.values())))

    secret = quick_hash("secret")
    client = {"client_id": lambda n: text("client-", n)}
    own = {"enabled": True, "public": False, "client_secret": secret}
    insert(OurClient, CLIENTS, **client, **own)
    zeros = {"client_id_issued_at": 0, "client_secret_expires_at": 0}
    insert(AuthlibClient, CLIENTS, **client, **zeros, client_secret="secret")
    of_client = {"client_id": lambda n: text("client-", n % CLIENTS)}
    insert(
        OurToken,
        ROWS,
        **of_client,
        token_digest=lambda n: text("digest-", n),
        jti=lambda n: text("jti-", n),
        kind="access_token",
    )
    insert(
        AuthlibToken,
        ROWS,
        **of_client,
        access_token=lambda n: text("token-", n),
        refresh_token=lambda n: text("refresh-", n),
        issued_at=0,
        expires_in=0,
        access_token_revoked_at=0,
        refresh_token_revoked_at=0,
    )
    some_client = sa.select(sa.func.min(OurClient.id)).scalar_subquery()
    insert(
        ForeignToken,
        ROWS,
        client_number=lambda _: some_client,
        digest=lambda n: text("digest-", n),
        access_token=lambda n: text("token-", n),
    )
    digest = hashlib.sha256(b"live").hexdigest()
    for model, column, value in (
        (OurToken, "token_digest", digest),
        (AuthlibToken, "access_token", "live"),
        (ForeignToken, "digest", digest),
    ):
        name = getattr(model, column)
        first = "digest-77" if column.endswith("digest") else "token-77"
        connection.execute(sa.update(model).where(name == first).values({column: value}))


@pytest.fixture(scope="session")
def large_databases(own_databases: Databases) -> Callable[[str], str]:
    """A database with many rows, filled at its first use."""
    made: dict[str, str] = {}

    def large(backend: str) -> str:
        if backend not in made:
            url = own_databases(backend, "large")
            engine = sa.create_engine(
                url, enable_from_linting=False
            )  # the digits are meant to be multiplied
            db.metadata.create_all(engine)
            with engine.begin() as connection:
                fill(connection)
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                for table in db.metadata.sorted_tables:
                    connection.execute(
                        sa.text(f"ANALYZE {'TABLE ' if backend == 'mariadb' else ''}{table.name}")
                    )
            engine.dispose()
            made[backend] = url
        return made[backend]

    return large


@pytest.fixture(
    params=[OURS, AUTHLIB, HASHING], ids=["our mixins", "Authlib's", "digest, else plain text"]
)
def large(
    request: pytest.FixtureRequest, backend: str, large_databases: Callable[[str], str]
) -> Iterator[Host]:
    app = make_app(db, large_databases(backend), **request.param, INTROSPECT_POLICY="any")
    yield as_host(app)
    dispose(app)


Scans = Callable[[Any, str, Any], list[str]]


def sqlite_scans(cursor: Any, statement: str, parameters: Any) -> list[str]:
    cursor.execute("EXPLAIN QUERY PLAN " + statement, parameters)
    return [row[-1] for row in cursor.fetchall() if row[-1].startswith("SCAN")]


def postgresql_scans(cursor: Any, statement: str, parameters: Any) -> list[str]:
    cursor.execute("EXPLAIN (FORMAT JSON) " + statement, parameters)
    (plan,) = cursor.fetchone()
    found: list[str] = []

    def look(node: dict[str, Any]) -> None:
        if node["Node Type"] == "Seq Scan":
            found.append(f"{node['Relation Name']} {node['Alias']}")
        for child in node.get("Plans", ()):
            look(child)

    look((plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"])
    return found


def mariadb_scans(cursor: Any, statement: str, parameters: Any) -> list[str]:
    cursor.execute("EXPLAIN " + statement, parameters)
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [
        f"{row['table']} {row['type']} {row['key']}"
        for row in rows
        if row["type"] in {"ALL", "index"}
    ]


SCANS: dict[str, Scans] = {
    "sqlite": sqlite_scans,
    "postgresql": postgresql_scans,
    "mysql": mariadb_scans,
}


def scans_of(host: Host, token: str, status: int) -> list[list[str]]:
    """Ask twice, and list what each of the statements read without an index."""
    engine = engine_of(host.app)
    sent: list[tuple[str, Any]] = []
    sa.event.listen(
        engine,
        "before_cursor_execute",
        lambda _, __, statement, parameters, *___: sent.append((statement, parameters)),
    )
    for _ in ("the client, then the token", "both at once"):
        assert host.ask(token, caller=("client-77", "secret")).status_code == status
    connection = engine.raw_connection()
    try:
        return [SCANS[engine.dialect.name](connection.cursor(), *each) for each in sent]
    finally:
        connection.close()


@pytest.mark.parametrize("token", ["live", "nothing"])
def test_every_lookup_goes_by_an_index(large: Host, token: str) -> None:
    assert scans_of(large, token, 200 if token == "live" else 404) == [[], [], []]


@pytest.mark.parametrize("large", [SIGNED], ids=["our mixins"], indirect=True)
def test_so_does_a_jwt_by_its_value_its_twin_and_its_identifier(large: Host) -> None:
    token = issued(client_id="client-77", jti="jwt-1")
    assert scans_of(large, token, 200) == [[], [], [], []]


@pytest.mark.parametrize("large", [OURS], ids=["our mixins"], indirect=True)
def test_the_explanation_tells_a_lookup_without_an_index(large: Host) -> None:
    engine = engine_of(large.app)
    connection = engine.raw_connection()
    try:
        scans = SCANS[engine.dialect.name](
            connection.cursor(), "SELECT id FROM our_token WHERE username = 'somebody'", ()
        )
    finally:
        connection.close()
    assert len(scans) == 1
