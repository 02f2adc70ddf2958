"""The page "Upgrade notes": what a migration finds between the first checkouts and now."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from flask_introspect.models import ClientMixin

from ..support import Client, Clock, Host, Token, db, make_app
from .pages import DOCS

#: What the first checkouts' tables did not have.
NEW_COLUMNS = {
    "auth_method",
    "jwks",
    "introspection_signed_response_alg",
    "introspection_encrypted_response_alg",
    "introspection_encrypted_response_enc",
}


@pytest.fixture
def old(database_url: str) -> Iterator[sa.Engine]:
    """A database with the tables as the first checkouts made them, for models of today."""
    metadata = sa.MetaData()
    for model in (Client, Token):
        now = model.__table__
        sa.Table(
            now.name,
            metadata,
            *(each._copy() for each in now.columns if each.name not in NEW_COLUMNS),
        )
    (index,) = (each for each in metadata.tables[Token.__tablename__].indexes if "jti" in each.name)
    metadata.tables[Token.__tablename__].indexes.remove(index)
    engine = sa.create_engine(database_url)
    metadata.create_all(engine)
    yield engine
    metadata.drop_all(engine)
    engine.dispose()


def test_a_migration_finds_what_the_page_names_and_nothing_else(old: sa.Engine) -> None:
    ours = sa.MetaData()
    for model in (Client, Token):
        model.__table__.to_metadata(ours)
    with old.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), ours)
    found = {(kind, what[-1].name if what[1:] else what[0].name) for kind, *what in differences}
    assert found == {("add_column", name) for name in NEW_COLUMNS} | {("add_index", "ix_token_jti")}


def test_the_page_names_every_new_column() -> None:
    table = (DOCS / "upgrading.rst").read_text("utf-8").partition("``ClientMixin``")[2]
    named = re.findall(r"``(\w+)``", table.partition("``TokenMixin``")[0])
    assert set(named) == NEW_COLUMNS
    assert all(hasattr(ClientMixin, name) for name in named)


def test_on_the_old_tables_the_answer_is_a_503_that_the_log_explains(
    old: sa.Engine, caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app(old.url.render_as_string(hide_password=False))
    assert Host(app, Clock()).ask("a token").status_code == 503
    assert "Run the migrations" in caplog.text
    with app.app_context():
        db.engine.dispose()
