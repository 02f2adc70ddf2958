from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from ..support import Client, Host, Tables, Token, db, quick_hash

MakeHost = Callable[..., Host]

CLIENT, TOKEN = "test_client_1", "a token"


@pytest.fixture
def filled(make_host: MakeHost) -> MakeHost:
    """Makes a host with one client and one token of it, which has not read yet."""

    def make(**config: Any) -> Host:
        host = make_host(**config)
        token, _ = Token.issue(CLIENT, token=TOKEN, iat=1640918800, exp=1640995200)
        host.save(Client(client_id=CLIENT, client_secret=quick_hash("test_secret")), token)
        return host

    return make


@pytest.fixture
def another(tables: Tables) -> Iterator[sa.Engine]:
    """Another process's way to the database."""
    engine = sa.create_engine(tables.url, poolclass=sa.NullPool)
    yield engine
    engine.dispose()


def engine_of(host: Host) -> sa.Engine:
    """The host's engine."""
    with host.app.app_context():
        return db.engine


def revoke(another: sa.Engine) -> None:
    """Revoke every token, as another process does."""
    with another.begin() as connection:
        connection.execute(sa.update(Token).values(revoked_at=1))
