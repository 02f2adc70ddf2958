"""Error handlers and routes of the host's, which we leave alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, request
from werkzeug.exceptions import HTTPException

from ..support import (
    DOCUMENTED,
    FORM,
    JSON,
    PATH,
    Host,
)
from .support import failing


@pytest.fixture
def loud(make_host: Callable[..., Host]) -> Host:
    """A host that handles every error itself, with pages."""
    host = make_host(INTROSPECT_EXTRA_CLAIMS=failing)

    def page(error: Exception) -> tuple[str, int]:
        code = error.code if isinstance(error, HTTPException) else 599
        return f"<h1>{code}</h1>", code or 599

    for what in (
        400,
        401,
        403,
        404,
        405,
        413,
        415,
        429,
        500,
        503,
        HTTPException,
        Exception,
        LookupError,
    ):
        host.app.register_error_handler(what, page)

    host.app.add_url_rule("/read", "read", lambda: "read", methods=["GET"])

    @host.app.post("/own")
    def own() -> str:
        if request.form.get("fail"):
            raise LookupError("own")
        return str(len(request.get_data()))

    host.add_client(resources=["my_api"])
    host.add_token()
    return host


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"body": b"", "content_type": FORM}, 400),
        ({"body": b"token=x", "content_type": FORM, "caller": None}, 401),
        ({"body": b"x" * 70_000, "content_type": FORM}, 413),
        ({"body": b"x", "content_type": "text/plain"}, 415),
        ({"method": "GET"}, 405),
        ({"method": "OPTIONS"}, 405),
        ({"body": b"token=documented", "content_type": FORM}, 500),
        ({"body": b'{"token": "nothing"}', "content_type": JSON}, 404),
    ],
    ids=str,
)
def test_the_hosts_error_handlers_are_not_reached_by_our_route(
    loud: Host, request_: dict[str, Any], status: int
) -> None:
    response = loud.send(**request_)
    assert (response.status_code, response.content_type) == (status, "application/json")


@pytest.mark.parametrize(
    ("request_", "status", "body"),
    [
        ({"path": "/nowhere"}, 404, b"<h1>404</h1>"),
        ({"path": f"{PATH}/"}, 404, b"<h1>404</h1>"),
        ({"path": "/own", "method": "GET"}, 405, b"<h1>405</h1>"),
        ({"path": "/read", "method": "PUT"}, 405, b"<h1>405</h1>"),
        ({"path": "/own", "body": b"fail=1", "content_type": FORM}, 599, b"<h1>599</h1>"),
        ({"path": "/own", "body": b"x" * 100_000}, 200, b"100000"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_the_hosts_own_routes_are_not_touched_by_ours(
    loud: Host, request_: dict[str, Any], status: int, body: bytes
) -> None:
    response = loud.send(**request_)
    assert (response.status_code, response.data) == (status, body)
    assert "Cache-Control" not in response.headers


def test_the_hosts_own_get_on_our_path_is_left_alone(fresh_host: Host) -> None:
    fresh_host.app.add_url_rule(PATH, "explained", lambda: "This is for POST", methods=["GET"])
    assert fresh_host.send(method="GET").data == b"This is for POST"
    assert fresh_host.ask("documented").get_json() == DOCUMENTED
    allowed = {
        method.strip() for method in fresh_host.send(method="PUT").headers["Allow"].split(",")
    }
    assert allowed >= {"POST", "GET"}


def test_an_application_without_our_blueprint_is_not_affected_by_it(host: Host) -> None:
    other = Flask(__name__)
    other.add_url_rule("/own", "own", lambda: "own")
    assert other.test_client().post("/own").content_type.startswith("text/html")
    assert "introspect" not in other.extensions
