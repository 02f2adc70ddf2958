"""Reading leaves no trace on the server, is never stale, and survives a server that hangs up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from ..conftest import BACKENDS
from ..support import INACTIVE, Client, Host, Token, db, quick_hash
from .recorder import Recorder, recorder
from .support import as_host, engine_of

Empty = Callable[..., Flask]

MODELS = {"INTROSPECT_CLIENT_MODEL": Client, "INTROSPECT_TOKEN_MODEL": Token}
SERVERS = [backend for backend in BACKENDS if backend != "sqlite"]
on_servers = pytest.mark.parametrize("database_url", SERVERS, indirect=True)


def rows() -> list[Any]:
    client = Client(client_id="test_client_1", client_secret=quick_hash("test_secret"))
    token, _ = Token.issue("test_client_1", token="a token", iat=1640918800, exp=1640995200)
    return [client, token]


@pytest.fixture
def reading(empty: Empty) -> Callable[..., Host]:
    """Makes a host that has read before."""

    def make(**config: Any) -> Host:
        host = as_host(empty(db, *rows(), **MODELS, **config))
        for _ in range(2):
            assert host.ask("a token").status_code == 200
        return host

    return make


@pytest.fixture
def another(database_url: str) -> Iterator[sa.Engine]:
    """Another process's way to the database."""
    engine = sa.create_engine(database_url, poolclass=sa.NullPool)
    yield engine
    engine.dispose()


# Nothing but the SELECT


@pytest.fixture
def wire(database_url: str) -> Iterator[Recorder]:
    with recorder(database_url) as relay:
        yield relay


@on_servers
@pytest.mark.parametrize("token", ["a token", "nothing"])
def test_a_request_says_nothing_but_one_select(
    reading: Callable[..., Host], wire: Recorder, token: str
) -> None:
    host = reading(url=wire.url)
    wire.statements(), wire.bursts()
    host.ask(token)
    assert wire.statements() == ["SELECT"]
    assert wire.bursts() == 1


@on_servers
def test_many_requests_say_no_more(reading: Callable[..., Host], wire: Recorder) -> None:
    host = reading(url=wire.url)
    for _ in range(10):  # drivers begin to prepare a statement after some uses
        host.ask("a token")
    wire.statements(), wire.bursts()
    for _ in range(10):
        host.ask("a token")
    assert set(wire.statements()) <= {"SELECT"}
    assert wire.bursts() == 10


@on_servers
def test_a_session_of_the_host_s_is_left_as_it_was(empty: Empty, another: sa.Engine) -> None:
    host = as_host(empty(db, *rows(), **MODELS, INTROSPECT_SESSION=lambda: db.session))
    assert host.ask("a token").status_code == 200
    with another.begin() as connection:
        connection.execute(sa.update(Token).values(revoked_at=1))
    assert host.ask("a token").data == INACTIVE


# Fresh


@pytest.mark.parametrize(
    ("database_url", "level"),
    [
        (backend, level)
        for backend in BACKENDS
        for level in ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE")
        if backend != "sqlite" or level == "SERIALIZABLE"
    ],
    indirect=["database_url"],
)
@pytest.mark.parametrize(
    "hold_open", [False, True], ids=["", "while the host has a transaction open"]
)
def test_what_another_process_commits_shows_in_the_next_answer(
    reading: Callable[..., Host], another: sa.Engine, level: str, hold_open: bool
) -> None:
    host = reading(SQLALCHEMY_ENGINE_OPTIONS={"isolation_level": level})
    with engine_of(host.app).connect() as held:
        if hold_open:
            held.execute(sa.select(Client.id)).all()
        assert host.ask("a token").get_json()["active"]
        if hold_open and another.dialect.name == "sqlite":
            held.rollback()  # SQLite lets nobody write while somebody reads
        for statement, status in (
            (sa.update(Token).values(scope="changed"), 200),
            (sa.update(Token).values(revoked_at=1), 200),
            (sa.delete(Token), 404),
            (sa.update(Client).values(enabled=False), 401),
        ):
            with another.begin() as connection:
                connection.execute(statement)
            answer = host.ask("a token")
            assert answer.status_code == status
            if b"active" in answer.data:
                assert answer.get_json()["active"] is (answer.get_json().get("scope") == "changed")


def test_a_secret_that_another_process_changed_is_the_old_one_no_more(
    reading: Callable[..., Host], another: sa.Engine
) -> None:
    host = reading()
    with another.begin() as connection:
        connection.execute(sa.update(Client).values(client_secret=quick_hash("new")))
    assert host.ask("a token").status_code == 401
    assert host.ask("a token", caller=("test_client_1", "new")).status_code == 200


# Hung up

HANG_UP = {
    "postgresql": "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()",
    "mysql": "SELECT id FROM information_schema.processlist "
    "WHERE db = DATABASE() AND id <> CONNECTION_ID()",
}


def hang_up(engine: sa.Engine) -> None:
    """Make the server close every other connection to the database."""
    with engine.connect() as connection:
        found = connection.execute(sa.text(HANG_UP[engine.dialect.name])).scalars().all()
        assert found
        if engine.dialect.name == "mysql":
            for number in found:
                connection.execute(sa.text(f"KILL {number}"))


@on_servers
@pytest.mark.parametrize("token", ["a token", "nothing"])
def test_connections_that_the_server_closed_are_replaced(
    reading: Callable[..., Host], another: sa.Engine, token: str
) -> None:
    host = reading()
    status = host.ask(token).status_code
    for _ in range(2):
        hang_up(another)
        assert host.ask(token).status_code == status
        assert host.ask(token).status_code == status


@on_servers
@pytest.mark.parametrize(
    "options", [{"pool_pre_ping": True}, {"pool_recycle": 1}, {"poolclass": sa.NullPool}], ids=repr
)
def test_so_they_are_with_the_host_s_own_choice_of_pool(
    reading: Callable[..., Host], another: sa.Engine, options: dict[str, Any]
) -> None:
    host = reading(SQLALCHEMY_ENGINE_OPTIONS=options)
    if "poolclass" not in options:
        hang_up(another)
    assert host.ask("a token").status_code == 200
