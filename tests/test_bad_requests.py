"""Whatever is sent: an error in the caller's dialect, or an unknown token; never a 500, never HTML, never an echo."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from .support import (
    CHUNKED,
    DOCUMENTED,
    FORM,
    HEADERS,
    INACTIVE,
    JSON,
    PATH,
    Endless,
    Host,
    basic,
    envelope,
    error_body,
    rfc_error,
    statements,
    stream,
)

#: What stands for the token in the requests below; it must come back nowhere.
TOKEN = "tok-5up3r-s3cret"
DIALECTS = [pytest.param(JSON, id="json"), pytest.param(FORM, id="form")]
NOT_FOUND = envelope(404, "Access token not found")


@pytest.fixture
def host(lasting_host: Host) -> Host:
    """One for all: none of these requests changes anything."""
    return lasting_host


@pytest.fixture(autouse=True)
def no_token_in_the_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level("DEBUG")
    yield
    assert TOKEN not in caplog.text
    assert "test_secret" not in caplog.text


def assert_answer(response: TestResponse, status: int, body: bytes) -> None:
    assert (response.status_code, response.data) == (status, body)
    assert {name: response.headers[name] for name in HEADERS} == HEADERS
    assert TOKEN.encode() not in response.data
    assert TOKEN not in str(response.headers)


# Bodies of the documented API

NOT_JSON, NOT_UTF8, NO_OBJECT = (
    "The body is not valid JSON",
    "The body is not valid UTF-8",
    "The body must be a JSON object",
)
NO_STRING, MISSING, EMPTY, TWICE = (
    "token: it must be a string",
    "token: it is missing",
    "token: it must not be empty",
    "token: it is sent more than once",
)
NO_HINT_STRING = "token_type_hint: it must be a string"
T = TOKEN.encode()

BAD_JSON = {
    "nothing": (b"", MISSING),
    "blanks": (b"  \n", NOT_JSON),
    "an array": (b'["%s"]' % T, NO_OBJECT),
    "an array of pairs": (b'[["token", "%s"]]' % T, NO_OBJECT),
    "an empty array": (b"[]", NO_OBJECT),
    "a number": (b"1", NO_OBJECT),
    "null": (b"null", NO_OBJECT),
    "true": (b"true", NO_OBJECT),
    "a string": (b'"%s"' % T, NO_OBJECT),
    "an empty object": (b"{}", MISSING),
    "cut short": (b'{"token": "%s' % T, NOT_JSON),
    "a second value": (b'{"token": "%s"} {}' % T, NOT_JSON),
    "a trailing comma": (b'{"token": "%s",}' % T, NOT_JSON),
    "single quotes": (b"{'token': '%s'}" % T, NOT_JSON),
    "a comment": (b'{"token": "%s"} // it' % T, NOT_JSON),
    "a form": (b"token=%s" % T, NOT_JSON),
    "XML": (b"<token>%s</token>" % T, NOT_JSON),
    "deep nesting": (b'{"token": ' + b"[" * 30_000 + b"]" * 30_000 + b"}", NOT_JSON),
    "deep nesting, unfinished": (b'{"a":' * 10_000, NOT_JSON),
    "a key twice": (b'{"token": "%s", "token": "%s"}' % (T, T), TWICE),
    "a key twice, once escaped": (b'{"token": "%s", "\\u0074oken": "x"}' % T, TWICE),
    "the hint twice": (
        b'{"token": "%s", "token_type_hint": "access_token", "token_type_hint": null}' % T,
        "token_type_hint: it is sent more than once",
    ),
    "NaN": (b'{"token": NaN}', NOT_JSON),
    "Infinity": (b'{"token": "%s", "x": Infinity}' % T, NOT_JSON),
    "minus Infinity": (b'{"token": "%s", "x": -Infinity}' % T, NOT_JSON),
    "a huge integer": (b'{"token": %s}' % (b"9" * 4000), NO_STRING),
    "an integer too huge to read": (b'{"token": %s}' % (b"9" * 50_000), NOT_JSON),
    "a huge float": (b'{"token": 1e999}', NO_STRING),
    "a number as token": (b'{"token": 1}', NO_STRING),
    "zero as token": (b'{"token": 0}', NO_STRING),
    "true as token": (b'{"token": true}', NO_STRING),
    "null as token": (b'{"token": null}', NO_STRING),
    "an array as token": (b'{"token": ["%s"]}' % T, NO_STRING),
    "an empty array as token": (b'{"token": []}', NO_STRING),
    "an object as token": (b'{"token": {"token": "%s"}}' % T, NO_STRING),
    "an empty object as token": (b'{"token": {}}', NO_STRING),
    "an empty token": (b'{"token": ""}', EMPTY),
    "the name in capitals": (b'{"TOKEN": "%s"}' % T, MISSING),
    "the name with a blank": (b'{" token": "%s"}' % T, MISSING),
    "a number as hint": (b'{"token": "%s", "token_type_hint": 1}' % T, NO_HINT_STRING),
    "an array as hint": (b'{"token": "%s", "token_type_hint": ["access_token"]}' % T, NO_HINT_STRING),
    "a BOM": (b'\xef\xbb\xbf{"token": "%s"}' % T, NOT_JSON),
    "bad UTF-8": (b'{"token": "%s\xff"}' % T, NOT_UTF8),
    "bad UTF-8 elsewhere": (b'{"token": "%s", "x": "\xc3"}' % T, NOT_UTF8),
    "a surrogate in UTF-8": (b'{"token": "\xed\xa0\x80"}', NOT_UTF8),
    "UTF-16": (json.dumps({"token": TOKEN}).encode("utf-16"), NOT_UTF8),
    "UTF-16 without a BOM": (json.dumps({"token": TOKEN}).encode("utf-16-le"), NOT_JSON),
    "a raw NUL": (b'{"token": "%s\0"}' % T, NOT_JSON),
    "a raw newline": (b'{"token": "%s\n"}' % T, NOT_JSON),
    "only a NUL": (b"\0", NOT_JSON),
}

BAD_FORMS = {
    "nothing": (b"", MISSING),
    "blanks": (b"   ", MISSING),
    "JSON": (b'{"token": "%s"}' % T, MISSING),
    "a name alone": (b"token", EMPTY),
    "an empty token": (b"token=", EMPTY),
    "the token twice": (b"token=%s&token=%s" % (T, T), TWICE),
    "the token twice, once empty": (b"token=%s&token=" % T, TWICE),
    "the token twice, once escaped": (b"token=%s&%%74oken=x" % T, TWICE),
    "the hint twice": (
        b"token=%s&token_type_hint=access_token&token_type_hint=refresh_token" % T,
        "token_type_hint: it is sent more than once",
    ),
    "bad UTF-8": (b"token=%s%%ff" % T, "token: it is not valid UTF-8"),
    "bad raw UTF-8": (b"token=%s\xff" % T, "token: it is not valid UTF-8"),
    "a surrogate in UTF-8": (b"token=%ed%a0%80", "token: it is not valid UTF-8"),
    "bad UTF-8 in the hint": (b"token=%s&token_type_hint=%%ff" % T, "token_type_hint: it is not valid UTF-8"),
    "the name in capitals": (b"Token=%s" % T, MISSING),
    "another separator": (b"x=1;token=%s" % T, MISSING),
    "more than a hundred parameters": (
        b"&".join(b"p%d=1" % n for n in range(200)) + b"&token=" + T,
        "The body has more than 100 parameters",
    ),
    "nothing but separators": (b"&&&=&=", MISSING),
}


@pytest.mark.parametrize(
    ("dialect", "body", "text"),
    [pytest.param(JSON, *case, id=f"json-{name}") for name, case in BAD_JSON.items()]
    + [pytest.param(FORM, *case, id=f"form-{name}") for name, case in BAD_FORMS.items()],
)
def test_a_body_that_cannot_be_read_is_a_400_that_says_why(host: Host, dialect: str, body: bytes, text: str) -> None:
    assert_answer(host.send(body, dialect), 400, error_body(dialect, 400, "invalid_request", text))


@pytest.mark.parametrize(
    ("dialect", "body"),
    [(JSON, body) for body, _ in BAD_JSON.values()] + [(FORM, body) for body, _ in BAD_FORMS.values()],
    ids=str,
)
def test_who_is_not_authenticated_is_told_nothing_of_the_body(host: Host, dialect: str, body: bytes) -> None:
    with statements() as sent:
        response = host.send(body, dialect, caller=None)
    assert_answer(response, 401, error_body(dialect, 401, "invalid_client", "Client authentication failed"))
    assert sent == []


# Tokens that no token can be

NO_TOKENS = {
    "a NUL": f"{TOKEN}\0",
    "a lone surrogate": f"{TOKEN}\ud800",
    "a lone low surrogate": "\udfff",
    "a newline": f"{TOKEN}\n",
    "a tab": f"\t{TOKEN}",
    "DEL": "\x7f",
    "an umlaut": "tök",
    "an emoji": "😀",
    "a blank": " ",
    "blanks": "    ",
    "SQL": "' OR '1'='1",
    "a LIKE pattern": "%",
    "a format string": "%(key_0)s {0} %s :key_0",
    "a template": "{{ 7 * 7 }}",
    "a JSON null in words": "null",
    "too long by one": "x" * 8193,
}


@pytest.mark.parametrize("token", NO_TOKENS.values(), ids=NO_TOKENS)
def test_a_string_that_is_no_token_is_an_unknown_token(host: Host, token: str) -> None:
    assert_answer(host.ask(token), 404, NOT_FOUND)
    if token.isprintable():  # what Werkzeug's own test client can write into a form
        assert_answer(host.ask(token, dialect=FORM), 200, INACTIVE)


@pytest.mark.parametrize("written", ["%00", f"{TOKEN}%00", "%0A", "%F0%9F%98%80", "+", "%2B", "%", "%zz", "a%"])
def test_odd_escapes_in_a_form_are_an_unknown_token(host: Host, written: str) -> None:
    assert_answer(host.send(f"token={written}", FORM), 200, INACTIVE)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("token", [" documented", "documented ", "DOCUMENTED", "documented\0", "document"])
def test_a_token_is_compared_as_it_came(host: Host, token: str, dialect: str) -> None:
    unknown = (404, NOT_FOUND) if dialect == JSON else (200, INACTIVE)
    assert_answer(host.ask(token, dialect=dialect), *unknown)


# Sizes


@pytest.mark.parametrize("dialect", [*DIALECTS, pytest.param(None, id="none")])
@pytest.mark.parametrize("caller", [("test_client_1", "test_secret"), None], ids=["authenticated", "nobody"])
def test_a_large_body_is_refused_unread(host: Host, dialect: str | None, caller: tuple[str, str] | None) -> None:
    body = Endless()
    with statements() as sent:
        response = host.send(None, dialect, caller=caller, **stream(body, CONTENT_LENGTH="50000000"))
    shape = dialect or FORM
    assert_answer(response, 413, error_body(shape, 413, "invalid_request", "The request body is too large"))
    assert (body.taken, sent) == (0, [])


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_chunked_body_without_a_length_is_read(host: Host, dialect: str) -> None:
    body = b'{"token": "documented"}' if dialect == JSON else b"token=documented"
    response = host.send(None, dialect, **stream(io.BytesIO(body), **CHUNKED))
    assert response.get_json() == DOCUMENTED


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_chunked_body_is_read_no_further_than_the_limit(host: Host, dialect: str) -> None:
    body = Endless()
    response = host.send(None, dialect, **stream(body, **CHUNKED))
    assert_answer(response, 413, error_body(dialect, 413, "invalid_request", "The request body is too large"))
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
@pytest.mark.parametrize("terminated", [True, False], ids=["ended by the server", "ended by the client"])
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


# Content types

UNSUPPORTED = rfc_error(
    "invalid_request", "The content type must be application/json or application/x-www-form-urlencoded"
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
@pytest.mark.parametrize("caller", [("test_client_1", "test_secret"), None], ids=["authenticated", "nobody"])
def test_another_content_type_is_a_415(host: Host, content_type: str, caller: tuple[str, str] | None) -> None:
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
def test_a_content_type_may_have_parameters_and_any_case(host: Host, content_type: str, body: bytes) -> None:
    assert host.send(body, content_type).get_json() == DOCUMENTED


# The query string


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", ["token", "access_token", "refresh_token"])
def test_a_token_in_the_query_string_is_refused(host: Host, name: str, dialect: str) -> None:
    body = error_body(dialect, 400, "invalid_request", f"{name}: it must not be sent in the query string")
    for sent in (b"", b'{"token": "documented"}' if dialect == JSON else b"token=documented"):
        assert_answer(host.send(sent, dialect, query_string=f"x=1&{name}={TOKEN}"), 400, body)
        assert_answer(host.send(sent, dialect, query_string=f"{name}"), 400, body)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", ["client_secret", "client_assertion"])
@pytest.mark.parametrize("caller", [("test_client_1", "test_secret"), None], ids=["authenticated", "nobody"])
def test_a_secret_in_the_query_string_is_refused(
    host: Host, name: str, dialect: str, caller: tuple[str, str] | None
) -> None:
    body = error_body(dialect, 400, "invalid_request", f"{name}: it must not be sent in the query string")
    query = f"client_id=test_client_1&{name}=test_secret"
    with statements() as sent:
        assert_answer(host.send(b"", dialect, caller=caller, query_string=query), 400, body)
    assert sent == []


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("query", ["", "x=1", "tenant=a&token_type_hint=x", "%ff=%ff", "\xff", "&&=", "Token=1"])
def test_other_query_strings_do_not_matter(host: Host, query: str, dialect: str) -> None:
    body = b'{"token": "documented"}' if dialect == JSON else b"token=documented"
    assert host.send(body, dialect, query_string=query).get_json() == DOCUMENTED


# Methods and paths


@pytest.mark.parametrize("dialect", [JSON, FORM, None], ids=["json", "form", "none"])
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "QUERY", "X"])
@pytest.mark.parametrize("caller", [("test_client_1", "test_secret"), None], ids=["authenticated", "nobody"])
def test_other_methods_are_a_405_in_the_callers_dialect(
    host: Host, method: str, dialect: str | None, caller: tuple[str, str] | None
) -> None:
    with statements() as sent:
        response = host.send(f"token={TOKEN}", dialect, caller=caller, environ_overrides={"REQUEST_METHOD": method})
    assert_answer(response, 405, error_body(dialect or FORM, 405, "invalid_request", "Only POST is allowed"))
    assert response.headers["Allow"] == "POST"
    assert sent == []


def test_head_is_a_405_without_a_body(host: Host) -> None:
    response = host.send(method="HEAD")
    assert (response.status_code, response.data, response.headers["Allow"]) == (405, b"", "POST")
    assert {name: response.headers[name] for name in HEADERS} == HEADERS


def test_a_get_with_a_token_in_the_query_string_is_a_405_that_does_not_repeat_it(host: Host) -> None:
    assert_answer(
        host.send(method="GET", query_string=f"token={TOKEN}"),
        405,
        rfc_error("invalid_request", "Only POST is allowed"),
    )


def test_a_method_override_does_not_count(host: Host) -> None:
    response = host.send(b"token=documented", FORM, method="GET", headers={"X-HTTP-Method-Override": "POST"})
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


# Anything else

PIECES = [
    *(bytes([octet]) for octet in b'{}[]":,\\=&%+ \n-0\0\xff'),
    *(
        b"\\u",
        b"d800",
        b"\\u0000",
        b"\xef\xbb\xbf",
        b"\xed\xa0\x80",
        b"%00",
        b"%ff",
        b"1e999",
        b"NaN",
        b"null",
        b"true",
    ),
    *(
        b"token",
        b'"token"',
        b"token=",
        b'{"token": "',
        b"token_type_hint",
        b"client_id",
        b'"client_id"',
        b"client_secret",
    ),
    b"test_client_1",
]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_random_bodies_are_answered_with_json_and_never_with_a_500(host: Host, dialect: str) -> None:
    for seed in range(300):
        chance = random.Random(seed)
        body = b"".join(chance.choices(PIECES, k=chance.randrange(1, 14)))
        caller = chance.choice([("test_client_1", "test_secret"), None])
        response = host.send(body, dialect, caller=caller)
        assert response.status_code in ({200, 400, 401, 404} if caller else {400, 401}), (seed, body)
        assert response.content_type == "application/json", (seed, body)
        assert json.loads(response.data) is not None


def test_random_authorization_headers_are_a_401_or_a_400(host: Host) -> None:
    pieces = [
        "Basic",
        "basic",
        " ",
        "\t",
        ":",
        "=",
        "Og==",
        "dGVzdA==",
        "dGVzdF9jbGllbnRfMTp4",
        "Bearer",
        "\xff",
        "%",
        ",",
    ]
    for seed in range(300):
        chance = random.Random(seed)
        header = "".join(chance.choices(pieces, k=chance.randrange(1, 8)))
        response = host.send(b"token=documented", FORM, caller=None, environ_overrides={"HTTP_AUTHORIZATION": header})
        assert response.status_code == 401, (seed, header)


def test_a_header_of_basic_is_what_the_tests_say(host: Host) -> None:
    assert basic("test_client_1", "test_secret") == {"Authorization": "Basic dGVzdF9jbGllbnRfMTp0ZXN0X3NlY3JldA=="}
