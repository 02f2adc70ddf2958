"""``client_secret_post``: id and secret in the body."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ..support import (
    DIALECTS,
    FORM,
    JSON,
    Host,
    error_body,
)
from .support import ask


@pytest.mark.parametrize("dialect", DIALECTS)
def test_id_and_secret_may_stand_in_the_body(host: Host, dialect: str) -> None:
    assert ask(host, dialect=dialect, client_id="test_client_1", client_secret="test_secret") == 200


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"client_id": "test_client_1"},
        {"client_secret": "test_secret"},
        {"client_id": "test_client_1", "client_secret": ""},
        {"client_id": "", "client_secret": "test_secret"},
        {"client_id": "test_client_1", "client_secret": "wrong"},
        {"client_id": "test_client_1", "client_secret": "test_secret "},
        {"client_id": "test_client_1", "client_secret": "test%5Fsecret"},
        {"client_id": "nobody", "client_secret": "test_secret"},
        {"client_id": "test_client_1\0", "client_secret": "test_secret"},
    ],
    ids=str,
)
def test_a_body_that_proves_nothing_is_a_401(
    host: Host, parameters: dict[str, str], dialect: str
) -> None:
    assert ask(host, dialect=dialect, **parameters) == 401


@pytest.mark.parametrize("value", [1, 0, True, [], ["test_secret"], {"a": 1}], ids=str)
@pytest.mark.parametrize("name", ["client_id", "client_secret"])
def test_credentials_that_are_no_text_are_a_400(host: Host, name: str, value: Any) -> None:
    body = {
        "token": "documented",
        "client_id": "test_client_1",
        "client_secret": "test_secret",
        name: value,
    }
    response = host.send(json.dumps(body), JSON, caller=None)
    assert (response.status_code, response.data) == (
        400,
        error_body(JSON, 400, "invalid_request", f"{name}: it must be a string"),
    )


@pytest.mark.parametrize("name", ["client_id", "client_secret"])
def test_a_null_is_no_credential(host: Host, name: str) -> None:
    body = {
        "token": "documented",
        "client_id": "test_client_1",
        "client_secret": "test_secret",
        name: None,
    }
    assert host.send(json.dumps(body), JSON, caller=None).status_code == 401


def test_a_lone_surrogate_is_nobodys_credential(host: Host) -> None:
    assert ask(host, dialect=JSON, client_id="test_client_1", client_secret="\ud800") == 401
    assert ask(host, dialect=JSON, client_id="\ud800", client_secret="test_secret") == 401


@pytest.mark.parametrize("name", ["client_id", "client_secret"])
@pytest.mark.parametrize(
    ("dialect", "body"),
    [
        (
            FORM,
            "token=documented&client_id=test_client_1&client_secret=test_secret&{0}=test_secret",
        ),
        (
            JSON,
            '{{"token": "documented", "client_id": "test_client_1", "client_secret": "test_secret", "{0}": null}}',
        ),
    ],
    ids=["form", "json"],
)
def test_credentials_that_are_sent_twice_are_a_400(
    host: Host, name: str, dialect: str, body: str
) -> None:
    response = host.send(body.format(name), dialect, caller=None)
    assert (response.status_code, response.data) == (
        400,
        error_body(dialect, 400, "invalid_request", f"{name}: it is sent more than once"),
    )


def test_credentials_in_bad_utf8_are_a_400(host: Host) -> None:
    response = host.send(
        "token=documented&client_id=test_client_1&client_secret=%ff", FORM, caller=None
    )
    assert (response.status_code, response.data) == (
        400,
        error_body(FORM, 400, "invalid_request", "client_secret: it is not valid UTF-8"),
    )
