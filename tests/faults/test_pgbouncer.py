"""Behind PgBouncer, in transaction mode, with psycopg as it prepares statements by default."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from ..conftest import REQUIRED, Databases, on
from ..support import INACTIVE, Clock, Host, Token, db, make_app
from .pgbouncer import SESSIONS, pgbouncer
from .servers import find

CALLERS, ROUNDS = 8, 30


@pytest.fixture(params=[on("postgresql")])
def pooled(request: pytest.FixtureRequest, own_databases: Databases) -> Iterator[Host]:
    """A host whose connections go through PgBouncer, with the documented client and token."""
    if find("pgbouncer") is None:
        said = "pgbouncer is not installed"
        pytest.fail(said) if REQUIRED else pytest.skip(said)
    direct = sa.make_url(own_databases(request.param, "pooled"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        with pgbouncer(direct, folder) as url:
            # What the host itself needs there, for its own statements.
            options = {"connect_args": {"prepare_threshold": None}}
            with_host = make_app(str(url), SQLALCHEMY_ENGINE_OPTIONS=options)
            with with_host.app_context():
                db.drop_all()
                db.create_all()
            Host(with_host, Clock()).add_documented()
            plain = Host(make_app(str(url), INTROSPECT_CLOCK=Clock()), Clock())
            yield plain
            for app in (with_host, plain.app):
                with app.app_context():
                    db.engine.dispose()


def test_every_answer_is_right_over_two_sessions(pooled: Host) -> None:
    def ask(_: int) -> set[bytes]:
        return {pooled.ask("documented").data[:15] for _ in range(ROUNDS)}

    with ThreadPoolExecutor(CALLERS) as callers:
        assert set.union(*callers.map(ask, range(CALLERS))) == {b'{"active": true'}
    assert SESSIONS < CALLERS


def test_a_revocation_shows_in_the_next_answer(pooled: Host) -> None:
    for _ in range(ROUNDS):
        assert pooled.ask("documented").json["active"] is True
    pooled.change(Token, {}, revoked_at=1)
    assert pooled.ask("documented").data == INACTIVE


def test_nothing_is_set_in_a_session_that_others_get(pooled: Host) -> None:
    assert pooled.ask("documented").json["active"] is True
    with pooled.app.app_context(), db.engine.connect() as connection:
        for _ in range(2 * SESSIONS):
            assert connection.execute(sa.text("SHOW statement_timeout")).scalar_one() == "0"
            connection.rollback()
