"""Hooks of the host's that abort, fail, or look at our answers."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Response, abort, request

from ..support import (
    CHALLENGE,
    DIALECTS,
    DOCUMENTED,
    JSON,
    Host,
)
from .support import SERVER_ERROR, TOKEN, assert_error


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("status", "code", "text"),
    [
        (400, "invalid_request", "The request is malformed"),
        (401, "invalid_client", "Client authentication failed"),
        (403, "unauthorized_client", "The client is not allowed to introspect tokens"),
        (404, "invalid_request", "Not Found"),
        (413, "invalid_request", "The request body is too large"),
        (418, "invalid_request", "I'm a teapot"),
        (503, "temporarily_unavailable", "The token store is unavailable, try again later"),
    ],
)
def test_a_hook_that_aborts_is_answered_in_the_callers_dialect(
    fresh_host: Host, status: int, code: str, text: str, dialect: str
) -> None:
    fresh_host.app.before_request(lambda: abort(status, f"no {TOKEN}"))
    headers = assert_error(fresh_host, dialect, (status, code, text))
    assert headers.get("WWW-Authenticate") == (CHALLENGE if status == 401 else None)
    assert ("Retry-After" in headers) is (status == 503)


def test_a_hook_may_answer_itself(fresh_host: Host) -> None:
    fresh_host.app.before_request(lambda: Response("closed", 503))
    response = fresh_host.ask("documented")
    assert (response.status_code, response.data) == (503, b"closed")


def test_a_hook_may_abort_with_an_answer_of_its_own(fresh_host: Host) -> None:
    fresh_host.app.before_request(lambda: abort(Response("closed", 503)))
    response = fresh_host.ask("documented")
    assert (response.status_code, response.data) == (503, b"closed")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_hook_that_fails_is_a_server_error(fresh_host: Host, dialect: str) -> None:
    def fail() -> None:
        raise LookupError(request.get_data())

    fresh_host.app.before_request(fail)
    assert_error(fresh_host, dialect, SERVER_ERROR)


def test_hooks_after_the_request_see_our_answers(fresh_host: Host) -> None:
    def mark(response: Response) -> Response:
        response.headers["X-Request-Id"] = "7"
        return response

    fresh_host.app.after_request(mark)
    for token in ("documented", "nothing", ""):
        assert fresh_host.ask(token).headers["X-Request-Id"] == "7"


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("read", ["data", "form", "values"])
def test_hooks_after_the_request_may_look_at_it(fresh_host: Host, dialect: str, read: str) -> None:
    seen: list[Any] = []

    def look(response: Response) -> Response:
        seen.append(getattr(request, read))
        return response

    fresh_host.app.after_request(look)
    assert fresh_host.ask("documented", dialect=dialect).get_json() == DOCUMENTED
    if read == "data":
        assert b"documented" in seen[0]
    else:
        assert seen[0].get("token") == (None if dialect == JSON else "documented")


def test_a_hook_may_replace_the_body(fresh_host: Host) -> None:
    def replace(response: Response) -> Response:
        response.set_data(b"{}")
        return response

    fresh_host.app.after_request(replace)
    response = fresh_host.ask("documented")
    assert (response.data, response.headers["Content-Length"]) == (b"{}", "2")
