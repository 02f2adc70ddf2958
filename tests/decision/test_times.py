"""Times and revocations as hosts keep them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from flask_introspect import sha256
from flask_introspect.secrets import token_digest

from ..support import INACTIVE, NOW, Host, db
from .support import add, told


class Dated(db.Model):  # type: ignore[name-defined, misc]
    """A host's table that keeps times as datetimes, and revocation as a flag."""

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    client: Mapped[str] = mapped_column(sa.String(99))
    issued: Mapped[datetime | None]
    ends: Mapped[datetime | None]
    begins: Mapped[float | None] = mapped_column(sa.Double)
    gone: Mapped[bool] = mapped_column(default=False)


DATED = {
    "INTROSPECT_TOKEN_MODEL": Dated,
    "INTROSPECT_TOKEN_FIELDS": {
        "access_token": sha256("digest"),
        "client_id": "client",
        "iat": "issued",
        "exp": "ends",
        "nbf": "begins",
        "revoked": "gone",
    },
}


@pytest.fixture(params=["UTC", "America/New_York", "Asia/Kolkata", "Pacific/Kiritimati"])
def time_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    assert os.environ.get("TZ") != request.param or request.param == "UTC"
    time.tzset()


def test_naive_datetimes_are_utc_whatever_the_machines_time_zone(
    make_host: Callable[..., Host], time_zone: str
) -> None:
    host = make_host(**DATED)
    host.add_client()
    host.save(
        Dated(
            digest=token_digest("t"),
            client="test_client_1",
            issued=datetime(2021, 12, 31, 2, 46, 40),
            ends=datetime(2022, 1, 1),
            begins=1640918800.9,
        )
    )
    answer = told(host)
    assert (answer["iat"], answer["exp"], answer["nbf"]) == (1640918800, 1640995200, 1640918800)
    host.clock.now = 1640995200
    assert host.ask("t").data == INACTIVE


def test_a_revocation_may_be_a_flag(make_host: Callable[..., Host]) -> None:
    host = make_host(**DATED)
    host.add_client()
    host.save(Dated(digest=token_digest("t"), client="test_client_1", gone=True))
    assert host.ask("t").data == INACTIVE


@pytest.mark.parametrize("revoked_at", [1, NOW - 1, NOW + 10**6])
def test_a_token_with_any_time_of_revocation_is_revoked_whatever_the_clocks_say(
    host: Host, revoked_at: int
) -> None:
    add(host, revoked_at=revoked_at)
    assert host.ask("t").data == INACTIVE
