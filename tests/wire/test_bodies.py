"""How much of a body the host lets us read, and what a hook may have done with it before."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask import request

from ..support import (
    CHUNKED,
    DIALECTS,
    DOCUMENTED,
    FORM,
    INACTIVE,
    JSON,
    Host,
    rfc_error,
    statements,
    stream,
)
from .support import EMPTY, MISSING, NOT_FOUND, TOKEN, TWICE, T, assert_answer


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_longest_token_is_found_and_a_longer_one_is_not_looked_for(
    make_host: Callable[..., Host], dialect: str
) -> None:
    host = make_host(INTROSPECT_MAX_TOKEN_LENGTH=10)
    host.add_client(resources=["my_api"])
    host.add_token("x" * 10)
    host.add_token("x" * 11)
    assert host.ask("x" * 10, dialect=dialect).get_json()["active"] is True
    with statements() as sent:
        response = host.ask("x" * 11, dialect=dialect)
    assert_answer(response, *((404, NOT_FOUND) if dialect == JSON else (200, INACTIVE)))
    assert "token" not in "".join(sent)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_limit_is_in_bytes_and_inclusive(make_host: Callable[..., Host], dialect: str) -> None:
    host = make_host(INTROSPECT_MAX_BODY_BYTES=100)
    host.add_client(resources=["my_api"])
    host.add_token()
    body = (
        b'{"token": "documented"}'.ljust(100)
        if dialect == JSON
        else b"token=documented&x=".ljust(100, b"x")
    )
    assert host.send(body, dialect).get_json() == DOCUMENTED
    assert host.send(body + b" ", dialect).status_code == 413


def test_the_hosts_own_limit_does_not_count(make_host: Callable[..., Host]) -> None:
    host = make_host(INTROSPECT_MAX_BODY_BYTES=100)
    host.app.config["MAX_CONTENT_LENGTH"] = 10
    host.add_client(resources=["my_api"])
    host.add_token()
    assert host.ask("documented").get_json() == DOCUMENTED


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_token_of_five_megabytes_is_an_unknown_token_where_the_host_reads_so_much(
    make_host: Callable[..., Host], dialect: str
) -> None:
    host = make_host(INTROSPECT_MAX_BODY_BYTES=10_000_000)
    host.add_client()
    body = f'{{"token": "{TOKEN * 300_000}"}}' if dialect == JSON else f"token={TOKEN * 300_000}"
    assert_answer(
        host.send(body, dialect), *((404, NOT_FOUND) if dialect == JSON else (200, INACTIVE))
    )


def test_a_chunked_body_may_be_as_long_as_the_limit(make_host: Callable[..., Host]) -> None:
    host = make_host(INTROSPECT_MAX_BODY_BYTES=100)
    host.add_client(resources=["my_api"])
    host.add_token()
    body = b"token=documented&x=".ljust(100, b"x")
    assert host.send(None, FORM, **stream(io.BytesIO(body), **CHUNKED)).get_json() == DOCUMENTED
    assert host.send(None, FORM, **stream(io.BytesIO(body + b"x"), **CHUNKED)).status_code == 413


def test_a_plus_in_a_form_is_a_blank(host: Host) -> None:
    host.add_token("with blank")
    assert host.send("token=with+blank", FORM).get_json()["active"] is True


# What a hook of the host's did before


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("hook", ["form", "values", "data", "json", "files", "args"])
def test_a_hook_that_read_the_request_before_changes_nothing(
    fresh_host: Host, hook: str, dialect: str
) -> None:
    def read() -> None:
        if hook == "json":
            request.get_json(silent=True)
        else:
            getattr(request, hook)

    fresh_host.app.before_request(read)
    assert fresh_host.ask("documented", dialect=dialect).get_json() == DOCUMENTED
    unknown = (404, NOT_FOUND) if dialect == JSON else (200, INACTIVE)
    assert_answer(fresh_host.ask(TOKEN, dialect=dialect), *unknown)


@pytest.mark.parametrize("hook", ["form", "values"])
@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"token=%s&token=x" % T, TWICE),
        (b"token=", EMPTY),
        (b"x=1", MISSING),
        (b"", MISSING),
    ],
    ids=str,
)
def test_a_hook_that_parsed_the_form_hides_no_fault(
    fresh_host: Host, hook: str, body: bytes, text: str
) -> None:
    def read() -> None:
        getattr(request, hook)

    fresh_host.app.before_request(read)
    assert_answer(fresh_host.send(body, FORM), 400, rfc_error("invalid_request", text))
