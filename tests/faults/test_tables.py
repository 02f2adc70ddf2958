"""Tables that change under a worker that reads them: each fault is over when the table is right."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from ..failures.support import TOKEN
from ..support import Host, db
from .support import assert_answers, assert_unavailable

RENAMES = {
    "the client table": ("ALTER TABLE client RENAME TO {}", "ALTER TABLE {} RENAME TO client"),
    "the token table": ("ALTER TABLE token RENAME TO {}", "ALTER TABLE {} RENAME TO token"),
    "a client column": (
        "ALTER TABLE client RENAME COLUMN resources TO {}",
        "ALTER TABLE client RENAME COLUMN {} TO resources",
    ),
    "a token column": (
        "ALTER TABLE token RENAME COLUMN sub TO {}",
        "ALTER TABLE token RENAME COLUMN {} TO sub",
    ),
}


@pytest.mark.parametrize(("away", "back"), RENAMES.values(), ids=RENAMES)
def test_what_a_migration_takes_away_is_a_503_until_it_is_back(
    make_lone_host: Callable[..., Host], caplog: pytest.LogCaptureFixture, away: str, back: str
) -> None:
    host = make_lone_host()
    host.add_client(resources=["my_api"])
    host.add_token(TOKEN)
    for _ in range(6):  # psycopg prepares a statement after some uses
        assert_answers(host)
    run(host, away.format("was"))
    try:
        assert_unavailable(host, caplog, r"\. Run the migrations")
    finally:
        run(host, back.format("was"))
    assert_answers(host)


def run(host: Host, statement: str) -> None:
    with host.app.app_context(), db.engine.begin() as connection:
        connection.execute(sa.text(statement))
