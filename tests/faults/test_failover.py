"""A primary that is killed, and a standby that takes its place, under load."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import NamedTuple

import pytest
import sqlalchemy as sa

from ..conftest import REQUIRED, on
from ..failures.support import TOKEN
from ..support import INACTIVE, Clock, Host, Token, db, make_app
from .servers import PostgreSQL
from .standby import Standby
from .support import BOUND, PATIENCE

THREADS = 4


class Pair(NamedTuple):
    """A primary and its standby."""

    primary: PostgreSQL
    standby: Standby

    def url(self, attributes: str) -> str:
        """A URL of both; the driver takes the first that is as it is wanted."""
        hosts = "&".join(f"host=127.0.0.1:{each.port}" for each in self)
        return (
            f"postgresql+psycopg://postgres@/postgres?{hosts}"
            f"&target_session_attrs={attributes}&connect_timeout=2"
        )


@pytest.fixture(params=[on("postgresql")])
def pair(request: pytest.FixtureRequest, quick_directory: Path) -> Iterator[Pair]:
    """Two servers of the test's own."""
    missing = Standby.missing()
    if missing:
        said = f"{' and '.join(missing)} are not installed"
        pytest.fail(said) if REQUIRED else pytest.skip(said)
    with tempfile.TemporaryDirectory(
        prefix="pair-", dir=quick_directory.parent, ignore_cleanup_errors=True
    ) as name:
        folders = [Path(name) / each for each in ("primary", "standby")]
        for folder in (Path(name), *folders):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o755)
        primary = PostgreSQL(folders[0])
        primary.start()
        standby = Standby(folders[1], primary)
        standby.start()
        yield Pair(primary, standby)
        standby.stop()
        primary.stop()


@contextmanager
def hosts(pair: Pair, **reads: object) -> Iterator[Host]:
    """A host that writes to whichever server is the primary, with a client and a token."""
    clock = Clock()
    # What the host itself needs, so that its own code finds the new primary.
    options = {"SQLALCHEMY_ENGINE_OPTIONS": {"pool_pre_ping": True}}
    config = {**options, "INTROSPECT_STORE_TIMEOUT": BOUND, "INTROSPECT_CLOCK": clock, **reads}
    host = Host(make_app(pair.url("read-write"), **config), clock)
    with host.app.app_context():
        db.create_all()
    host.add_client(resources=["my_api"])
    host.add_token(TOKEN)
    await_(pair.standby.has_caught_up)
    yield host
    with host.app.app_context():
        db.session.remove()
        db.engine.dispose()


def await_(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def answers_during(host: Host, failover: Callable[[], None]) -> Counter[tuple[int, bool]]:
    """Status and activity of all answers while the primary is killed and the standby promoted."""
    over = Event()

    def ask() -> Counter[tuple[int, bool]]:
        seen: Counter[tuple[int, bool]] = Counter()
        while not over.is_set():
            answer = host.ask(TOKEN)
            seen[answer.status_code, answer.status_code == 200 and answer.json["active"]] += 1
        return seen

    with ThreadPoolExecutor(THREADS) as callers:
        running = [callers.submit(ask) for _ in range(THREADS)]
        try:
            await_(lambda: host.ask(TOKEN).status_code == 200)
            failover()
            await_(lambda: host.ask(TOKEN).status_code == 200)
        finally:
            over.set()
        return sum((each.result() for each in running), Counter())


def fail_over(pair: Pair) -> None:
    pair.primary.stop()
    pair.standby.promote()


def test_reads_from_the_primary_fail_only_until_the_standby_is_promoted(pair: Pair) -> None:
    with hosts(pair) as host:
        seen = answers_during(host, lambda: fail_over(pair))
        assert set(seen) <= {(200, True), (503, False)}
        host.change(Token, {}, revoked_at=1)
        assert host.ask(TOKEN).data == INACTIVE


def test_reads_from_the_standby_do_not_notice(pair: Pair) -> None:
    replica = sa.create_engine(pair.url("prefer-standby"))
    with hosts(pair, INTROSPECT_SESSION=lambda: replica) as host:
        seen = answers_during(host, lambda: fail_over(pair))
        assert set(seen) == {(200, True)}
        host.change(Token, {}, revoked_at=1)
        assert host.ask(TOKEN).data == INACTIVE
    replica.dispose()
