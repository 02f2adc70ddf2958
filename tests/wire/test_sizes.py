"""How much of a body is read."""

from __future__ import annotations

import io
from typing import Any

import pytest
from werkzeug.exceptions import ClientDisconnected

from ..support import (
    CHUNKED,
    DIALECTS,
    DOCUMENTED,
    JSON,
    Endless,
    Host,
    error_body,
    statements,
    stream,
)
from .support import MISSING, assert_answer


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "caller", [("test_client_1", "test_secret"), None], ids=["authenticated", "nobody"]
)
def test_a_large_body_is_refused_unread(
    host: Host, dialect: str, caller: tuple[str, str] | None
) -> None:
    body = Endless()
    with statements() as sent:
        response = host.send(
            None, dialect, caller=caller, **stream(body, CONTENT_LENGTH="50000000")
        )
    assert_answer(
        response, 413, error_body(dialect, 413, "invalid_request", "The request body is too large")
    )
    assert (body.taken, sent) == (0, [])


@pytest.mark.parametrize("sent", [{"CONTENT_LENGTH": "50000000"}, CHUNKED], ids=["long", "chunked"])
def test_a_large_body_of_no_type_is_refused_for_its_type(host: Host, sent: dict[str, Any]) -> None:
    body = Endless()
    response = host.send(None, None, **stream(body, **sent))
    assert response.status_code == 415
    assert body.taken < 65536 + 2 * io.DEFAULT_BUFFER_SIZE


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_chunked_body_without_a_length_is_read(host: Host, dialect: str) -> None:
    body = b'{"token": "documented"}' if dialect == JSON else b"token=documented"
    response = host.send(None, dialect, **stream(io.BytesIO(body), **CHUNKED))
    assert response.get_json() == DOCUMENTED


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_chunked_body_is_read_no_further_than_the_limit(host: Host, dialect: str) -> None:
    body = Endless()
    response = host.send(None, dialect, **stream(body, **CHUNKED))
    assert_answer(
        response, 413, error_body(dialect, 413, "invalid_request", "The request body is too large")
    )
    assert body.taken < 65536 + 2 * io.DEFAULT_BUFFER_SIZE


@pytest.mark.parametrize("dialect", DIALECTS)
def test_without_length_and_chunks_there_is_no_body(host: Host, dialect: str) -> None:
    body = Endless()
    response = host.send(None, dialect, **stream(body))
    assert_answer(response, 400, error_body(dialect, 400, "invalid_request", MISSING))
    assert body.taken == 0


@pytest.mark.parametrize("length", ["-1", "x", "", "1e3", "٣"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_broken_length_is_no_server_error(host: Host, dialect: str, length: str) -> None:
    response = host.send(None, dialect, **stream(io.BytesIO(b"token=x"), CONTENT_LENGTH=length))
    assert_answer(response, 400, error_body(dialect, 400, "invalid_request", MISSING))


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "terminated", [True, False], ids=["ended by the server", "ended by the client"]
)
def test_a_body_that_ends_early_is_a_400(host: Host, terminated: bool, dialect: str) -> None:
    environ = {"CONTENT_LENGTH": "100", "wsgi.input_terminated": terminated}
    response = host.send(None, dialect, **stream(io.BytesIO(b'{"tok'), **environ))
    text = "The body is shorter than its Content-Length"
    assert_answer(response, 400, error_body(dialect, 400, "invalid_request", text))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_body_that_comes_in_pieces_is_put_together(host: Host, dialect: str) -> None:
    class Drops(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size or 0, 3))

    body = b'{"token": "documented"}' if dialect == JSON else b"token=documented"
    environ = {"CONTENT_LENGTH": str(len(body)), "wsgi.input_terminated": True}
    assert host.send(None, dialect, **stream(Drops(body), **environ)).get_json() == DOCUMENTED


class Unreadable(io.RawIOBase):
    """A body of chunks that a server cannot read to its end."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        raise self._error


@pytest.mark.parametrize(
    "error",
    [RuntimeError("Invalid chunk size: b'ZZ'"), ClientDisconnected()],
    ids=["a bad chunk", "none at the end"],
)
@pytest.mark.parametrize("caller", [("test_client_1", "test_secret"), None])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_whatever_reading_a_body_raises_is_a_400(
    host: Host, dialect: str, caller: tuple[str, str] | None, error: Exception
) -> None:
    answer = host.send(None, dialect, caller=caller, **stream(Unreadable(error), **CHUNKED))
    assert answer.status_code == 400
    text = "The body cannot be read"
    assert answer.data == error_body(dialect, 400, "invalid_request", text)
