"""Who asks where a test names no caller: on tables where hardly anybody may know of a token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from flask_introspect.testing import IssuedToken, RegisteredClient

from ..hosts import authlib_tables
from ..hosts.conftest import empty as empty

MakeClient = Callable[..., RegisteredClient]
MakeToken = Callable[..., IssuedToken]


@pytest.fixture
def app(empty: Callable[..., Flask]) -> Flask:
    """Authlib's tables, where neither an audience nor a right can be written."""
    return empty(authlib_tables.db, **authlib_tables.CONFIG)


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_a_tokens_own_client_asks_where_no_other_may_know_of_it(
    make_introspection_token: MakeToken, assert_active: Callable[..., Any], kind: str
) -> None:
    token = make_introspection_token(scope="read write", kind=kind)
    assert assert_active(token, scope="read write")["client_id"] == token.holder.client_id


def test_a_good_token_is_not_taken_for_an_inactive_one(
    make_introspection_token: MakeToken, assert_inactive: Callable[..., None]
) -> None:
    with pytest.raises(pytest.fail.Exception, match="The token is active for the caller 'test-"):
        assert_inactive(make_introspection_token())


@pytest.mark.parametrize(
    ("how", "why"), [({"revoked": True}, "revoked"), ({"expires_in": -60}, "expired")]
)
def test_the_reason_is_told_where_no_other_may_know_of_it(
    make_introspection_token: MakeToken,
    assert_inactive: Callable[..., None],
    how: dict[str, Any],
    why: str,
) -> None:
    assert_inactive(make_introspection_token(**how), why=why)


def test_a_caller_that_is_named_asks_all_the_same(
    make_introspection_client: MakeClient,
    make_introspection_token: MakeToken,
    assert_inactive: Callable[..., None],
) -> None:
    token = make_introspection_token(make_introspection_client())
    assert_inactive(token, caller=make_introspection_client(), why="not_for_caller")


def test_a_client_that_is_known_by_its_id_alone_cannot_ask(
    make_introspection_client: MakeClient,
    make_introspection_token: MakeToken,
    assert_inactive: Callable[..., None],
) -> None:
    token = make_introspection_token(make_introspection_client().client_id)
    assert token.holder is None
    assert_inactive(token, why="not_for_caller")
