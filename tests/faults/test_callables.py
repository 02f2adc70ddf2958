"""A clock of the host's that fails. The other callables have their tests in ``tests/failures``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from ..failures.support import SERVER_ERROR, TOKEN, assert_error
from ..support import DIALECTS, NOW, Host


def raising() -> float:
    raise LookupError(TOKEN)


NO_TIME: dict[str, tuple[Callable[..., Any], str]] = {
    "raises": (raising, "INTROSPECT_CLOCK: the request gets no answer: it raised LookupError"),
    "None": (lambda: None, "it returned a NoneType, no time"),
    "a text": (lambda: TOKEN, "it returned a str, no time"),
    "a datetime": (lambda: datetime(2022, 1, 1), "it returned a datetime, no time"),
    "NaN": (lambda: float("nan"), "it returned nan, no time"),
    "the end of time": (lambda: float("inf"), "it returned inf, no time"),
}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(("clock", "said"), NO_TIME.values(), ids=NO_TIME)
def test_a_clock_that_tells_no_time_is_a_server_error_until_it_does(
    make_host: Callable[..., Host],
    caplog: pytest.LogCaptureFixture,
    dialect: str,
    clock: Callable[..., Any],
    said: str,
) -> None:
    told = clock
    host = make_host(INTROSPECT_CLOCK=lambda: told())
    host.add_client(resources=["my_api"])
    host.add_token(TOKEN)
    assert_error(host, dialect, SERVER_ERROR)
    (line,) = caplog.messages
    assert said in line
    told = lambda: NOW  # noqa: E731
    assert host.ask(TOKEN, dialect=dialect).get_json()["active"] is True


def test_no_clock_makes_an_expired_token_good(make_host: Callable[..., Host]) -> None:
    host = make_host(INTROSPECT_CLOCK=lambda: float("nan"))
    host.add_client(resources=["my_api"])
    host.add_token(TOKEN, exp=NOW - 1)
    assert host.ask(TOKEN).status_code == 500
