"""What goes wrong with a file of SQLite's: locked, full, read-only, damaged."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from ..failures.support import TOKEN
from ..support import Clock, Host, db, make_app
from .support import BOUND, PATIENCE, assert_answers, assert_unavailable, in_time

pytestmark = pytest.mark.slow

MakeFile = Callable[..., Host]


@pytest.fixture
def path(quick_directory: Path) -> Iterator[Path]:
    path = quick_directory / "faults.db"
    yield path
    path.unlink(missing_ok=True)


@pytest.fixture
def on_file(path: Path, clock: Clock) -> Iterator[MakeFile]:
    """Makes a host on a file, which has a client and a token."""
    hosts = []

    def make(query: str = "", **config: object) -> Host:
        first = not hosts
        url = f"sqlite:///{path}" if not query else f"sqlite:///file:{path}?uri=true&{query}"
        bound = {"INTROSPECT_STORE_TIMEOUT": BOUND, "INTROSPECT_CLOCK": clock}
        host = Host(make_app(url, **{**bound, **config}), clock)
        hosts.append(host)
        if first:
            with host.app.app_context():
                db.create_all()
            host.add_client(resources=["my_api"])
            host.add_token(TOKEN)
        return host

    yield make
    for host in hosts:
        with host.app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.mark.parametrize("warm", [True, False], ids=["warm", "cold"])
def test_a_locked_file_is_a_503_until_it_is_free(
    on_file: MakeFile, path: Path, caplog: pytest.LogCaptureFixture, warm: bool
) -> None:
    host = on_file()
    if warm:
        assert_answers(host)
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert_unavailable(host, caplog, "OperationalError: database is locked")
    assert_answers(host)


def test_a_lock_that_is_short_costs_no_answer(on_file: MakeFile, path: Path) -> None:
    host = on_file(INTROSPECT_STORE_TIMEOUT=PATIENCE)
    assert_answers(host)
    with closing(sqlite3.connect(path, check_same_thread=False)) as other:
        other.execute("BEGIN EXCLUSIVE")
        found, _ = in_time(lambda: host.ask(TOKEN), other.rollback)
    assert found.status_code == 200


def test_a_full_database_answers(on_file: MakeFile, path: Path) -> None:
    host = on_file()
    with host.app.app_context(), pytest.raises(sa.exc.OperationalError, match="full"):
        fill(db.engine)
    assert_answers(host)


def fill(engine: sa.Engine) -> None:
    """Write more than the file may hold."""
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        connection.exec_driver_sql("CREATE TABLE more AS SELECT randomblob(1000000) AS bytes")


def test_a_file_that_cannot_be_written_answers(on_file: MakeFile) -> None:
    on_file()
    assert_answers(on_file("mode=ro"))


def test_a_damaged_file_is_a_503_until_it_is_restored(
    on_file: MakeFile, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    host = on_file()
    assert_answers(host)
    sound = path.read_bytes()
    path.write_bytes(b"x" * len(sound))
    assert_unavailable(host, caplog, "DatabaseError: file is not a database")
    path.write_bytes(sound)
    assert_answers(host)
