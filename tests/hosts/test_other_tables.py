"""What is particular to the classic tables, to django-oauth-toolkit's, and to the odd one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from ..support import FORM, INACTIVE, Host
from . import classic_tables, django_tables, odd_tables
from .support import TableHost, as_host

Empty = Callable[..., Flask]

classic = pytest.mark.parametrize("host", [classic_tables.HOST], ids=["classic"])
toolkit = pytest.mark.parametrize("host", [django_tables.HOST], ids=["django-oauth-toolkit"])
odd = pytest.mark.parametrize("host", [odd_tables.HOST], ids=["odd"])


@classic
def test_a_token_of_no_user_is_its_client_s(served: Host, host: TableHost) -> None:
    answer = served.ask("machine's").get_json()
    assert answer["sub"] == "test_client_1"
    assert "username" not in answer


def test_an_expression_may_say_that_a_client_is_disabled(empty: Empty) -> None:
    deleted = classic_tables.at(1640920000)
    user = classic_tables.User(username="user123")
    gone, client = (
        classic_tables.Client(
            key=key, secret=classic_tables.hashed("test_secret"), deleted_at=deleted_at
        )
        for key, deleted_at in [("gone", deleted), ("test_client_1", None)]
    )
    token = classic_tables.token(classic_tables.AccessToken, "a token", gone, user)
    host = as_host(
        empty(classic_tables.db, client, token, **classic_tables.CONFIG, INTROSPECT_POLICY="any")
    )
    assert host.ask("a token", dialect=FORM).data == INACTIVE
    assert host.ask("a token", caller=("gone", "test_secret")).status_code == 401


@toolkit
def test_a_token_that_the_toolkit_deleted_is_unknown(served: Host, host: TableHost) -> None:
    assert served.ask("deleted").status_code == 404


@toolkit
def test_of_several_rows_of_one_refresh_token_the_unrevoked_one_counts(
    served: Host, host: TableHost
) -> None:
    assert served.ask("used before", token_type_hint="refresh_token").get_json()["active"]


@odd
def test_a_caller_is_known_by_the_resources_in_its_settings(served: Host, host: TableHost) -> None:
    answer = served.ask("live", caller=("resource_server", "resource_secret")).get_json()
    assert answer == host.live
    assert (
        served.ask("others", caller=("resource_server", "resource_secret")).get_json()["client_id"]
        == "other_client"
    )


@odd
def test_milliseconds_are_cut_to_the_second_in_which_the_token_ends(
    served: Host, host: TableHost
) -> None:
    assert (
        served.ask("expired").data == INACTIVE
    )  # ends in the last millisecond before the clock's second


@pytest.mark.parametrize("extra", ['["a", "list"]', "no JSON", '"a text"', "5"])
def test_claims_that_cannot_be_read_make_the_token_inactive(empty: Empty, extra: str) -> None:
    client = odd_tables.program("test_client_1", "test_secret")
    host = as_host(
        empty(odd_tables.db, odd_tables.grant("a token", client, extra=extra), **odd_tables.CONFIG)
    )
    assert host.ask("a token").data == INACTIVE


@pytest.mark.parametrize("scope", [["read", 5], {"read": True}, [["read"]]], ids=repr)
def test_a_scope_that_cannot_be_read_makes_the_token_inactive(empty: Empty, scope: object) -> None:
    client = odd_tables.program("test_client_1", "test_secret")
    host = as_host(
        empty(odd_tables.db, odd_tables.grant("a token", client, may=scope), **odd_tables.CONFIG)
    )
    assert host.ask("a token").data == INACTIVE


@pytest.mark.parametrize(
    ("audience", "told"), [([], None), (["one"], "one"), (["one", "two"], ["one", "two"])]
)
def test_an_audience_is_a_text_if_it_is_one(
    empty: Empty, audience: list[str], told: object
) -> None:
    client = odd_tables.program("test_client_1", "test_secret")
    host = as_host(
        empty(
            odd_tables.db,
            odd_tables.grant("a token", client, for_whom=audience),
            **odd_tables.CONFIG,
        )
    )
    assert host.ask("a token").get_json().get("aud") == told


@pytest.mark.parametrize("state", ["open", "shut"])
def test_a_flag_inside_json_says_whether_the_token_s_client_is_enabled(
    empty: Empty, state: str
) -> None:
    fields = {**odd_tables.CONFIG["INTROSPECT_CLIENT_FIELDS"]}  # type: ignore[dict-item]
    fields["enabled"] = odd_tables.json_key("settings", "oauth", "enabled")
    config = {**odd_tables.CONFIG, "INTROSPECT_CLIENT_FIELDS": fields, "INTROSPECT_POLICY": "any"}
    caller = odd_tables.program("test_client_1", "test_secret", enabled=True)
    owner = odd_tables.program("owner", "secret", enabled=state == "open")
    token = odd_tables.grant("a token", owner, for_whom=[])
    host = as_host(empty(odd_tables.db, caller, token, **config))
    assert host.ask("a token", dialect=FORM).get_json()["active"] is (state == "open")
