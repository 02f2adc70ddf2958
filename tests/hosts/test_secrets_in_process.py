"""``check_secret()`` on tables without our mixins says what the endpoint would."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from flask_introspect import check_secret

from ..support import FORM, NOW
from .authlib_tables import CONFIG, Client, client, db
from .support import as_host


def registered_for(method: str) -> dict[str, Any]:
    return {"_client_metadata": json.dumps({"token_endpoint_auth_method": method})}


@pytest.mark.parametrize(
    ("columns", "good"),
    [
        ({}, True),
        ({"client_secret_expires_at": NOW + 60}, True),
        ({"client_secret_expires_at": NOW - 60}, False),
        (registered_for("client_secret_post"), True),
        (registered_for("private_key_jwt"), False),
        (registered_for("none"), False),
    ],
    ids=str,
)
def test_a_secret_is_good_as_the_endpoint_would_say(
    empty: Callable[..., Flask], columns: dict[str, Any], good: bool
) -> None:
    row = client(Client, "test_client_1", "test_secret")
    for name, value in columns.items():
        setattr(row, name, value)
    with empty(db, row, **CONFIG).app_context():
        assert check_secret("test_client_1", "test_secret") is good
        assert not check_secret("test_client_1", "wrong")


def test_a_slow_hash_is_paid_once(empty: Callable[..., Flask]) -> None:
    checked: list[str] = []

    def verify(stored: str, presented: str) -> bool:
        checked.append(presented)
        return stored == presented

    config = {**CONFIG, "INTROSPECT_SECRET_VERIFIER": verify}
    host = as_host(empty(db, client(Client, "test_client_1", "test_secret"), **config))
    with host.app.app_context():
        assert all(check_secret("test_client_1", "test_secret") for _ in range(3))
    assert host.ask("no such token", dialect=FORM).status_code == 200  # the same memory
    assert checked == ["test_secret"]
