"""Prometheus metrics of one process."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import pytest
from prometheus_client import REGISTRY, generate_latest

from flask_introspect import Reason, Refusal

from ..support import DIALECTS, FORM, JSON, Host

# What is counted is the same on every database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

MakeHost = Callable[..., Host]


def sample(name: str, **labels: str) -> float:
    value = REGISTRY.get_sample_value(name, labels)
    assert value is not None, f"there is no {name} {labels}"
    return value


def answers(reason: Reason, dialect: str) -> float:
    return sample("introspect_answers_total", reason=reason.value, dialect=dialect)


def refusals(reason: Refusal) -> float:
    return sample("introspect_refusals_total", reason=reason.value)


@pytest.fixture
def counted(make_host: MakeHost) -> Host:
    host = make_host(INTROSPECT_METRICS=True)
    host.add_documented()
    return host


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("token", "reason"), [("documented", Reason.ACTIVE), ("nothing", Reason.UNKNOWN)]
)
def test_an_answer_is_counted_by_dialect_and_reason(
    counted: Host, token: str, reason: Reason, dialect: str
) -> None:
    name = {JSON: "json", FORM: "form"}[dialect]
    before = answers(reason, name), sample("introspect_duration_seconds_count", outcome="answered")
    counted.ask(token, dialect=dialect)
    after = answers(reason, name), sample("introspect_duration_seconds_count", outcome="answered")
    assert after == (before[0] + 1, before[1] + 1)


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ({"caller": ("nobody", "x")}, Refusal.UNKNOWN_CLIENT),
        ({"caller": None}, Refusal.NO_CREDENTIALS),
        ({"token": 7}, Refusal.BAD_REQUEST),
    ],
    ids=str,
)
def test_a_refusal_is_counted_by_reason(
    counted: Host, request_: dict[str, Any], reason: Refusal
) -> None:
    before = refusals(reason), sample("introspect_duration_seconds_count", outcome="refused")
    counted.ask(**{"token": "documented", **request_})
    after = refusals(reason), sample("introspect_duration_seconds_count", outcome="refused")
    assert after == (before[0] + 1, before[1] + 1)


def test_a_slow_hash_is_counted_and_a_remembered_secret_runs_none(make_host: MakeHost) -> None:
    host = make_host(INTROSPECT_METRICS=True)
    host.add_client("one")
    host.add_client("other")
    gc.collect()  # what endpoints of other tests remember counts as long as they are there
    host.ask("documented", caller=("one", "test_secret"))
    before, remembered = sample("introspect_hashes_total"), sample("introspect_remembered_secrets")
    for _ in range(3):
        host.ask("documented", caller=("other", "test_secret"))
    assert sample("introspect_hashes_total") == before + 1
    assert sample("introspect_remembered_secrets") == remembered + 1


def test_the_connections_that_are_kept_are_told(counted: Host) -> None:
    counted.ask("documented")
    assert sample("introspect_kept_connections") >= 1


def test_every_series_is_there_before_the_first_request(counted: Host) -> None:
    for reason in Reason:
        for dialect in ("json", "form"):
            answers(reason, dialect)
    for refusal in Refusal:
        refusals(refusal)


def test_labels_are_bounded_whatever_callers_send(counted: Host) -> None:
    def series() -> int:
        exposed = generate_latest(REGISTRY).decode().splitlines()
        return sum(line.startswith("introspect_") for line in exposed)

    counted.ask("documented")
    before = series()
    for number in range(50):
        counted.ask(f"nothing {number}", caller=(f"nobody {number}", "x"), dialect=FORM)
        counted.ask(f"nothing {number}", token_type_hint=f"kind {number}")
    assert series() == before


def test_endpoints_that_are_not_asked_for_metrics_count_nothing(
    counted: Host, make_host: MakeHost
) -> None:
    silent = make_host()
    before = answers(Reason.ACTIVE, "json")
    silent.ask("documented")
    assert answers(Reason.ACTIVE, "json") == before


def test_no_route_is_mounted_for_metrics(counted: Host) -> None:
    assert counted.app.test_client().get("/metrics").status_code == 404


def test_metrics_that_cannot_be_written_change_no_answer(
    make_host: MakeHost, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the disk is full that the workers share their numbers on."""
    host = make_host(INTROSPECT_METRICS=True)
    host.add_documented()

    def fail(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("prometheus_client.Counter.inc", fail)
    assert host.ask("documented").status_code == 200
    assert host.ask("documented", caller=None).status_code == 401
    assert [each for each in caplog.messages if each.startswith("metrics raised OSError")]
