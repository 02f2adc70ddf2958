"""The recipe of "Migrations": Flask-Migrate makes our tables, and adds columns for digests to
tables that are live.
"""

from __future__ import annotations

import logging.config
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from flask_introspect import introspect_bp, plain, sha256
from flask_introspect.cli import introspect_cli
from flask_introspect.models import ClientMixin, TokenMixin

from ..support import PATH, basic

# Flask-Migrate's env.py asks in the old way first.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:'get_engine' is deprecated:DeprecationWarning"),
]

# [metadata]
#: With a name for every constraint a later migration can find it, on SQLite too.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
# [/metadata]

Release = Callable[..., tuple[Flask, SQLAlchemy]]


@pytest.fixture
def release(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Release]:
    """Makes an application with the models of one release, all on the same database and the same
    migrations.
    """
    made: list[tuple[Flask, SQLAlchemy]] = []
    # Flask-Migrate's env.py sets up logging for the whole process, which is pytest's here.
    monkeypatch.setattr(logging.config, "fileConfig", lambda _: None)

    def make(define: Callable[[SQLAlchemy], dict[str, Any]]) -> tuple[Flask, SQLAlchemy]:
        class ReleaseBase(DeclarativeBase):
            metadata = sa.MetaData(naming_convention=NAMES)

        db = SQLAlchemy(model_class=ReleaseBase)
        app = Flask("release", root_path=str(tmp_path))
        app.config.update(SQLALCHEMY_DATABASE_URI=database_url, **define(db))
        db.init_app(app)
        Migrate(app, db, directory=str(tmp_path / "migrations"))
        app.register_blueprint(introspect_bp)
        made.append((app, db))
        return app, db

    yield make
    for app, db in made:
        with app.app_context():
            db.session.remove()
            everything = sa.MetaData()
            everything.reflect(db.engine)
            everything.drop_all(db.engine)
            db.engine.dispose()


def our_tables(db: SQLAlchemy) -> dict[str, Any]:
    class Client(db.Model, ClientMixin): ...  # type: ignore[name-defined, misc]

    class Token(db.Model, TokenMixin): ...  # type: ignore[name-defined, misc]

    return {"INTROSPECT_CLIENT_MODEL": Client, "INTROSPECT_TOKEN_MODEL": Token}


def live_tables(db: SQLAlchemy) -> dict[str, Any]:
    class Client(db.Model, ClientMixin): ...  # type: ignore[name-defined, misc]

    class AccessToken(db.Model):  # type: ignore[name-defined, misc]
        id: Mapped[int] = mapped_column(primary_key=True)
        client_id: Mapped[str] = mapped_column(sa.String(255))
        token: Mapped[str] = mapped_column(sa.String(255), unique=True)
        exp: Mapped[int | None]

    fields = {"access_token": plain("token")}
    return _config(Client, AccessToken, fields)


def tables_with_digests(db: SQLAlchemy) -> dict[str, Any]:
    class Client(db.Model, ClientMixin): ...  # type: ignore[name-defined, misc]

    # [digests]
    class AccessToken(db.Model):  # type: ignore[name-defined, misc]
        id: Mapped[int] = mapped_column(primary_key=True)
        client_id: Mapped[str] = mapped_column(sa.String(255))
        token: Mapped[str | None] = mapped_column(sa.String(255), unique=True)  # was NOT NULL
        token_sha256: Mapped[str | None] = mapped_column(
            sa.String(64), unique=True, index=True
        )  # is new
        exp: Mapped[int | None]

    fields = {"access_token": [sha256("token_sha256"), plain("token")]}
    # [/digests]
    return _config(Client, AccessToken, fields)


def tables_with_digests_alone(db: SQLAlchemy) -> dict[str, Any]:
    class Client(db.Model, ClientMixin): ...  # type: ignore[name-defined, misc]

    class AccessToken(db.Model):  # type: ignore[name-defined, misc]
        id: Mapped[int] = mapped_column(primary_key=True)
        client_id: Mapped[str] = mapped_column(sa.String(255))
        token_sha256: Mapped[str] = mapped_column(sa.String(64), unique=True, index=True)
        exp: Mapped[int | None]

    return _config(Client, AccessToken, {"access_token": sha256("token_sha256")})


def _config(client: Any, token: Any, fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "INTROSPECT_CLIENT_MODEL": client,
        "INTROSPECT_TOKEN_MODEL": token,
        "INTROSPECT_TOKEN_FIELDS": fields,
    }


def migrate(app: Flask, message: str) -> None:
    """``flask db migrate && flask db upgrade``, after which nothing is left to do."""
    with app.app_context():
        if not Path(app.extensions["migrate"].directory).exists():
            flask_migrate.init()
        flask_migrate.migrate(message=message)
        flask_migrate.upgrade()
        db = app.extensions["migrate"].db
        with db.engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), db.metadata) == []


def columns_of(db: SQLAlchemy, table: str) -> set[str]:
    return {column["name"] for column in sa.inspect(db.engine).get_columns(table)}


def test_our_tables_are_made_and_taken_away(release: Release) -> None:
    app, db = release(our_tables)
    migrate(app, "tables of the introspection endpoint")
    run = app.test_cli_runner()
    added = run.invoke(introspect_cli, ["client", "add", "api", "--json"])
    secret = added.stdout.split('"')[7]
    token = run.invoke(introspect_cli, ["token", "issue", "api", "--json"]).stdout.split('"')[3]
    answer = app.test_client().post(PATH, data={"token": token}, headers=basic("api", secret))
    assert answer.get_json()["active"] is True
    assert '"no_index"' not in run.invoke(introspect_cli, ["check", "--json"]).stdout
    with app.app_context():
        flask_migrate.downgrade(revision="base")
        assert set(sa.inspect(db.engine).get_table_names()) <= {"alembic_version"}
        flask_migrate.upgrade()
        assert {"client", "token"} <= set(sa.inspect(db.engine).get_table_names())


def test_live_tokens_in_plain_text_survive_the_way_to_digests_alone(release: Release) -> None:
    old, old_db = release(live_tables)
    migrate(old, "what was there before")
    client, secret = old.config["INTROSPECT_CLIENT_MODEL"].create("api")
    with old.app_context():
        old_db.session.add(client)
        old_db.session.add(
            old.config["INTROSPECT_TOKEN_MODEL"](client_id="api", token="live", exp=None)
        )
        old_db.session.commit()

    def is_active(app: Flask) -> bool:
        answer = app.test_client().post(PATH, data={"token": "live"}, headers=basic("api", secret))
        return bool(answer.get_json()["active"])

    assert is_active(old)
    both, _ = release(tables_with_digests)
    migrate(both, "a column for digests")
    assert is_active(both)
    assert is_active(old)  # the old release still runs on the new tables
    assert both.test_cli_runner().invoke(introspect_cli, ["hash-tokens"]).exit_code == 0
    assert is_active(both)
    alone, db = release(tables_with_digests_alone)
    migrate(alone, "digests alone")
    assert is_active(alone)
    with alone.app_context():
        assert columns_of(db, "access_token") == {"id", "client_id", "token_sha256", "exp"}


def test_the_columns_for_digests_are_taken_away_again(release: Release) -> None:
    old, db = release(live_tables)
    migrate(old, "what was there before")
    both, _ = release(tables_with_digests)
    migrate(both, "a column for digests")
    with both.app_context():
        flask_migrate.downgrade(revision="-1")
    with old.app_context():
        assert "token_sha256" not in columns_of(db, "access_token")
        assert not next(
            each["nullable"]
            for each in sa.inspect(db.engine).get_columns("access_token")
            if each["name"] == "token"
        )
