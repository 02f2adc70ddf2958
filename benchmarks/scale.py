"""By table size: SQLite up to ten million tokens, PostgreSQL at a million; and memory."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.schema import CreateIndex, CreateTable

from . import ours
from .calls import Clock, environ, seconds_of
from .report import Report, Row
from .rounds import Spread, Target, ratios, run
from .scene import (
    AUDIENCE,
    CALLERS,
    EXPIRES_AT,
    ISSUED_AT,
    OWNER,
    SCOPE,
    USERNAME,
    claims,
    spread,
    token,
)

SQLITE_SIZES = (1_000, 100_000, 10_000_000)
SERVER_SIZES = (1_000, 1_000_000)
REQUESTS = 100_000

_COLUMNS = "token_digest, kind, client_id, username, scope, aud, jti, token_type, iat, exp, nbf"
_VALUES = (
    f"'access_token', '{OWNER}', '{USERNAME}', '{SCOPE}', '\"{AUDIENCE}\"', "
    f"{{jti}}, 'Bearer', {ISSUED_AT}, {EXPIRES_AT}, {ISSUED_AT}"
)
_JTI_ON_SQLITE = "printf('b8e3bc09-cf9a-40c5-a5ad-%012d', i)"
_ON_SQLITE = f"""
    WITH RECURSIVE numbers(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i + 1 < ?)
    INSERT INTO token ({_COLUMNS})
    SELECT digest(i), {_VALUES.format(jti=_JTI_ON_SQLITE)} FROM numbers
"""
_ON_POSTGRESQL = f"""
    INSERT INTO token ({_COLUMNS})
    SELECT encode(sha256(convert_to('token-' || lpad(i::text, 37, '0'), 'UTF8')), 'hex'),
           {_VALUES.format(jti="'b8e3bc09-cf9a-40c5-a5ad-' || lpad(i::text, 12, '0')")}
    FROM generate_series(0, :total - 1) AS numbers(i)
"""


def _digest(number: int) -> str:
    return hashlib.sha256(token(number).encode()).hexdigest()


def _bare_table() -> tuple[str, list[str]]:
    """Write the token table's DDL, its indexes apart: made afterwards, they are sorted quickly.

    :return: the table, and its indexes.
    """
    table = ours.Token.__table__.to_metadata(sa.MetaData())
    for constraint in list(table.constraints):
        if isinstance(constraint, sa.UniqueConstraint):
            table.constraints.discard(constraint)
            sa.Index(
                f"unique_{'_'.join(c.name for c in constraint.columns)}",
                *constraint.columns,
                unique=True,
            )
    dialect = sa.create_engine("sqlite://").dialect
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    return str(CreateTable(table).compile(dialect=dialect)), [
        str(CreateIndex(index).compile(dialect=dialect)) for index in indexes
    ]


def sqlite_with(tokens: int) -> Path:
    """Make a database with so many tokens, kept in the temporary folder for the next run."""
    table, indexes = _bare_table()
    scheme = hashlib.sha256("".join([table, *indexes, _ON_SQLITE]).encode()).hexdigest()[:8]
    folder = (
        Path(os.environ.get("BENCH_CACHE", tempfile.gettempdir())) / "flask-introspect-benchmarks"
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{tokens}-{scheme}.db"
    if path.exists():
        return path
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    print(f"seeding {tokens:,} tokens into {path}", flush=True)
    connection = sqlite3.connect(unfinished)
    connection.create_function("digest", 1, _digest, deterministic=True)
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -500000"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute(table)
    connection.execute(_ON_SQLITE, (tokens,))
    for index in indexes:
        connection.execute(index)
    connection.commit()
    connection.close()
    with ours.make_ours(f"sqlite:///{unfinished}").app_context():
        ours.seed_clients()
        ours.db.engine.dispose()
    unfinished.rename(path)
    return path


def _warm(path: Path) -> None:
    """Read a file once, so that the system's page cache holds it."""
    with path.open("rb") as file:
        while file.read(1 << 24):
            pass


@contextmanager
def postgresql_with(server: str, tokens: int) -> Iterator[str]:
    """Make a database with so many tokens, for as long as it is needed.

    :return: its URL.
    """
    name = f"introspect_bench_{tokens}_{os.getpid()}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    url = sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    try:
        with ours.make_ours(url).app_context():
            ours.seed_clients()
            ours.db.session.execute(sa.text(_ON_POSTGRESQL), {"total": tokens})
            ours.db.session.commit()
            with ours.db.engine.connect().execution_options(
                isolation_level="AUTOCOMMIT"
            ) as connection:
                connection.execute(sa.text("VACUUM ANALYZE token"))
            ours.db.engine.dispose()
        yield url
    finally:
        with engine.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


def _target(name: str, app: Flask, tokens: int, clock: Clock) -> Target:
    def request(number: int) -> dict[str, Any]:
        return environ(CALLERS["scrypt"], token(number))

    def right(number: int, status: int, body: Any) -> bool:
        return status == 200 and body == claims(number)

    return Target(name, app, request, right, spread(tokens), clock=clock)


def _rows(targets: Sequence[Target]) -> list[Row]:
    """Make a row for each table, with the ratio to the smallest's."""
    seconds = {target.name: target.seconds for target in targets}
    to_first = ratios(seconds, targets[0].name)
    return [
        Row(
            name, {"µs": Spread.of([value * 1e6 for value in values]), "× smallest": to_first[name]}
        )
        for name, values in seconds.items()
    ]


def measure(rounds: int, calls: int) -> Report:
    """Time our usual request at every size."""
    paths = {size: sqlite_with(size) for size in SQLITE_SIZES}
    for path in paths.values():
        _warm(path)
    targets = [
        _target(
            f"SQLite, {size:,} tokens", ours.make_ours(f"sqlite:///{path}"), size, time.process_time
        )
        for size, path in paths.items()
    ]
    run(targets, rounds, calls)
    rows = _rows(targets)
    if server := os.environ.get("BENCH_POSTGRESQL_URL"):
        rows += _measure_server(server, rounds, calls)
    notes = [_memory(targets[-1])]
    times = "processor time on SQLite, elapsed time on PostgreSQL"
    title = f"By table size: {times}; {rounds} rounds of {calls} calls"
    return Report("scale", title, rows, notes)


def _measure_server(server: str, rounds: int, calls: int) -> list[Row]:
    small, large = SERVER_SIZES
    with postgresql_with(server, small) as first, postgresql_with(server, large) as second:
        targets = [
            _target(f"PostgreSQL, {size:,} tokens", ours.make_ours(url), size, time.perf_counter)
            for size, url in ((small, first), (large, second))
        ]
        run(targets, rounds, calls)
        return _rows(targets)


def _memory(target: Target) -> str:
    """Say how much memory the process gains over many requests.

    A quarter of them are about tokens that do not exist.
    """
    if not Path("/proc/self/statm").exists():
        return "memory: not measured here"
    unknown = partial(environ, CALLERS["scrypt"])
    sizes = []
    for block in range(REQUESTS // 1000):
        requests = deque(target.request(number) for number in islice(target.numbers, 750))
        requests += [unknown(f"unknown-{block}-{n}") for n in range(250)]
        seconds_of(target.app, requests)
        sizes.append(_resident())
    first, last = sizes[len(sizes) // 10], sizes[-1]
    early = f"{first / 1e6:.1f} MB after {REQUESTS // 10:,} requests"
    return f"memory: {early}, {last / 1e6:.1f} MB after {REQUESTS:,}"


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
