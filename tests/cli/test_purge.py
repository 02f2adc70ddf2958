"""``flask introspect purge``: dead tokens go, in batches, while the server runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from threading import Event, Thread

import pytest
import sqlalchemy as sa

from flask_introspect.admin import purges
from flask_introspect.endpoint import endpoints_of

from ..support import NOW, Clock, Host, Token
from ..support import db as mixin_db
from .conftest import CLI
from .tables import PAIRS, TWO_TABLES, Access, Pair, Refresh, own_tables, rows

DAY = 86400
OLD = NOW - 31 * DAY


@pytest.fixture
def pairs(database_url: str, clock: Clock) -> Iterator[Host]:
    with own_tables(database_url, clock, **PAIRS) as host:
        yield host


@pytest.fixture
def two_tables(database_url: str, clock: Clock) -> Iterator[Host]:
    with own_tables(database_url, clock, **TWO_TABLES) as host:
        yield host


def moment(epoch: int) -> datetime:
    return datetime.fromtimestamp(epoch, timezone.utc).replace(tzinfo=None)


def left(host: Host) -> list[str]:
    with host.app.app_context():
        return list(mixin_db.session.scalars(sa.select(Token.jti).order_by(Token.jti)))


def test_tokens_that_are_dead_for_long_enough_go_and_no_others(host: Host, cli: CLI) -> None:
    host.add_token("1", jti="expired long ago", exp=NOW - 30 * DAY)
    host.add_token("2", jti="expired since", exp=NOW - 30 * DAY + 1)
    host.add_token("3", jti="revoked long ago", revoked_at=NOW - 30 * DAY)
    host.add_token("4", jti="revoked since", revoked_at=NOW - 30 * DAY + 1)
    host.add_token("5", jti="never ends", exp=None)
    assert cli.json("purge", "--older-than", "30d")["tables"] == [{"table": "token", "rows": 2}]
    assert sorted(left(host))[1:] == ["expired since", "never ends", "revoked since"]


def test_a_dry_run_counts_and_deletes_nothing(host: Host, cli: CLI) -> None:
    host.add_token("1", jti="old", exp=OLD)
    assert (
        cli("purge", "--older-than", "30d", "--dry-run").stdout
        == "token: 1 rows would be deleted\n"
    )
    assert "old" in left(host)


def test_the_leeway_counts_as_life(make_host: type[Host], cli_of: type[CLI]) -> None:
    host = make_host(INTROSPECT_LEEWAY=60)  # type: ignore[call-arg]
    host.add_token("1", exp=NOW - 59)
    assert cli_of(host.app).json("purge", "--older-than", "0")["tables"][0]["rows"] == 0
    host.clock.now += 1
    assert cli_of(host.app).json("purge", "--older-than", "0")["tables"][0]["rows"] == 1


def test_how_old_must_be_said(cli: CLI) -> None:
    assert "--older-than" in cli.refusal("purge")


def test_a_row_stays_as_long_as_its_refresh_token_lives(pairs: Host) -> None:
    dead = {"client": "api", "issued_at": OLD - DAY, "expires_in": DAY}
    pairs.save(
        Pair(access="a1", refresh="r1", **dead),
        Pair(access="a2", refresh="r2", refresh_revoked_at=OLD, **dead),
        Pair(access="a3", refresh="r3", refresh_revoked_at=NOW, **dead),
        Pair(access="a4", refresh=None, **dead),
        Pair(access="a5", refresh="", **dead),
        Pair(access="a6", client="api", expires_in=0),
        Pair(access="a7", client="api", access_revoked_at=OLD),
    )
    assert CLI(pairs.app).json("purge", "--older-than", "30d")["tables"] == [
        {"table": "app_pair", "rows": 4}
    ]
    assert rows(pairs, Pair.access) == ["a1", "a3", "a6"]


def test_a_row_stays_as_long_as_another_table_needs_it(two_tables: Host) -> None:
    two_tables.save(
        *(Access(id=n, client="api", token=f"a{n}", ends=moment(OLD)) for n in (1, 2, 3))
    )
    two_tables.save(
        Refresh(client="api", token="r1", ends=moment(NOW), access_id=1),
        Refresh(client="api", token="r2", ends=moment(OLD), access_id=2),
    )
    purged = CLI(two_tables.app).json("purge", "--older-than", "30d")["tables"]
    assert purged == [{"table": "app_refresh", "rows": 1}, {"table": "app_access", "rows": 2}]
    assert rows(two_tables, Access.id) == [1]


def test_a_flag_without_a_time_leaves_the_age_to_the_end_of_the_token(two_tables: Host) -> None:
    two_tables.save(
        Access(client="api", token="a1", ends=moment(NOW + DAY), revoked=True),
        Access(client="api", token="a2", ends=None, revoked=True),
        Access(client="api", token="a3", ends=moment(OLD), revoked=True),
    )
    CLI(two_tables.app)("purge", "--older-than", "30d")
    assert rows(two_tables, Access.token) == ["a1", "a2"]


def test_thousands_of_rows_go_in_batches_while_others_are_asked_for(host: Host, cli: CLI) -> None:
    def columns(n: int) -> dict[str, object]:
        return {
            "client_id": "test_client_1",
            "token_digest": f"{n:064x}",
            "kind": "access_token",
            "exp": OLD,
        }

    with host.app.app_context():
        mixin_db.session.execute(sa.insert(Token), [columns(n) for n in range(3000)])
        mixin_db.session.commit()
    live, done, answers = host.add_token("live", jti=None), Event(), []

    def ask() -> None:
        while not done.is_set():
            answers.append(host.ask(live).get_json()["active"])

    asking = Thread(target=ask)
    asking.start()
    try:
        result = cli.json("purge", "--older-than", "30d", "--batch", "200")
    finally:
        done.set()
        asking.join()
    assert result["tables"] == [{"table": "token", "rows": 3000}]
    assert len(left(host)) == 2
    assert answers
    assert all(answers)


def test_a_row_that_came_to_life_since_it_was_chosen_stays(host: Host) -> None:
    token = host.add_token("1", jti="1", exp=OLD)
    with host.app.app_context():
        (purge,) = purges(endpoints_of(host.app)["introspect"], 30 * DAY)
        with purge.own.engine.connect() as connection:
            chosen = connection.execute(sa.select(Token.id).where(purge.needed())).all()
    host.change(Token, {"jti": "1"}, exp=NOW + DAY)
    with purge.own.engine.begin() as connection:
        assert purge.work(connection, chosen) == 0
    assert host.ask(token).get_json()["active"] is True


def test_a_mapping_that_leads_elsewhere_is_said_so(database_url: str, clock: Clock) -> None:
    elsewhere = sa.select(sa.func.max(Access.ends)).scalar_subquery()
    fields = {
        "client_id": "client",
        "access_token": TWO_TABLES["INTROSPECT_TOKEN_FIELDS"][1]["refresh_token"],
    }
    config = {
        "INTROSPECT_TOKEN_MODEL": Refresh,
        "INTROSPECT_TOKEN_FIELDS": {**fields, "exp": elsewhere},
    }
    with own_tables(database_url, clock, **config) as host:
        host.save(Access(client="api", token="a", ends=moment(NOW) - timedelta(days=99)))
        assert "'exp' of Refresh is not made of columns of app_refresh alone" in CLI(
            host.app
        ).refusal("purge", "--older-than", "1d")


def test_a_missing_table_is_said_with_its_remedy(lone_host: Host) -> None:
    with lone_host.app.app_context():
        mixin_db.drop_all()
    said = CLI(lone_host.app).refusal("purge", "--older-than", "1d")
    assert "Run the migrations" in said
    assert "[...]" not in said
