"""``flask introspect check``: is this deployment sound?"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask
from flask.cli import ScriptInfo

from flask_introspect import IntrospectBlueprint, plain
from flask_introspect.cli import introspect_cli

from ..conftest import on
from ..support import Client, Clock, Host, Token, db, make_app
from .conftest import CLI
from .tables import PAIR_FIELDS, PAIRS, TWO_TABLES, Access, Pair, own_tables

LIVE = sa.text("revoked_at IS NULL")
PLAIN_PAIR = {"client_id": "client", "access_token": plain("access")}


def findings(app: Flask, *options: str, status: int) -> dict[str, str]:
    """What is found, by its code, with its severity."""
    found = CLI(app).json("check", *options, status=status)
    assert found["sound"] is (status == 0)
    assert all(each["problem"] and each["remedy"] for each in found["findings"])
    return {each["code"]: each["severity"] for each in found["findings"]}


def test_a_sound_deployment_has_nothing_to_say(host: Host) -> None:
    assert findings(host.app, "--strict", status=0) == {}
    assert CLI(host.app)("check").stdout == "Sound: 0 errors, 0 warnings, 0 infos.\n"


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({"INTROSPECT_ISSUER": "http://auth.example.com"}, "http_issuer"),
        ({"INTROSPECT_POLICY": "any"}, "policy_any"),
        ({"INTROSPECT_TOKEN_FIELDS": {"exp": None}}, "exp_unmapped"),
        ({"INTROSPECT_TOKEN_FIELDS": {"revoked": None}}, "revoked_unmapped"),
    ],
)
def test_a_doubtful_configuration_is_a_warning(
    make_host: Callable[..., Host], config: dict[str, Any], code: str
) -> None:
    app = make_host(**config).app
    assert findings(app, status=0) == {code: "warning"}
    assert findings(app, "--strict", status=1) == {code: "warning"}


def test_the_field_that_is_to_be_mapped_is_named(database_url: str, clock: Clock) -> None:
    fields = {**PAIR_FIELDS, "exp": None, "revoked": None, "refresh_revoked": None}
    config = {**PAIRS, "INTROSPECT_TOKEN_FIELDS": fields}
    with own_tables(database_url, clock, **config) as host:
        printed = CLI(host.app)("check").stdout
    for kind, prefix in (("access", ""), ("refresh", "refresh_")):
        said = f"The end of Pair's {kind}_tokens is not known: none expires\n    Map '{prefix}exp'"
        assert said in printed
        assert f"Pair's {kind}_tokens cannot be revoked\n    Map '{prefix}revoked' in" in printed


def test_refresh_tokens_without_a_state_of_their_own_are_a_warning(
    database_url: str, clock: Clock
) -> None:
    config = {**PAIRS, "INTROSPECT_TOKEN_FIELDS": {**PAIR_FIELDS, "refresh_revoked": None}}
    with own_tables(database_url, clock, **config) as host:
        assert findings(host.app, status=0)["refresh_revoked_unmapped"] == "warning"


def test_one_finding_is_counted_as_one(make_host: Callable[..., Host]) -> None:
    printed = CLI(make_host(INTROSPECT_POLICY="any").app)("check").stdout
    assert printed.endswith("Sound: 0 errors, 1 warning, 0 infos.\n")


def test_an_endpoint_without_an_issuer_is_told_what_that_means(
    make_host: Callable[..., Host],
) -> None:
    assert findings(make_host(INTROSPECT_ISSUER=None).app, status=0) == {"no_issuer": "info"}


@pytest.mark.parametrize(
    "issuer", ["https://auth.example.com", "http://localhost:4000", "http://127.0.0.1"]
)
def test_an_issuer_by_https_or_on_this_machine_is_fine(
    make_host: Callable[..., Host], issuer: str
) -> None:
    assert findings(make_host(INTROSPECT_ISSUER=issuer).app, "--strict", status=0) == {}


def test_clients_with_wide_rights_are_named(host: Host) -> None:
    host.add_client("gateway", resources=["*"], may_introspect="any")
    assert findings(host.app, status=0) == {"clients_any": "info", "clients_everywhere": "info"}
    assert "'gateway' may look into tokens without an audience" in CLI(host.app)("check").stdout


@pytest.mark.parametrize("stored", ["test_secret", "[broken", '["sha256$a$b", "test_secret"]'])
def test_a_stored_secret_that_cannot_be_checked_is_an_error(host: Host, stored: str) -> None:
    host.change(Client, {"client_id": "test_client_1"}, client_secret=stored)
    assert findings(host.app, status=1) == {"unreadable_secrets": "error"}
    assert "test_secret" not in CLI(host.app)("check").output


@pytest.mark.parametrize(
    ("stored", "extra"), [("$2b$12$x", "bcrypt"), ("$argon2id$v=19$x", "argon2")]
)
def test_a_hash_whose_library_is_missing_is_an_error(
    host: Host, monkeypatch: pytest.MonkeyPatch, stored: str, extra: str
) -> None:
    host.change(Client, {"client_id": "test_client_1"}, client_secret=stored)
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, extra, raising=False)
    assert findings(host.app, status=1) == {"missing_extra": "error"}
    assert f"pip install Flask-Introspect[{extra}]" in CLI(host.app)("check").stdout


def test_secrets_of_a_format_of_the_hosts_own_are_not_judged(
    make_host: Callable[..., Host],
) -> None:
    made = make_host(INTROSPECT_SECRET_VERIFIER=lambda stored, presented: stored == presented)
    made.add_client(client_secret="whatever")
    assert findings(made.app, status=0) == {"own_verifier": "info"}
    assert "SECRET_VERIFIER" in CLI(made.app).refusal("client", "rotate", "test_client_1")


def test_plain_text_secrets_and_tokens_are_warned_about(database_url: str, clock: Clock) -> None:
    with own_tables(
        database_url, clock, **TWO_TABLES, INTROSPECT_ISSUER="https://a.example"
    ) as host:
        found = findings(host.app, status=0)
    assert (found["plain_secrets"], found["plain_tokens"]) == ("warning", "warning")


def test_tokens_that_are_yet_to_be_hashed_are_counted(database_url: str, clock: Clock) -> None:
    with own_tables(database_url, clock, **PAIRS, INTROSPECT_ISSUER="https://a.example") as host:
        host.save(Pair(client="api", access="a1", refresh="r1"))
        assert findings(host.app, status=0)["unhashed_tokens"] == "warning"
        CLI(host.app)("hash-tokens")
        assert findings(host.app, status=0)["all_hashed"] == "info"


def test_an_index_that_the_database_does_not_have_is_an_error(lone_host: Host) -> None:
    with lone_host.app.app_context():
        inspector = sa.inspect(db.engine)
        indexes = [each["name"] for each in inspector.get_indexes("token")]
        unique = [each["name"] for each in inspector.get_unique_constraints("token")]
        assert findings(lone_host.app, status=0) == {}
        rebuild_without_unique_constraints(indexes, unique)
    assert findings(lone_host.app, status=1) == {"no_index": "error"}
    assert "token.token_digest is searched by" in CLI(lone_host.app)("check").stdout


def rebuild_without_unique_constraints(indexes: list[str | None], unique: list[str | None]) -> None:
    """Take the unique constraint of the digests away, as each of the databases must have it."""
    if db.engine.dialect.name == "sqlite":
        statements = [
            "ALTER TABLE token RENAME TO old",
            "CREATE TABLE token AS SELECT * FROM old",
            "DROP TABLE old",
        ]
    elif db.engine.dialect.name == "postgresql":
        statements = [f"ALTER TABLE token DROP CONSTRAINT {name}" for name in unique]
    else:
        statements = [f"ALTER TABLE token DROP INDEX {name}" for name in indexes if name in unique]
    with db.engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


def test_an_index_in_descending_order_serves_as_well(lone_host: Host) -> None:
    with lone_host.app.app_context():
        inspector = sa.inspect(db.engine)
        indexes = [each["name"] for each in inspector.get_indexes("token")]
        unique = [each["name"] for each in inspector.get_unique_constraints("token")]
        rebuild_without_unique_constraints(indexes, unique)
        with db.engine.begin() as connection:
            connection.execute(sa.text("CREATE INDEX down ON token (token_digest DESC)"))
    assert findings(lone_host.app, status=0) == {}


def test_an_index_of_some_rows_alone_does_not_count(lone_host: Host) -> None:
    with lone_host.app.app_context():
        if db.engine.dialect.name == "mysql":
            return  # it has no such indexes
        with db.engine.begin() as connection:
            connection.execute(sa.text("DROP TABLE token"))
            partial = sa.Index("live", "token_digest", sqlite_where=LIVE, postgresql_where=LIVE)
            columns = [sa.Column(column.name, column.type) for column in Token.__table__.columns]
            sa.Table("token", sa.MetaData(), *columns, partial).create(connection)
    assert findings(lone_host.app, status=1) == {"no_index": "error"}


def test_a_model_that_declares_no_index_is_an_error(database_url: str, clock: Clock) -> None:
    fields = {**PLAIN_PAIR, "access_token": plain("client")}
    config = {"INTROSPECT_TOKEN_MODEL": Access, "INTROSPECT_TOKEN_FIELDS": fields}
    with own_tables(database_url, clock, **config) as host:
        assert "Add index=True to the model" in CLI(host.app)("check").stdout


def test_a_search_by_an_expression_cannot_be_judged(database_url: str, clock: Clock) -> None:
    fields = {**PLAIN_PAIR, "access_token": plain(sa.func.trim(Pair.access))}
    with own_tables(
        database_url, clock, INTROSPECT_TOKEN_MODEL=Pair, INTROSPECT_TOKEN_FIELDS=fields
    ) as host:
        assert findings(host.app, status=0)["index_unknown"] == "info"


def test_a_table_or_column_that_the_database_does_not_have_is_an_error(lone_host: Host) -> None:
    with lone_host.app.app_context(), db.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE token DROP COLUMN username"))
        connection.execute(sa.text("DROP TABLE client"))
    assert findings(lone_host.app, status=1) == {"no_column": "error", "no_table": "error"}
    printed = CLI(lone_host.app)("check").stdout
    assert "no table client\n    Run the migrations, or db.create_all() where there" in printed
    assert "no column token.username\n    Run the migrations." in printed


def test_a_database_in_memory_is_a_warning(clock: Clock) -> None:
    app = make_app("sqlite://", INTROSPECT_CLOCK=clock)
    with app.app_context():
        db.create_all()
        assert findings(app, status=0) == {"in_memory": "warning"}


def test_a_database_that_does_not_answer_is_an_error(clock: Clock) -> None:
    app = make_app("sqlite:////nowhere/at/all.db", INTROSPECT_CLOCK=clock)
    assert findings(app, status=1) == {"database": "error"}


def test_a_configuration_that_cannot_work_is_an_error() -> None:
    result = CliRunner().invoke(
        introspect_cli,
        ["check"],
        obj=ScriptInfo(create_app=lambda: make_app("sqlite://", INTROSPECT_POLICY="all")),
    )
    assert result.exit_code == 1
    assert result.stdout.startswith("error: INTROSPECT_POLICY: it holds 'all'")


def test_an_application_without_the_blueprint_is_said_so() -> None:
    assert (
        CLI(Flask("empty")).refusal("check")
        == "Error: No IntrospectBlueprint is registered on this application"
    )


def test_every_endpoint_is_checked(make_host: Callable[..., Host]) -> None:
    app = make_host().app
    app.config.update(B_CLIENT_MODEL=Client, B_TOKEN_MODEL=app.config["INTROSPECT_TOKEN_MODEL"])
    app.register_blueprint(IntrospectBlueprint("b", config_prefix="B_", url_prefix="/b"))
    found = CLI(app).json("check")["findings"]
    codes = [(each["endpoint"], each["code"]) for each in found]
    assert codes == [("b", "no_issuer"), ("b", "address")]
    assert CLI(app).json("check", "--endpoint", "introspect")["findings"] == []
    assert "[b] " in CLI(app)("check").stdout


def test_used_assertions_in_memory_are_a_warning(make_host: Callable[..., Host]) -> None:
    host = make_host(INTROSPECT_AUTH_METHODS=["private_key_jwt"])
    assert findings(host.app, status=0)["assertions_in_memory"] == "warning"


UNBOUNDED = {"no_timeout": "warning", "no_statement_timeout": "warning"}


@pytest.mark.parametrize("database_url", [on("postgresql"), on("mariadb")], indirect=True)
@pytest.mark.parametrize(
    "config",
    [
        {"INTROSPECT_STORE_TIMEOUT": "off"},
        {"SQLALCHEMY_ENGINE_OPTIONS": {"isolation_level": "REPEATABLE READ"}},
        {"SQLALCHEMY_ENGINE_OPTIONS": {"poolclass": sa.NullPool}},
    ],
    ids=["off", "isolated", "no pool"],
)
def test_reads_that_nothing_bounds_are_a_warning(
    make_host: Callable[..., Host], config: dict[str, Any]
) -> None:
    assert findings(make_host(**config).app, status=0) == UNBOUNDED


@pytest.mark.parametrize("database_url", [on("postgresql"), on("mariadb")], indirect=True)
def test_reads_that_the_host_bounds_are_fine(
    make_host: Callable[..., Host], database_url: str
) -> None:
    given = (
        {"connect_timeout": 5, "options": "-c statement_timeout=5000"}
        if database_url.startswith("postgresql")
        else {"read_timeout": 5, "init_command": "SET max_statement_time = 5"}
    )
    options = {"poolclass": sa.NullPool, "connect_args": given}
    app = make_host(SQLALCHEMY_ENGINE_OPTIONS=options).app
    assert findings(app, "--strict", status=0) == {}
