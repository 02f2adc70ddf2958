"""``flask introspect hash-tokens``: live tokens in plain text become digests."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from threading import Event, Thread
from typing import Any

import pytest
import sqlalchemy as sa

from flask_introspect import plain, sha256
from flask_introspect.admin import hashings
from flask_introspect.admin.values import is_placeholder
from flask_introspect.endpoint import endpoints_of

from ..support import NOW, Clock, Host, quick_hash
from .conftest import CLI
from .tables import PAIR_FIELDS, PAIRS, TWO_TABLES, Pair, db, own_tables, rows

API = ("api", "test_secret")


@pytest.fixture
def pairs(database_url: str, clock: Clock) -> Iterator[Host]:
    """A host with a live pair of tokens in plain text, ``a1`` and ``r1``."""
    with own_tables(database_url, clock, **PAIRS) as host:
        host.save(Pair(client="api", access="a1", refresh="r1"), Pair(client="api", access="a2"))
        yield host


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def active(host: Host, token: str) -> bool:
    return bool(host.ask(token, caller=API).get_json().get("active"))


def test_each_token_is_found_before_and_after(pairs: Host) -> None:
    assert all(active(pairs, token) for token in ("a1", "r1", "a2"))
    assert CLI(pairs.app)("hash-tokens").exit_code == 0
    assert all(active(pairs, token) for token in ("a1", "r1", "a2"))


def test_digests_stand_where_the_tokens_stood(pairs: Host) -> None:
    assert CLI(pairs.app).json("hash-tokens") == {
        "columns": [
            {"table": "app_pair", "column": "access", "hashed": 2, "remaining": 0},
            {"table": "app_pair", "column": "refresh", "hashed": 1, "remaining": 0},
        ]
    }
    assert rows(pairs, Pair.id, Pair.access_digest, Pair.refresh_digest, Pair.refresh) == [
        (1, digest("a1"), digest("r1"), None),
        (2, digest("a2"), None, None),
    ]


def test_where_a_column_must_hold_something_it_holds_what_no_token_can_be(pairs: Host) -> None:
    CLI(pairs.app)("hash-tokens")
    left = rows(pairs, Pair.access)
    assert all(is_placeholder(each) for each in left)
    assert len(set(left)) == 2
    assert not any(active(pairs, each) for each in left)
    assert CLI(pairs.app).json("explain", stdin=left[0])["reason"] == "malformed"


def test_neither_a_digest_nor_a_stale_plain_token_is_a_token(pairs: Host) -> None:
    CLI(pairs.app)("hash-tokens")
    pairs.change(Pair, {"id": 1}, access="stale")
    assert not active(pairs, digest("a1"))
    assert not active(pairs, "stale")


def test_a_second_run_finds_nothing_to_do(pairs: Host) -> None:
    CLI(pairs.app)("hash-tokens")
    before = rows(pairs, *Pair.__table__.columns)
    again = CLI(pairs.app).json("hash-tokens")
    assert [each["hashed"] for each in again["columns"]] == [0, 0]
    assert rows(pairs, *Pair.__table__.columns) == before


def test_plain_text_beside_a_digest_is_removed_and_the_digest_stays(pairs: Host) -> None:
    pairs.change(Pair, {"id": 1}, access_digest=digest("other"), refresh_digest=digest("r1"))
    CLI(pairs.app)("hash-tokens")
    assert rows(pairs, Pair.id, Pair.access_digest, Pair.refresh)[0] == (1, digest("other"), None)
    assert is_placeholder(rows(pairs, Pair.id, Pair.access)[0][1])


def test_what_is_a_placeholder_is_never_hashed(pairs: Host) -> None:
    CLI(pairs.app)("hash-tokens")
    pairs.change(Pair, {"id": 1}, access_digest=None)
    CLI(pairs.app)("hash-tokens")
    assert rows(pairs, Pair.id, Pair.access_digest)[0] == (1, None)


def test_it_can_be_broken_off_and_resumed(pairs: Host) -> None:
    with pairs.app.app_context():
        work = hashings(endpoints_of(pairs.app)["introspect"])[0].run(1)
        assert next(work) == 1
        work.close()
    assert all(active(pairs, token) for token in ("a1", "r1", "a2"))
    done = CLI(pairs.app).json("hash-tokens")["columns"][0]
    assert (done["hashed"], done["remaining"]) == (1, 0)


def test_a_row_that_changed_since_it_was_read_keeps_its_new_token(pairs: Host) -> None:
    with pairs.app.app_context():
        hashing = hashings(endpoints_of(pairs.app)["introspect"])[0]
        with hashing.own.engine.connect() as connection:
            read = connection.execute(
                sa.select(Pair.id, *hashing.columns()).order_by(Pair.id)
            ).all()
        pairs.change(Pair, {"id": 1}, access="new")
        with hashing.own.engine.begin() as connection:
            assert hashing.work(connection, read) == 1
    assert active(pairs, "new")
    assert not active(pairs, "a1")


@pytest.mark.slow
def test_thousands_are_hashed_while_each_of_them_is_asked_for(
    database_url: str, clock: Clock
) -> None:
    with own_tables(database_url, clock, **PAIRS) as host:
        with host.app.app_context():
            many = [
                {"client": "api", "access": f"access-{n}", "refresh": f"refresh-{n}"}
                for n in range(2000)
            ]
            db.session.execute(sa.insert(Pair), many)
            db.session.commit()
        done, lost, asked = Event(), [], []

        def ask() -> None:
            n = 0
            while not done.is_set():
                token = f"{('access', 'refresh')[n % 2]}-{n * 37 % 2000}"
                asked.append(token)
                if not active(host, token):
                    lost.append(token)
                n += 1

        asking = Thread(target=ask)
        asking.start()
        try:
            result = CLI(host.app).json("hash-tokens", "--batch", "100")
        finally:
            done.set()
            asking.join()
        assert [each["hashed"] for each in result["columns"]] == [2000, 2000]
        assert asked
        assert lost == []
        assert active(host, "access-1999")


def test_no_token_is_logged_even_where_the_host_logs_all_sql(
    pairs: Host, caplog: pytest.LogCaptureFixture
) -> None:
    pairs.change(Pair, {"id": 1}, access="sesame-token")
    caplog.clear()
    with caplog.at_level(logging.DEBUG, "sqlalchemy.engine"):
        result = CLI(pairs.app)("hash-tokens")
    assert "UPDATE app_pair" in caplog.text
    assert "sesame" not in caplog.text + result.output
    assert digest("sesame-token") not in caplog.text


def test_an_error_of_the_database_shows_no_token(pairs: Host) -> None:
    pairs.change(Pair, {"id": 1}, access="sesame-token")
    pairs.change(Pair, {"id": 2}, access_digest=digest("sesame-token"))
    said = CLI(pairs.app).refusal("hash-tokens")
    assert "The database refused what was to be written (" in said
    assert "sesame" not in said
    assert digest("sesame-token") not in said


@pytest.mark.parametrize(
    ("access", "said"),
    [
        (
            [plain("access"), sha256("access_digest")],
            "INTROSPECT_TOKEN_FIELDS has plain(...) before sha256(...)",
        ),
        (
            [sha256("access_digest"), plain(sa.func.trim(Pair.access))],
            "is mapped to no column of app_pair",
        ),
        (
            [sha256(Pair.client), plain("access")],
            "app_pair.client holds 40 characters, and a digest needs 64",
        ),
    ],
)
def test_a_mapping_that_cannot_be_hashed_through_is_said_so(
    database_url: str, clock: Clock, access: Any, said: str
) -> None:
    config = {**PAIRS, "INTROSPECT_TOKEN_FIELDS": {**PAIR_FIELDS, "access_token": access}}
    with own_tables(database_url, clock, **config) as host:
        assert said in CLI(host.app).refusal("hash-tokens")


def test_a_host_without_columns_for_digests_is_told_what_to_add(
    database_url: str, clock: Clock
) -> None:
    with own_tables(database_url, clock, **TWO_TABLES) as host:
        said = CLI(host.app).refusal("hash-tokens")
    assert said.startswith(
        "Error: No column for digests: app_access (access_token), app_refresh (refresh_token)."
    )


def test_our_own_tables_need_nothing(cli: CLI) -> None:
    assert (
        cli("hash-tokens").stdout == "No token is mapped in plain text: there is nothing to do.\n"
    )


def test_a_token_is_revoked_by_its_digest(pairs: Host) -> None:
    CLI(pairs.app)("hash-tokens")
    assert CLI(pairs.app).json("token", "revoke", stdin="r1") == {
        "revoked": ["refresh_token", "access_token"]
    }
    assert rows(pairs, Pair.id, Pair.access_revoked_at, Pair.refresh_revoked_at)[0] == (1, NOW, NOW)


def test_what_cannot_be_written_through_the_mapping_is_said_so(pairs: Host) -> None:
    run = CLI(pairs.app)
    assert "Client has no column for 'enabled'" in run.refusal("client", "disable", "api")
    assert "there is no room for a second one" in run.refusal(
        "client", "rotate", "api", "--keep", "1h"
    )


def test_an_end_is_written_as_seconds_where_the_table_keeps_seconds(pairs: Host) -> None:
    issued = CLI(pairs.app).json("token", "issue", "api", "--expires-in", "1h")
    assert active(pairs, issued["token"])
    pairs.clock.now += 3601
    assert not active(pairs, issued["token"])


def test_a_token_is_issued_as_its_digest_alone(pairs: Host) -> None:
    issued = CLI(pairs.app).json("token", "issue", "api", "--never-expires")
    assert active(pairs, issued["token"])
    assert is_placeholder(rows(pairs, Pair.id, Pair.access)[-1][1])


def test_a_plain_text_column_of_secrets_gets_plain_text(pairs: Host) -> None:
    added = CLI(pairs.app).json("client", "add", "other")
    with pairs.app.app_context():
        stored = db.session.execute(
            sa.text("SELECT secret, tier FROM app_client WHERE name = 'other'")
        ).one()
    assert tuple(stored) == (added["client_secret"], "free")


def test_a_column_that_is_not_ours_keeps_one_secret(database_url: str, clock: Clock) -> None:
    hashed = {"client_id": "name", "client_secret": "secret"}
    config = {"INTROSPECT_CLIENT_FIELDS": hashed, "INTROSPECT_SECRET_HASHER": quick_hash}
    with own_tables(database_url, clock, **PAIRS, **config) as host:
        run = CLI(host.app)
        assert run("client", "rotate", "api").exit_code == 0
        assert "no room for a second one" in run.refusal("client", "rotate", "api", "--keep", "1h")
