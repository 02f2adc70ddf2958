"""What the tests of requests share: a token to look for in answers, and what errors say."""

from __future__ import annotations

from werkzeug.test import TestResponse

from ..support import (
    HEADERS,
    envelope,
)

#: What stands for the token in the requests below; it must come back nowhere.
TOKEN = "tok-5up3r-s3cret"


NOT_FOUND = envelope(404, "Access token not found")


NO_STRING, MISSING, EMPTY, TWICE = (
    "token: it must be a string",
    "token: it is missing",
    "token: it must not be empty",
    "token: it is sent more than once",
)


T = TOKEN.encode()


def assert_answer(response: TestResponse, status: int, body: bytes) -> None:
    assert (response.status_code, response.data) == (status, body)
    assert {name: response.headers[name] for name in HEADERS} == HEADERS
    assert TOKEN.encode() not in response.data
    assert TOKEN not in str(response.headers)
