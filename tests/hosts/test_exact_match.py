"""A token and a client id count byte for byte, whatever the database takes for equal."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Mapped, mapped_column

from flask_introspect import InvalidClient, Reason, introspect, plain

from ..conftest import BACKENDS, SERVERS
from ..support import FORM, INACTIVE, JSON, Host, quick_hash
from .support import as_host

Empty = Callable[..., Flask]

#: Collations that take for equal what is not, by database; MariaDB's ignore trailing blanks, too.
COLLATIONS = {
    "sqlite": ["NOCASE", "RTRIM"],
    "postgresql": ["ignoring_case", "ignoring_blanks"],
    "mariadb": [
        "utf8mb4_general_ci",
        "utf8mb4_unicode_ci",
        "utf8mb3_general_ci",
        "latin1_swedish_ci",
    ],
}
#: PostgreSQL's must be made; they are told by what they leave out of the comparison.
_ICU = {"ignoring_case": "und-u-ks-level2", "ignoring_blanks": "und-u-ka-shifted"}

each_collation = pytest.mark.parametrize(
    ("database_url", "collation"),
    [(backend, collation) for backend in BACKENDS for collation in COLLATIONS[backend]],
    indirect=["database_url"],
)


def make_host(
    empty: Empty, collation: str | None, clients: dict[str, str], tokens: dict[str, str]
) -> Host:
    """A host whose ids and tokens are kept under a collation.

    :param clients: their secrets by their ids.
    :param tokens: the clients that they were issued to, by the tokens.
    """
    db = SQLAlchemy()
    text = sa.String(80, collation=collation)

    class Client(db.Model):  # type: ignore[name-defined,misc]
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str] = mapped_column(text, index=True)
        secret: Mapped[str] = mapped_column(sa.String(255))

    class Token(db.Model):  # type: ignore[name-defined,misc]
        id: Mapped[int] = mapped_column(primary_key=True)
        value: Mapped[str] = mapped_column(text, index=True)
        issued_to: Mapped[str] = mapped_column(text)

    if collation in _ICU:
        make = sa.DDL(
            f"CREATE COLLATION IF NOT EXISTS {collation} "
            f"(provider = icu, locale = '{_ICU[collation]}', deterministic = false)"
        )
        sa.event.listen(db.metadata, "before_create", make)
    app = empty(
        db,
        *(Client(name=name, secret=quick_hash(secret)) for name, secret in clients.items()),
        *(Token(value=value, issued_to=client) for value, client in tokens.items()),
        INTROSPECT_CLIENT_MODEL=Client,
        INTROSPECT_CLIENT_FIELDS={"client_id": "name", "client_secret": "secret"},
        INTROSPECT_TOKEN_MODEL=Token,
        INTROSPECT_TOKEN_FIELDS={"access_token": plain("value"), "client_id": "issued_to"},
    )
    return as_host(app)


@each_collation
def test_a_token_is_found_by_itself_alone(empty: Empty, collation: str) -> None:
    host = make_host(
        empty, collation, {"caller": "secret"}, {"abc": "caller", "Two Words": "caller"}
    )
    for token in ("abc", "Two Words"):
        assert host.ask(token, caller=("caller", "secret")).status_code == 200
    for token in ("ABC", "Abc", "abc ", " abc", "abc  ", "two words", "TwoWords"):
        assert host.ask(token, caller=("caller", "secret")).status_code == 404


@each_collation
def test_tokens_that_the_database_takes_for_equal_are_two(empty: Empty, collation: str) -> None:
    clients = {"one": "secret", "another": "secret"}
    host = make_host(empty, collation, clients, {"abc": "one", "ABC": "another", "abc ": "another"})
    for token, owner in (("abc", "one"), ("ABC", "another"), ("abc ", "another")):
        for caller in clients:
            status = 200 if caller == owner else 404
            for _ in ("with the client alone", "along with the client"):
                assert host.ask(token, caller=(caller, "secret")).status_code == status


@each_collation
def test_a_client_is_known_by_its_id_alone(empty: Empty, collation: str) -> None:
    host = make_host(empty, collation, {"caller": "secret"}, {"abc": "caller"})
    assert host.ask("abc", caller=("caller", "secret")).status_code == 200
    for client_id in ("CALLER", "Caller", "caller ", " caller", "cal ler"):
        assert host.ask("abc", caller=(client_id, "secret")).status_code == 401


@each_collation
def test_clients_that_the_database_takes_for_equal_are_two(empty: Empty, collation: str) -> None:
    clients = {"caller": "secret", "CALLER": "SECRET", "caller ": "secret "}
    host = make_host(empty, collation, clients, {"abc": "CALLER"})
    for client_id in clients:
        for secret in clients.values():
            right = clients[client_id] == secret
            status = 401 if not right else 200 if client_id == "CALLER" else 404
            assert host.ask("abc", caller=(client_id, secret)).status_code == status


@each_collation
def test_a_token_s_client_is_not_one_of_a_similar_name(empty: Empty, collation: str) -> None:
    host = make_host(empty, collation, {"caller": "secret"}, {"abc": "CALLER", "abcd": "caller "})
    with host.app.app_context():
        assert introspect("abc").reason is Reason.CLIENT_GONE
        assert introspect("abcd").reason is Reason.CLIENT_GONE


# What no column can hold

ODD_TOKENS = ["a\0b", "\0", "abc\0", "\ud800", "caf\xe9", "\U0001f511", "\x7f", "abc\n"]


@pytest.mark.parametrize("token", ODD_TOKENS, ids=ascii)
def test_a_token_of_characters_that_no_token_has_is_unknown(empty: Empty, token: str) -> None:
    host = make_host(empty, None, {"caller": "secret"}, {"abc": "caller"})
    host.ask("abc", caller=("caller", "secret"))
    assert host.ask(token, caller=("caller", "secret"), dialect=JSON).status_code == 404
    if token.isprintable() or "\0" in token:
        sent = "token=" + quote(token, errors="surrogatepass")
        assert host.ask(body=sent, caller=("caller", "secret"), dialect=FORM).data == INACTIVE


ODD_IDS = [
    "a\0b",
    "caller\0",
    "caf\xe9",
    "\u0141\xf3d\u017a",
    "\U0001f511",
    "caller\U0001f511",
    "\uffff",
    "x" * 5000,
]


@each_collation
def test_a_client_id_that_the_column_cannot_hold_is_nobody_s(empty: Empty, collation: str) -> None:
    _check_odd_ids(make_host(empty, collation, {"caller": "secret"}, {"abc": "caller"}))


def _check_odd_ids(host: Host) -> None:
    for client_id in ODD_IDS:
        assert host.ask("abc", caller=(client_id, "secret")).status_code == 401
        post = {"client_id": client_id, "client_secret": "secret"}
        for dialect in (JSON, FORM):
            assert host.ask("abc", caller=None, dialect=dialect, **post).status_code == 401
        with host.app.app_context(), pytest.raises(InvalidClient):
            introspect("abc", caller=client_id)


@pytest.mark.parametrize("client_id", ["\ud800", "a\udfffb"], ids=ascii)
def test_half_a_character_is_nobody_s_id(empty: Empty, client_id: str) -> None:
    host = make_host(empty, None, {"caller": "secret"}, {"abc": "caller"})
    post: dict[str, Any] = {"client_id": client_id, "client_secret": "secret"}
    assert host.ask("abc", caller=None, dialect=JSON, **post).status_code == 401
    with host.app.app_context(), pytest.raises(InvalidClient):
        introspect("abc", caller=client_id)


@pytest.fixture(
    params=[("LATIN1", "utf8"), ("LATIN1", "latin1"), ("SQL_ASCII", "utf8")], ids=" ".join
)
def narrow_database(request: pytest.FixtureRequest) -> Iterator[str]:
    """A PostgreSQL database, or connection, whose encoding cannot write every character."""
    encoding, client_encoding = request.param
    if "postgresql" not in BACKENDS:
        pytest.skip("TEST_POSTGRESQL_URL is not set")
    given = os.environ[SERVERS["postgresql"]]
    server = sa.create_engine(given, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    name = f"introspect_narrow_{os.getpid()}"
    with server.connect() as connection:
        connection.execute(
            sa.text(
                f"CREATE DATABASE {name} ENCODING '{encoding}' "
                "LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
            )
        )
    url = (
        sa.make_url(given)
        .set(database=name)
        .update_query_dict({"client_encoding": client_encoding})
    )
    yield url.render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_client_id_that_the_database_cannot_write_is_nobody_s(
    narrow_database: str, empty: Empty
) -> None:
    def narrow(db: SQLAlchemy, *rows: Any, **config: Any) -> Flask:
        return empty(db, *rows, url=narrow_database, **config)

    host = make_host(narrow, None, {"caller": "secret"}, {"abc": "caller"})
    assert host.ask("abc", caller=("caller", "secret")).status_code == 200
    _check_odd_ids(host)


def test_a_client_id_outside_ascii_is_found(empty: Empty) -> None:
    host = make_host(empty, None, {"caf\xe9": "secret"}, {"abc": "caf\xe9"})
    assert host.ask("abc", caller=("caf\xe9", "secret")).get_json()["client_id"] == "caf\xe9"
    latin_1 = "Basic " + base64.b64encode("caf\xe9:secret".encode("latin-1")).decode()
    assert host.ask("abc", caller=None, headers={"Authorization": latin_1}).status_code == 200
