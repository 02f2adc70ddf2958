"""The log: a line for each refusal, and, where it is asked for, for each answer."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from flask_introspect.errors import InvalidClient, InvalidRequest, SlowDown
from flask_introspect.events.flood import Flood
from flask_introspect.events.lines import Lines, level_of
from flask_introspect.events.values import RequestRefused
from flask_introspect.records import Refusal

from ..support import FORM, PATH, Host, db

MakeHost = Callable[..., Host]

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NAME = "flask_introspect"

pytestmark = pytest.mark.usefixtures("unheard")
WRONG = ("test_client_1", "wrong")


def fields(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name.startswith("introspect_")}


@on_sqlite
def test_a_failed_authentication_is_a_warning_that_says_who_and_why(
    fresh_host: Host, caplog: pytest.LogCaptureFixture
) -> None:
    fresh_host.ask("documented", caller=WRONG)
    (line,) = caplog.records
    assert (line.name, line.levelno) == (NAME, logging.WARNING)
    assert line.getMessage() == (
        "request refused: wrong_secret, 401; claims to be client 'test_client_1' at 127.0.0.1"
    )


@on_sqlite
def test_the_fields_of_a_line_are_there_for_formatters(
    fresh_host: Host, caplog: pytest.LogCaptureFixture
) -> None:
    fresh_host.ask("documented", caller=WRONG)
    found = fields(caplog.records[0])
    assert json.dumps(found)
    assert len(found.pop("introspect_fingerprint")) == 16
    assert found.pop("introspect_seconds") is None  # nobody who wants to know answers
    assert found == {
        "introspect_event": "request_refused",
        "introspect_client_id": "test_client_1",
        "introspect_authenticated": False,
        "introspect_reason": "wrong_secret",
        "introspect_dialect": "json",
        "introspect_address": "127.0.0.1",
        "introspect_status": 401,
        "introspect_route": PATH,
    }


@on_sqlite
def test_a_throttled_caller_is_a_warning(
    make_host: MakeHost, caplog: pytest.LogCaptureFixture
) -> None:
    host = make_host(INTROSPECT_RATE_LIMIT="0 per minute")
    host.add_client()
    host.ask("documented")
    (line,) = caplog.messages
    assert line == "request refused: throttled, 429; client 'test_client_1' at 127.0.0.1"


@on_sqlite
@pytest.mark.parametrize(
    ("request_", "line"),
    [
        ({"token": "documented"}, "token introspected: active, 200; client 'test_client_1' at "),
        ({"token": "nothing"}, "token introspected: unknown, 404; client 'test_client_1' at "),
        ({"token": ""}, "request refused: bad_request, 400; client 'test_client_1' at "),
        ({"caller": ("no", "test_secret")}, "request refused: not_allowed, 403; client 'no' at "),
    ],
    ids=str,
)
def test_what_is_no_alarm_is_logged_where_it_is_asked_for(
    fresh_host: Host, caplog: pytest.LogCaptureFixture, request_: dict[str, Any], line: str
) -> None:
    fresh_host.add_client("no", may_introspect="none")
    fresh_host.ask(**request_)
    assert caplog.messages == []
    caplog.set_level(logging.INFO, NAME)
    fresh_host.ask(**request_)
    (record,) = caplog.records
    assert record.levelno == logging.INFO
    assert record.getMessage().startswith(line)


@on_sqlite
def test_a_store_that_is_away_has_its_one_error_line(
    lone_host: Host, caplog: pytest.LogCaptureFixture
) -> None:
    with lone_host.app.app_context():
        db.drop_all()
    lone_host.ask("documented")
    (line,) = caplog.records
    assert line.levelno == logging.ERROR


HOSTILE = {
    "a new line": ("x\nINFO all is well", "'x\\nINFO all is well'"),
    "an escape sequence": ("x\x1b[2Jy", "'x\\x1b[2Jy'"),
    "text from right to left": ("x\u202ey", "'x\\u202ey'"),
    "a line separator": ("x\u2028y", "'x\\u2028y'"),
    "a long one": ("x" * 5000, f"'{'x' * 64}...'"),
}


@on_sqlite
@pytest.mark.parametrize(("client_id", "shown"), HOSTILE.values(), ids=HOSTILE)
def test_what_a_caller_claims_can_neither_break_nor_flood_the_log(
    fresh_host: Host, caplog: pytest.LogCaptureFixture, client_id: str, shown: str
) -> None:
    parameters = {"client_id": client_id, "client_secret": "x"}
    fresh_host.ask("documented", caller=None, dialect=FORM, **parameters)
    (line,) = caplog.records
    message = f"request refused: unknown_client, 401; claims to be client {shown} at 127.0.0.1"
    assert line.getMessage() == message
    assert fields(line)["introspect_client_id"] == shown[1:-1]


@on_sqlite
def test_an_address_that_is_none_is_shown_as_harmless(
    fresh_host: Host, caplog: pytest.LogCaptureFixture
) -> None:
    environ = {"environ_base": {"REMOTE_ADDR": "for=\r\nx"}}
    fresh_host.send({"token": "x"}, FORM, caller=WRONG, **environ)
    assert caplog.messages[0].endswith("at for=\\r\\nx")


@on_sqlite
def test_a_flood_of_one_reason_is_cut_off_and_the_others_are_not(
    fresh_host: Host, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(30):
        fresh_host.ask("documented", caller=WRONG)
    assert len(caplog.messages) == 20
    assert caplog.messages[-1].endswith("counted, not written, until the minute is over")
    fresh_host.ask("documented", caller=("nobody", "x"))
    assert len(caplog.messages) == 21


def refusal(reason: Refusal = Refusal.WRONG_SECRET) -> RequestRefused:
    return RequestRefused("me", False, reason, "form", None, None, "192.0.2.1", 401, PATH)


def test_what_was_cut_off_is_summed_up_after_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    lines = Lines(Flood(most=2, clock=lambda: now[0]))
    for _ in range(7):
        lines.refused(refusal(), logging.WARNING)
    now[0] = 59.9
    lines.refused(refusal(Refusal.UNKNOWN_CLIENT), logging.WARNING)
    assert len(caplog.messages) == 3
    now[0] = 60.0
    lines.refused(refusal(Refusal.UNKNOWN_CLIENT), logging.WARNING)
    line = caplog.records[3]
    assert line.getMessage() == "5 more lines within 60 seconds were not written: wrong_secret"
    assert line.levelno == logging.WARNING
    assert fields(line) == {
        "introspect_event": "summed",
        "introspect_reason": "wrong_secret",
        "introspect_count": 5,
    }
    now[0] = 119.0
    lines.refused(refusal(), logging.WARNING)
    assert caplog.messages[-1].startswith("request refused: wrong_secret")


def test_a_minute_without_a_flood_is_not_summed_up() -> None:
    now = [0.0]
    flood = Flood(most=2, clock=lambda: now[0])
    assert [flood.take("x", logging.INFO) for _ in range(2)] == [2, 1]
    now[0] = 60.0
    assert flood.ended() == []
    assert flood.take("x", logging.INFO) == 2


@pytest.mark.parametrize(
    ("error", "level"),
    [
        (InvalidClient(), logging.WARNING),
        (SlowDown(), logging.WARNING),
        (InvalidRequest(reason=Refusal.NO_PLACE), logging.WARNING),
        (InvalidRequest(), logging.INFO),
    ],
    ids=str,
)
def test_only_attempts_and_floods_are_warnings(error: Any, level: int) -> None:
    assert level_of(error) == level
