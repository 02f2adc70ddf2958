"""``check_secret()`` on tables without our mixins says what the endpoint would."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from flask_introspect import check_secret

from ..support import NOW
from .authlib_tables import CONFIG, Client, client, db


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
