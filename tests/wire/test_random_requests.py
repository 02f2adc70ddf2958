"""Whatever is sent: JSON, and never a 500."""

from __future__ import annotations

import json
import random

import pytest

from ..support import (
    DIALECTS,
    FORM,
    Host,
    basic,
)

pytestmark = pytest.mark.slow

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
def test_random_bodies_are_answered_with_json_and_never_with_a_500(
    host: Host, dialect: str
) -> None:
    for seed in range(300):
        chance = random.Random(seed)
        body = b"".join(chance.choices(PIECES, k=chance.randrange(1, 14)))
        caller = chance.choice([("test_client_1", "test_secret"), None])
        response = host.send(body, dialect, caller=caller)
        assert response.status_code in ({200, 400, 401, 404} if caller else {400, 401}), (
            seed,
            body,
        )
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
        response = host.send(
            b"token=documented", FORM, caller=None, environ_overrides={"HTTP_AUTHORIZATION": header}
        )
        assert response.status_code == 401, (seed, header)


def test_a_header_of_basic_is_what_the_tests_say(host: Host) -> None:
    assert basic("test_client_1", "test_secret") == {
        "Authorization": "Basic dGVzdF9jbGllbnRfMTp0ZXN0X3NlY3JldA=="
    }
