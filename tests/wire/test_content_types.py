"""The content types that are understood."""

from __future__ import annotations

import pytest

from ..support import (
    DOCUMENTED,
    Host,
    rfc_error,
)
from .support import MISSING, TOKEN, assert_answer

UNSUPPORTED = rfc_error(
    "invalid_request",
    "The content type must be application/json or application/x-www-form-urlencoded",
)


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "text/html",
        "application/xml",
        "application/jwt",
        "application/jsonx",
        "application/json+x",
        "application/vnd.api+json",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "application/json, application/x-www-form-urlencoded",
        "json",
        "/",
        ";",
        "\xff",
        "text/html; <script>",
    ],
)
@pytest.mark.parametrize(
    "caller", [("test_client_1", "test_secret"), None], ids=["authenticated", "nobody"]
)
def test_another_content_type_is_a_415(
    host: Host, content_type: str, caller: tuple[str, str] | None
) -> None:
    body = f'--x\r\nContent-Disposition: form-data; name="token"\r\n\r\n{TOKEN}\r\n--x--\r\n'
    assert_answer(host.send(body, content_type, caller=caller), 415, UNSUPPORTED)


def test_a_body_without_a_content_type_is_a_415(host: Host) -> None:
    assert_answer(host.send(f"token={TOKEN}"), 415, UNSUPPORTED)


def test_a_content_type_that_is_not_ours_is_refused_even_without_a_body(host: Host) -> None:
    assert_answer(host.send(None, "text/plain"), 415, UNSUPPORTED)


def test_a_request_without_any_body_lacks_its_token(host: Host) -> None:
    assert_answer(host.send(), 400, rfc_error("invalid_request", MISSING))


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json; charset=utf-8", b'{"token": "documented"}'),
        ("application/json;charset=UTF-8", b'{"token": "documented"}'),
        ("Application/JSON", b'{"token": "documented"}'),
        ("application/json; charset=nonsense", b'{"token": "documented"}'),
        ("application/json ;", b'{"token": "documented"}'),
        ("application/x-www-form-urlencoded; charset=utf-8", b"token=documented"),
        ("application/x-www-form-urlencoded;charset=UTF-8", b"token=documented"),
        ("APPLICATION/X-WWW-FORM-URLENCODED", b"token=documented"),
    ],
)
def test_a_content_type_may_have_parameters_and_any_case(
    host: Host, content_type: str, body: bytes
) -> None:
    assert host.send(body, content_type).get_json() == DOCUMENTED
