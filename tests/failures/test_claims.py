"""Claims of the host's own that fail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import abort

from ..support import (
    DIALECTS,
    DOCUMENTED,
    FORM,
    JSON,
    Host,
    errors_in,
)
from .support import SERVER_ERROR, TOKEN, assert_error, failing


def deep() -> Any:
    value: Any = None
    for _ in range(100_000):
        value = [value]
    return value


NO_CLAIMS: dict[str, Callable[..., Any]] = {
    "raises": failing,
    "raises an HTTP error": lambda token, caller: abort(404, TOKEN),
    "returns a list": lambda token, caller: ["x"],
    "returns an empty list": lambda token, caller: [],
    "returns False": lambda token, caller: False,
    "returns a text": lambda token, caller: TOKEN,
    "returns a time": lambda token, caller: {"at": datetime(2022, 1, 1)},
    "returns something deep": lambda token, caller: {"deep": deep()},
    "returns NaN": lambda token, caller: {"n": float("nan")},
    "returns a set": lambda token, caller: {"n": {1}},
}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("extra", NO_CLAIMS.values(), ids=NO_CLAIMS)
def test_claims_that_fail_are_a_server_error_logged_without_secrets(
    make_host: Callable[..., Host],
    extra: Callable[..., Any],
    dialect: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    host = make_host(INTROSPECT_EXTRA_CLAIMS=extra)
    host.add_client(resources=["my_api"])
    host.add_token(TOKEN)
    assert_error(host, dialect, SERVER_ERROR)
    assert len(errors_in(caplog)) == 1
    assert "pbkdf2" not in caplog.text
    host.add_token("revoked", revoked_at=1)
    assert host.ask("revoked").get_json() == {"active": False}


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (failing, "raised LookupError\n  File "),
        (lambda token, caller: [TOKEN], "returned list, not a mapping"),
    ],
    ids=["raises", "returns a list"],
)
def test_the_log_names_the_key_and_what_went_wrong(
    make_host: Callable[..., Host],
    extra: Callable[..., Any],
    said: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    host = make_host(INTROSPECT_EXTRA_CLAIMS=extra)
    host.add_client(resources=["my_api"])
    host.add_token(TOKEN)
    assert_error(host, JSON, SERVER_ERROR)
    (line,) = errors_in(caplog)
    assert line.getMessage().startswith(
        f"INTROSPECT_EXTRA_CLAIMS: the request gets no answer: it {said}"
    )


UNWRITABLE: dict[str, tuple[Callable[..., Any], str]] = {
    "a time": (lambda token, caller: {"ok": 1, "at": datetime(2022, 1, 1)}, "'at', a datetime"),
    "a set": (lambda token, caller: {"n": {TOKEN}}, "'n', a set"),
    "NaN": (lambda token, caller: {"n": float("nan")}, "'n', a float"),
    "too deep": (lambda token, caller: {"deep": deep()}, "'deep', a list"),
    "something inside": (lambda token, caller: {"n": {"m": [b"x"]}}, "'n', a dict"),
    "a name that is none": (lambda token, caller: {(1, 2): 3}, "(1, 2), an int"),
}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(("extra", "said"), UNWRITABLE.values(), ids=UNWRITABLE)
def test_a_claim_that_json_cannot_hold_is_named_without_its_value(
    make_host: Callable[..., Host],
    extra: Callable[..., Any],
    said: str,
    dialect: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    host = make_host(INTROSPECT_EXTRA_CLAIMS=extra)
    host.add_client(resources=["my_api"])
    host.add_token(TOKEN)
    assert_error(host, dialect, SERVER_ERROR)
    (line,) = errors_in(caplog)
    assert line.getMessage() == (
        f"INTROSPECT_EXTRA_CLAIMS: the request gets no answer: JSON cannot hold its claim {said}"
    )


def test_a_claim_that_the_caller_may_not_see_does_no_harm(make_host: Callable[..., Host]) -> None:
    host = make_host(INTROSPECT_EXTRA_CLAIMS=lambda token, caller: {"at": datetime(2022, 1, 1)})
    host.add_client(resources=["my_api"], visible_claims=["sub"])
    host.add_token()
    assert host.ask("documented").status_code == 200


def test_a_request_after_a_failed_one_is_answered(make_host: Callable[..., Host]) -> None:
    fail = [True]
    host = make_host(INTROSPECT_EXTRA_CLAIMS=lambda token, caller: 1 / 0 if fail.pop() else {})
    fail.insert(0, False)
    host.add_client(resources=["my_api"])
    host.add_token()
    assert host.ask("documented").status_code == 500
    assert host.ask("documented").get_json() == DOCUMENTED


@pytest.mark.parametrize(
    "config",
    [
        {"PROPAGATE_EXCEPTIONS": True},
        {"DEBUG": True},
        {"TESTING": True},
        {"TRAP_HTTP_EXCEPTIONS": True, "TRAP_BAD_REQUEST_ERRORS": True},
    ],
    ids=str,
)
def test_errors_are_answered_in_every_mode_of_flask(
    make_host: Callable[..., Host], config: dict[str, bool]
) -> None:
    host = make_host(INTROSPECT_EXTRA_CLAIMS=failing)
    host.app.config.update(config)
    host.add_client(resources=["my_api"])
    host.add_token(TOKEN)
    assert_error(host, JSON, SERVER_ERROR)
    assert host.send(b"x" * 70_000, FORM).status_code == 413
    assert host.send(b"", FORM, method="GET").status_code == 405
