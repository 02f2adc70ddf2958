"""What the tests of faults share: asking in both dialects while something is broken."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import Thread
from typing import Any

import pytest

from ..failures.support import TOKEN, UNAVAILABLE
from ..support import FORM, JSON, Host, error_body

#: Seconds after which a request counts as hanging. What bounds it is far below.
PATIENCE = 30

#: Seconds that the hosts of these tests give their store: the least that can be set.
BOUND = 1


def in_time(*work: Callable[[], Any]) -> list[Any]:
    """Do all this at once, and fail if any of it hangs."""
    futures: list[Future[Any]] = []
    for each in work:
        future: Future[Any] = Future()
        futures.append(future)
        Thread(target=_settle, args=(future, each), daemon=True).start()
    assert not wait(futures, PATIENCE).not_done, "it hangs"
    return [future.result() for future in futures]


def _settle(future: Future[Any], work: Callable[[], Any]) -> None:
    try:
        future.set_result(work())
    except BaseException as error:
        future.set_exception(error)


def status(host: Host) -> int:
    """The status of an answer about a token that is active."""
    (answer,) = in_time(lambda: host.ask(TOKEN))
    found: int = answer.status_code
    return found


def assert_unavailable(host: Host, caplog: pytest.LogCaptureFixture, cause: str) -> None:
    """Both dialects get their 503, and the log one line for each, with the cause."""
    caplog.clear()
    dialects = (JSON, FORM)
    answers = in_time(
        *(lambda dialect=dialect: host.ask(TOKEN, dialect=dialect) for dialect in dialects)
    )
    for dialect, answer in zip(dialects, answers, strict=True):
        assert (answer.status_code, answer.data) == (503, error_body(dialect, *UNAVAILABLE))
        assert answer.headers["Retry-After"] == "5"
    lines = [each.getMessage() for each in caplog.records if each.name == "flask_introspect"]
    assert len(lines) == len(dialects), lines
    for line in lines:
        assert re.match(f"the token store did not answer: .*(?:{cause})", line), line


def assert_answers(host: Host) -> None:
    """Both dialects are answered."""
    for dialect in (JSON, FORM):
        (answer,) = in_time(lambda dialect=dialect: host.ask(TOKEN, dialect=dialect))
        assert answer.get_json()["active"] is True
