"""What the tests of failures share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..support import (
    HEADERS,
    Host,
    error_body,
)

SECRET = "test_secret"
TOKEN = "tok-5up3r-s3cret"
UNAVAILABLE = (503, "temporarily_unavailable", "The token store is unavailable, try again later")
SERVER_ERROR = (500, "server_error", "The server could not answer the request")


def assert_error(
    host: Host, dialect: str, error: tuple[int, str, str], **request: Any
) -> Mapping[str, str]:
    response = host.ask(TOKEN, dialect=dialect, **request)
    assert (response.status_code, response.data) == (error[0], error_body(dialect, *error))
    assert {name: response.headers[name] for name in HEADERS} == HEADERS
    return response.headers


def failing(token: Any, caller: Any) -> dict[str, Any]:
    raise LookupError(f"{TOKEN} {caller.secrets} {SECRET}")
