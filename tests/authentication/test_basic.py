"""``client_secret_basic``: what the header may hold."""

from __future__ import annotations

import base64

import pytest

from ..support import (
    CHALLENGE,
    DIALECTS,
    Host,
    error_body,
)
from .support import ask, header


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC", "bAsIc", "Basic ", "Basic   "])
def test_the_scheme_has_any_case_and_any_blanks_after_it(host: Host, scheme: str) -> None:
    assert ask(host, header(b"test_client_1:test_secret", scheme)) == 200


BAD_BASIC = {
    "a bare scheme": "Basic",
    "a scheme and a blank": "Basic ",
    "no base64": "Basic !!!",
    "base64 cut short": "Basic dGVzdF9jbGllbnRfMTp0ZXN0X3NlY3JldA=",
    "no colon": "Basic " + base64.b64encode(b"test_client_1").decode(),
    "nothing encoded": "Basic test_client_1:test_secret",
    "an empty id": header(b":test_secret")["Authorization"],
    "an empty secret": header(b"test_client_1:")["Authorization"],
    "only a colon": header(b":")["Authorization"],
    "a NUL in the id": header(b"test_client_1\0:test_secret")["Authorization"],
    "a NUL in the secret": header(b"test_client_1:test_secret\0")["Authorization"],
    "an encoded NUL": header(b"test_client_1%00:test_secret")["Authorization"],
    "a surrogate": header(b"test_client_1\xed\xa0\x80:test_secret")["Authorization"],
    "an encoded surrogate": header(b"test_client_1:%ed%a0%80")["Authorization"],
    "blanks in the secret": header(b"test_client_1: test_secret")["Authorization"],
    "another case": header(b"TEST_CLIENT_1:test_secret")["Authorization"],
    "a trailing blank in the id": header(b"test_client_1 :test_secret")["Authorization"],
    "an id of 60,000 characters": header(b"x" * 60_000 + b":test_secret")["Authorization"],
    "an emoji": header("😀:😀".encode())["Authorization"],
    "two credentials": "{0}, {0}".format(header(b"test_client_1:test_secret")["Authorization"][6:]),
    "a tab after the scheme": "Basic\tdGVzdF9jbGllbnRfMTp0ZXN0X3NlY3JldA==",
    "no scheme": "dGVzdF9jbGllbnRfMTp0ZXN0X3NlY3JldA==",
    "bearer": "Bearer documented",
    "digest": 'Digest username="test_client_1"',
    "negotiate": "Negotiate abc",
    "no ASCII": "Bäsic \xff",
}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("value", BAD_BASIC.values(), ids=BAD_BASIC)
def test_a_header_that_proves_nothing_is_a_401(host: Host, value: str, dialect: str) -> None:
    response = host.ask(
        "documented", caller=None, dialect=dialect, headers={"Authorization": value}
    )
    assert response.status_code == 401
    assert response.data == error_body(
        dialect, 401, "invalid_client", "Client authentication failed"
    )
    assert response.headers["WWW-Authenticate"] == CHALLENGE


BASIC = header(b"test_client_1:test_secret")["Authorization"]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "joined",
    [
        f"{BASIC}, {BASIC}",
        f"{BASIC},{BASIC}",
        f"{BASIC}, bearer documented",
        f"Bearer documented, {BASIC}",
        "Bearer documented,BEARER documented",
    ],
)
def test_two_headers_that_the_server_joined_are_a_400(
    host: Host, joined: str, dialect: str
) -> None:
    response = host.ask(
        "documented", caller=None, dialect=dialect, headers={"Authorization": joined}
    )
    text = "The Authorization header is sent more than once"
    assert response.status_code == 400
    assert response.data == error_body(dialect, 400, "invalid_request", text)


SECRETS = [
    ":",
    "::",
    "a:b",
    "a b",
    "a+b",
    "a%20b",
    "100%",
    "%zz",
    "=&?#/",
    "s€crét",
    "😀",
    "x" * 1000,
    "%2B+%2b",
    " x ",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_any_secret_can_be_presented_raw_or_form_encoded(host: Host, secret: str) -> None:
    from urllib.parse import quote, quote_plus

    host.add_client("ïd & co", secret, resources=["*"])
    for presented in (
        f"ïd & co:{secret}",
        f"{quote_plus('ïd & co')}:{quote_plus(secret)}",
        f"{quote('ïd & co')}:{quote(secret, safe='')}",
    ):
        assert ask(host, header(presented.encode())) == 200


def test_an_overdone_encoding_is_decoded(host: Host) -> None:
    host.add_client("my-id.1", "a-b_c.d", resources=["*"])
    assert ask(host, header(b"my%2Did%2E1:a%2Db%5Fc%2Ed")) == 200


@pytest.mark.parametrize("charset", ["utf-8", "latin-1"])
def test_credentials_are_utf8_or_latin1(host: Host, charset: str) -> None:
    host.add_client("müller", "geheimnis ÿ", resources=["*"])
    assert ask(host, header("müller:geheimnis ÿ".encode(charset))) == 200


def test_a_client_is_not_reached_by_half_decoded_credentials(host: Host) -> None:
    host.add_client("a%41", "s%41")
    assert ask(host, header(b"a%41:s%41")) == 200
    assert ask(host, header(b"aA:s%41")) == 401
    assert ask(host, header(b"a%41:sA")) == 401
