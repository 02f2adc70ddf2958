"""The host's choice of an answer about tokens that are not there, and that those cost what tokens for others cost."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from .support import DOCUMENTED, FORM, INACTIVE, JSON, NOW, Host, envelope, statements

ACTIVE = json.dumps(DOCUMENTED).encode()
NOT_FOUND = envelope(404, "Access token not found")


@pytest.mark.parametrize(
    "token", ["nothing", "foreign", "x" * 8193, "tok\0en"], ids=lambda token: token[:8]
)
@pytest.mark.parametrize(
    ("choice", "json_answer", "form_answer"),
    [
        ("auto", (404, NOT_FOUND), (200, INACTIVE)),
        ("inactive", (200, INACTIVE), (200, INACTIVE)),
        ("not_found", (404, NOT_FOUND), (404, NOT_FOUND)),
    ],
)
def test_the_host_chooses_one_answer_about_unknown_tokens(
    make_host: Callable[..., Host],
    choice: str,
    json_answer: tuple[int, bytes],
    form_answer: tuple[int, bytes],
    token: str,
) -> None:
    host = make_host(INTROSPECT_UNKNOWN_TOKEN=choice)
    host.add_client()
    host.add_client("elsewhere")
    host.add_token("foreign", "elsewhere", aud="other_api")
    for dialect, expected in ((JSON, json_answer), (FORM, form_answer)):
        response = host.ask(token, dialect=dialect)
        assert (response.status_code, response.data) == expected


@pytest.mark.parametrize("choice", ["auto", "inactive", "not_found"])
def test_known_tokens_are_answered_alike_whatever_the_host_chose(
    make_host: Callable[..., Host], choice: str
) -> None:
    host = make_host(INTROSPECT_UNKNOWN_TOKEN=choice)
    host.add_client(resources=["my_api"])
    host.add_token("expired", exp=NOW)
    host.add_token()
    for dialect in (JSON, FORM):
        assert (
            host.ask("expired", dialect=dialect).status_code,
            host.ask("expired", dialect=dialect).data,
        ) == (
            200,
            INACTIVE,
        )
        assert host.ask("documented", dialect=dialect).data == ACTIVE


@pytest.mark.parametrize("token", ["foreign", "nothing"])
def test_first_requests_about_others_tokens_and_unknown_ones_cost_the_same(
    fresh_host: Host, token: str
) -> None:
    fresh_host.add_token("foreign", "elsewhere", aud="other_api")
    with statements() as sent:
        fresh_host.ask(token)
    assert len(sent) == 2
