"""Where the host hooks into its engine, or sets it up in its own way, a read is one of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import g, request

from flask_introspect.secrets import token_digest
from flask_introspect.storage.hooks import is_hooked

from ..conftest import BACKENDS
from ..support import INACTIVE, Host, db, statements
from .conftest import TOKEN, engine_of, revoke

MakeHost = Callable[..., Host]

SERVERS = [backend for backend in BACKENDS if backend != "sqlite"] or [
    pytest.param("none", marks=pytest.mark.skip(reason="needs PostgreSQL or MariaDB"))
]
on_servers = pytest.mark.parametrize("database_url", SERVERS, indirect=True)
on_postgresql = pytest.mark.parametrize(
    "database_url",
    ["postgresql"]
    if "postgresql" in BACKENDS
    else [pytest.param("none", marks=pytest.mark.skip(reason="needs PostgreSQL"))],
    indirect=True,
)
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

IN_TRANSACTION = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"


# Isolation levels


@on_servers
@pytest.mark.parametrize(
    "options",
    [
        {"execution_options": {"isolation_level": "REPEATABLE READ"}},
        {"execution_options": {"isolation_level": "SERIALIZABLE"}},
        {"isolation_level": "REPEATABLE READ"},
        {"poolclass": sa.StaticPool, "isolation_level": "REPEATABLE READ"},
        {"poolclass": sa.StaticPool},
    ],
    ids=str,
)
def test_a_revoked_token_shows_at_once(
    filled: MakeHost, another: sa.Engine, options: dict[str, Any]
) -> None:
    host = filled(SQLALCHEMY_ENGINE_OPTIONS=options)
    for _ in range(3):
        assert host.ask(TOKEN).get_json()["active"] is True
    revoke(another)
    assert host.ask(TOKEN).data == INACTIVE


@on_postgresql
def test_no_transaction_is_left_open(filled: MakeHost, another: sa.Engine) -> None:
    options = {"execution_options": {"isolation_level": "READ COMMITTED"}}
    host = filled(SQLALCHEMY_ENGINE_OPTIONS=options)
    for _ in range(3):
        host.ask(TOKEN)
    with another.connect() as connection:
        assert connection.execute(sa.text(IN_TRANSACTION)).scalar_one() == 0


@on_sqlite
def test_a_schema_that_the_engine_translates_is_read(filled: MakeHost) -> None:
    options = {"execution_options": {"schema_translate_map": {None: "main"}}}
    host = filled(SQLALCHEMY_ENGINE_OPTIONS=options)
    assert host.ask(TOKEN).get_json()["active"] is True
    assert is_hooked(engine_of(host))
    with statements() as seen:
        assert host.ask(TOKEN).get_json()["active"] is True
    assert "FROM main.client" in seen[0]


# Hooks


@on_postgresql
def test_a_checkout_hook_picks_the_tenant_of_each_request(
    filled: MakeHost, another: sa.Engine
) -> None:
    host = filled()
    with another.begin() as connection:
        for tenant in ("blue", "green"):
            connection.execute(sa.text(f"DROP SCHEMA IF EXISTS {tenant} CASCADE"))
            connection.execute(sa.text(f"CREATE SCHEMA {tenant}"))
            for table in ("client", "token"):
                copy = f"CREATE TABLE {tenant}.{table} AS SELECT * FROM public.{table}"
                connection.execute(sa.text(copy))
            connection.execute(sa.text(f"UPDATE {tenant}.token SET username = '{tenant}'"))

    @host.app.before_request
    def choose() -> None:
        g.tenant = request.headers["X-Tenant"]

    def set_search_path(driver_connection: Any, *_: Any) -> None:
        with driver_connection.cursor() as cursor:
            cursor.execute(f"SET search_path TO {g.get('tenant', 'public')}")
        driver_connection.commit()

    sa.event.listen(engine_of(host), "checkout", set_search_path)
    try:
        for tenant in ("blue", "green", "green", "blue"):
            answer = host.ask(TOKEN, headers={"X-Tenant": tenant})
            assert answer.get_json()["username"] == tenant
    finally:
        with another.begin() as connection:
            for tenant in ("blue", "green"):
                connection.execute(sa.text(f"DROP SCHEMA {tenant} CASCADE"))


@on_postgresql
def test_a_begin_hook_that_sets_something_locally_has_its_effect(filled: MakeHost) -> None:
    host = filled()
    seen: list[str] = []

    def set_locally(connection: sa.Connection) -> None:
        connection.exec_driver_sql("SET LOCAL application_name = 'introspection'")

    def look(connection: sa.Connection, *_: Any) -> None:
        if not connection.info.get("looking"):
            connection.info["looking"] = True
            name = connection.exec_driver_sql("SHOW application_name").scalar_one()
            connection.info["looking"] = False
            seen.append(name)

    sa.event.listen(engine_of(host), "begin", set_locally)
    sa.event.listen(engine_of(host), "before_execute", look)
    assert host.ask(TOKEN).status_code == 200
    assert set(seen) == {"introspection"}


def test_a_hook_that_runs_sql_of_its_own_changes_no_answer(filled: MakeHost) -> None:
    host = filled()
    busy: list[bool] = []

    def run_more(connection: sa.Connection, *_: Any) -> None:
        if not busy:
            busy.append(True)
            connection.execute(sa.select(sa.literal(1))).all()
            busy.clear()

    sa.event.listen(engine_of(host), "before_execute", run_more)
    for token, status in ((TOKEN, 200), ("nothing", 404)) * 3:
        assert host.ask(token).status_code == status


def test_a_hook_that_rewrites_statements_rewrites_each(filled: MakeHost) -> None:
    host = filled()
    hide: list[bool] = []

    def rewrite(_: Any, statement: Any, multiparams: Any, params: Any, __: Any) -> Any:
        if hide and isinstance(statement, sa.Select):
            statement = statement.where(sa.false())
        return statement, multiparams, params

    sa.event.listen(engine_of(host), "before_execute", rewrite, retval=True)
    assert host.ask(TOKEN).status_code == 200
    hide.append(True)
    assert host.ask(TOKEN).status_code == 401
    hide.clear()
    assert host.ask(TOKEN).status_code == 200


@on_sqlite
def test_sqlalchemy_s_recipe_of_begin_for_sqlite_works_with_one_connection(
    filled: MakeHost, another: sa.Engine
) -> None:
    host = filled(SQLALCHEMY_ENGINE_OPTIONS={"pool_size": 1, "max_overflow": 0, "pool_timeout": 1})
    engine = engine_of(host)
    sa.event.listen(engine, "connect", lambda each, _: setattr(each, "isolation_level", None))
    sa.event.listen(engine, "begin", lambda each: each.exec_driver_sql("BEGIN"))
    engine.dispose()
    for _ in range(4):
        assert host.ask(TOKEN).status_code == 200
    revoke(another)
    assert host.ask(TOKEN).data == INACTIVE


@on_servers
def test_a_connect_hook_that_leaves_a_transaction_open_does_no_harm(
    filled: MakeHost, another: sa.Engine
) -> None:
    host = filled()

    def look_around(driver_connection: Any, _: Any) -> None:
        cursor = driver_connection.cursor()
        cursor.execute("SELECT 1")
        cursor.close()

    sa.event.listen(engine_of(host), "connect", look_around)
    engine_of(host).dispose()
    for _ in range(3):
        assert host.ask(TOKEN).status_code == 200
    revoke(another)
    assert host.ask(TOKEN).data == INACTIVE


def test_a_hook_that_comes_later_sees_the_next_read(filled: MakeHost) -> None:
    host = filled()
    for _ in range(3):
        host.ask(TOKEN)
    seen: list[str] = []
    sa.event.listen(engine_of(host), "before_cursor_execute", lambda *call: seen.append(call[2]))
    host.ask(TOKEN)
    assert [statement.split()[0] for statement in seen] == ["SELECT"]


def test_a_hook_on_all_engines_sees_the_next_read(filled: MakeHost) -> None:
    host = filled()
    for _ in range(3):
        host.ask(TOKEN)
    seen: list[str] = []

    def note(*call: Any) -> None:
        seen.append(call[2])

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        host.ask(TOKEN)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    assert len(seen) == 1


# INTROSPECT_SESSION


@on_servers
def test_a_session_whose_connection_was_killed_is_used_again(make_lone_host: MakeHost) -> None:
    host = make_lone_host(INTROSPECT_SESSION=lambda: db.session)
    host.add_client(resources=["my_api"])
    host.add_token()
    assert host.ask("documented").status_code == 200
    another = sa.create_engine(engine_of(host).url, poolclass=sa.NullPool)
    kill_others(another)
    assert host.ask("documented").status_code == 200


def kill_others(another: sa.Engine) -> None:
    """Make the server close every other connection to the database."""
    with another.connect() as connection:
        if another.dialect.name == "postgresql":
            connection.execute(
                sa.text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            ).all()
            return
        numbers = connection.execute(
            sa.text(
                "SELECT id FROM information_schema.processlist "
                "WHERE db = DATABASE() AND id <> CONNECTION_ID()"
            )
        ).scalars()
        for number in numbers.all():
            connection.execute(sa.text(f"KILL {number}"))


@pytest.mark.parametrize("echo", [True, "debug"])
def test_an_engine_of_the_host_s_logs_no_value_that_is_read(
    filled: MakeHost, caplog: pytest.LogCaptureFixture, echo: Any
) -> None:
    host = filled(SQLALCHEMY_ECHO=echo, INTROSPECT_SESSION=lambda: db.engine)
    caplog.set_level(logging.DEBUG)
    caplog.clear()
    assert host.ask(TOKEN).status_code == 200
    assert "FROM client" in caplog.text
    assert "pbkdf2" not in caplog.text
    assert token_digest(TOKEN) not in caplog.text
