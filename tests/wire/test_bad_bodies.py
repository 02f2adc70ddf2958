"""Bodies that cannot be read, and strings that are no token."""

from __future__ import annotations

import json

import pytest

from ..support import (
    DIALECTS,
    FORM,
    INACTIVE,
    JSON,
    Host,
    error_body,
    statements,
)
from .support import EMPTY, MISSING, NO_STRING, NOT_FOUND, TOKEN, TWICE, T, assert_answer

pytestmark = pytest.mark.usefixtures("no_collection")

NOT_JSON, NOT_UTF8, NO_OBJECT = (
    "The body is not valid JSON",
    "The body is not valid UTF-8",
    "The body must be a JSON object",
)


NO_HINT_STRING = "token_type_hint: it must be a string"


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
    "an integer too huge for Python": (b'{"token": %s}' % (b"9" * 50_000), NO_STRING),
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
    "an array as hint": (
        b'{"token": "%s", "token_type_hint": ["access_token"]}' % T,
        NO_HINT_STRING,
    ),
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
    "bad UTF-8 in the hint": (
        b"token=%s&token_type_hint=%%ff" % T,
        "token_type_hint: it is not valid UTF-8",
    ),
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
def test_a_body_that_cannot_be_read_is_a_400_that_says_why(
    host: Host, dialect: str, body: bytes, text: str
) -> None:
    assert_answer(host.send(body, dialect), 400, error_body(dialect, 400, "invalid_request", text))


@pytest.mark.parametrize(
    ("dialect", "body"),
    [(JSON, body) for body, _ in BAD_JSON.values()]
    + [(FORM, body) for body, _ in BAD_FORMS.values()],
    ids=str,
)
def test_who_is_not_authenticated_is_told_nothing_of_the_body(
    host: Host, dialect: str, body: bytes
) -> None:
    with statements() as sent:
        response = host.send(body, dialect, caller=None)
    assert_answer(
        response, 401, error_body(dialect, 401, "invalid_client", "Client authentication failed")
    )
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


@pytest.mark.parametrize(
    "written", ["%00", f"{TOKEN}%00", "%0A", "%F0%9F%98%80", "+", "%2B", "%", "%zz", "a%"]
)
def test_odd_escapes_in_a_form_are_an_unknown_token(host: Host, written: str) -> None:
    assert_answer(host.send(f"token={written}", FORM), 200, INACTIVE)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "token", [" documented", "documented ", "DOCUMENTED", "documented\0", "document"]
)
def test_a_token_is_compared_as_it_came(host: Host, token: str, dialect: str) -> None:
    unknown = (404, NOT_FOUND) if dialect == JSON else (200, INACTIVE)
    assert_answer(host.ask(token, dialect=dialect), *unknown)
