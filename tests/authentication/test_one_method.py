"""One method at a time, and only those on offer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ..support import (
    DIALECTS,
    Host,
    basic,
    error_body,
    statements,
)
from .support import PAIR, ask

TWO_METHODS = "The request uses more than one client authentication method"
OTHER_ID = "client_id: it differs from the client id in the Authorization header"


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("header_value", "parameters", "text"),
    [
        (basic(*PAIR), {"client_id": PAIR[0], "client_secret": PAIR[1]}, TWO_METHODS),
        (basic(*PAIR), {"client_secret": PAIR[1]}, TWO_METHODS),
        (basic(*PAIR), {"client_id": "other", "client_secret": PAIR[1]}, TWO_METHODS),
        (basic(*PAIR), {"client_id": "other"}, OTHER_ID),
        ({"Authorization": "Basic"}, {"client_id": PAIR[0], "client_secret": PAIR[1]}, TWO_METHODS),
        (
            {"Authorization": "Bearer x"},
            {"client_id": PAIR[0], "client_secret": PAIR[1]},
            TWO_METHODS,
        ),
    ],
    ids=str,
)
def test_two_methods_at_once_are_a_400(
    host: Host, header_value: dict[str, str], parameters: dict[str, str], text: str, dialect: str
) -> None:
    with statements() as sent:
        response = host.ask(
            "documented", caller=None, headers=header_value, dialect=dialect, **parameters
        )
    assert (response.status_code, response.data) == (
        400,
        error_body(dialect, 400, "invalid_request", text),
    )
    assert sent == []


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "parameters",
    [
        {"client_id": PAIR[0]},
        {"client_id": ""},
        {"client_secret": ""},
        {"client_id": PAIR[0], "client_secret": ""},
    ],
    ids=str,
)
def test_basic_with_the_same_id_alone_in_the_body_is_one_method(
    host: Host, parameters: dict[str, str], dialect: str
) -> None:
    assert ask(host, basic(*PAIR), dialect, **parameters) == 200


def test_the_id_in_the_body_may_be_either_reading_of_the_header(host: Host) -> None:
    host.add_client("a b", "test_secret")
    assert ask(host, basic("a+b", "test_secret"), client_id="a b") == 200
    assert ask(host, basic("a+b", "test_secret"), client_id="a+b") == 200
    assert ask(host, basic("a+b", "test_secret"), client_id="a  b") == 400


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_very_same_credentials_twice_count_where_the_host_allows_it(
    make_host: Callable[..., Host], dialect: str
) -> None:
    host = make_host(INTROSPECT_ALLOW_REPEATED_CREDENTIALS=True)
    host.add_client(resources=["my_api"])
    host.add_token()
    pair = {"client_id": PAIR[0], "client_secret": PAIR[1]}
    assert ask(host, basic(*PAIR), dialect, **pair) == 200
    assert ask(host, basic(*PAIR), dialect, **{**pair, "client_secret": "other"}) == 400
    assert ask(host, basic(*PAIR), dialect, **{**pair, "client_id": "other"}) == 400
    assert ask(host, basic(*PAIR), dialect, client_secret=PAIR[1]) == 400
    assert ask(host, {"Authorization": "Bearer x"}, dialect, **pair) == 400
    wrong = {"client_id": PAIR[0], "client_secret": "wrong"}
    assert ask(host, basic(PAIR[0], "wrong"), dialect, **wrong) == 401


@pytest.mark.parametrize(
    ("methods", "by_basic", "by_post"),
    [
        (["basic"], 200, 401),
        (["client_secret_basic"], 200, 401),
        (("post",), 401, 200),
        ({"client_secret_post"}, 401, 200),
        (["basic", "client_secret_post"], 200, 200),
    ],
    ids=str,
)
def test_only_the_methods_on_offer_count(
    make_host: Callable[..., Host], methods: Any, by_basic: int, by_post: int
) -> None:
    host = make_host(INTROSPECT_AUTH_METHODS=methods)
    host.add_client()
    assert ask(host, basic(*PAIR)) == by_basic
    assert ask(host, client_id=PAIR[0], client_secret=PAIR[1]) == by_post


def test_the_challenge_names_only_schemes_on_offer(make_host: Callable[..., Host]) -> None:
    host = make_host(INTROSPECT_AUTH_METHODS=["post"])
    assert "WWW-Authenticate" not in host.ask("x", caller=None).headers
