"""What else a request has: a query string, a method, a path and headers."""

from __future__ import annotations

import pytest

from ..support import (
    DIALECTS,
    DOCUMENTED,
    FORM,
    HEADERS,
    JSON,
    PATH,
    Host,
    error_body,
    rfc_error,
    statements,
)
from .support import TOKEN, assert_answer


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", ["token", "access_token", "refresh_token"])
def test_a_token_in_the_query_string_is_refused(host: Host, name: str, dialect: str) -> None:
    body = error_body(
        dialect, 400, "invalid_request", f"{name}: it must not be sent in the query string"
    )
    for sent in (b"", b'{"token": "documented"}' if dialect == JSON else b"token=documented"):
        assert_answer(host.send(sent, dialect, query_string=f"x=1&{name}={TOKEN}"), 400, body)
        assert_answer(host.send(sent, dialect, query_string=f"{name}"), 400, body)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", ["client_secret", "client_assertion"])
@pytest.mark.parametrize(
    "caller", [("test_client_1", "test_secret"), None], ids=["authenticated", "nobody"]
)
def test_a_secret_in_the_query_string_is_refused(
    host: Host, name: str, dialect: str, caller: tuple[str, str] | None
) -> None:
    body = error_body(
        dialect, 400, "invalid_request", f"{name}: it must not be sent in the query string"
    )
    query = f"client_id=test_client_1&{name}=test_secret"
    with statements() as sent:
        assert_answer(host.send(b"", dialect, caller=caller, query_string=query), 400, body)
    assert sent == []


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "query", ["", "x=1", "tenant=a&token_type_hint=x", "%ff=%ff", "\xff", "&&=", "Token=1"]
)
def test_other_query_strings_do_not_matter(host: Host, query: str, dialect: str) -> None:
    body = b'{"token": "documented"}' if dialect == JSON else b"token=documented"
    assert host.send(body, dialect, query_string=query).get_json() == DOCUMENTED


# Methods and paths


@pytest.mark.parametrize("dialect", [JSON, FORM, None], ids=["json", "form", "none"])
@pytest.mark.parametrize(
    "method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "QUERY", "X"]
)
@pytest.mark.parametrize(
    "caller", [("test_client_1", "test_secret"), None], ids=["authenticated", "nobody"]
)
def test_other_methods_are_a_405_in_the_callers_dialect(
    host: Host, method: str, dialect: str | None, caller: tuple[str, str] | None
) -> None:
    with statements() as sent:
        response = host.send(
            f"token={TOKEN}", dialect, caller=caller, environ_overrides={"REQUEST_METHOD": method}
        )
    assert_answer(
        response, 405, error_body(dialect or FORM, 405, "invalid_request", "Only POST is allowed")
    )
    assert response.headers["Allow"] == "POST"
    assert sent == []


def test_head_is_a_405_without_a_body(host: Host) -> None:
    response = host.send(method="HEAD")
    assert (response.status_code, response.data, response.headers["Allow"]) == (405, b"", "POST")
    assert {name: response.headers[name] for name in HEADERS} == HEADERS


def test_a_get_with_a_token_in_the_query_string_is_a_405_that_does_not_repeat_it(
    host: Host,
) -> None:
    assert_answer(
        host.send(method="GET", query_string=f"token={TOKEN}"),
        405,
        rfc_error("invalid_request", "Only POST is allowed"),
    )


def test_a_method_override_does_not_count(host: Host) -> None:
    response = host.send(
        b"token=documented", FORM, method="GET", headers={"X-HTTP-Method-Override": "POST"}
    )
    assert response.status_code == 405


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_trailing_slash_is_not_redirected(host: Host, method: str) -> None:
    response = host.send(b"token=documented", FORM, method=method, path=f"{PATH}/")
    assert response.status_code == 404
    assert "Location" not in response.headers


def test_the_path_itself_is_not_redirected(host: Host) -> None:
    assert host.send(b"token=documented", FORM).status_code == 200


# Headers


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept": "text/html"},
        {"Accept": "application/xml;q=1, */*;q=0"},
        {"Accept": "application/token-introspection+jwt"},
        {"Accept": ""},
        {"Accept": "\xff;q=x"},
        {"Content-Encoding": "gzip"},
        {"Expect": "100-continue"},
        {"Origin": "https://evil.example", "Cookie": "session=x; session=y"},
        {"X-Forwarded-For": "' OR 1=1", "Host": "evil.example"},
        {"Range": "bytes=0-3", "If-None-Match": "*", "If-Modified-Since": "x"},
    ],
    ids=str,
)
def test_other_headers_change_nothing(host: Host, headers: dict[str, str]) -> None:
    response = host.ask("documented", headers=headers)
    assert (response.status_code, response.get_json()) == (200, DOCUMENTED)
    assert dict(response.headers) == {**HEADERS, "Content-Length": str(len(response.data))}
