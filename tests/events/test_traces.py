"""OpenTelemetry: a span for each request, read back by the SDK's own exporter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind, StatusCode

from ..support import DIALECTS, FORM, JSON, PATH, Host
from .support import Received

# Spans are the same on every database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

MakeHost = Callable[..., Host]
Receive = Callable[[Host], Received]

TOKEN = "documented"


@pytest.fixture
def traced(make_host: MakeHost) -> Host:
    host = make_host(INTROSPECT_TRACING=True)
    host.add_documented()
    return host


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_answer_is_a_span_with_reason_and_caller(
    traced: Host, receive: Receive, spans: Any, dialect: str
) -> None:
    events = receive(traced)
    traced.ask("documented", dialect=dialect)
    (span,) = spans()
    assert (span.name, span.kind) == ("oauth.introspection", SpanKind.INTERNAL)
    assert span.status.status_code is StatusCode.UNSET
    assert span.end_time > span.start_time
    assert dict(span.attributes) == {
        "http.route": PATH,
        "http.response.status_code": 200,
        "client.address": "127.0.0.1",
        "oauth.introspection.reason": "active",
        "oauth.introspection.dialect": "json" if dialect == JSON else "form",
        "oauth.introspection.client_id": "test_client_1",
        "oauth.introspection.authenticated": True,
        "oauth.introspection.token.kind": "access_token",
        "oauth.introspection.token.fingerprint": events.only().fingerprint,
    }


def test_a_refusal_is_a_span_that_says_the_caller_is_claimed(traced: Host, spans: Any) -> None:
    traced.ask("documented", caller=("x" * 1000, "wrong"))
    (span,) = spans()
    assert span.status.status_code is StatusCode.UNSET
    assert span.attributes["oauth.introspection.reason"] == "unknown_client"
    assert span.attributes["oauth.introspection.client_id"] == "x" * 64 + "..."
    assert span.attributes["oauth.introspection.authenticated"] is False
    assert span.attributes["http.response.status_code"] == 401
    assert "error.type" not in span.attributes


def test_a_request_that_never_came_so_far_is_a_span_too(traced: Host, spans: Any) -> None:
    assert traced.send(method="GET").status_code == 405
    (span,) = spans()
    assert span.attributes["http.response.status_code"] == 405


def test_what_goes_wrong_here_is_a_failed_span_without_the_exception(
    make_host: MakeHost, spans: Any
) -> None:
    def fail(token: Any, caller: Any) -> Any:
        raise LookupError(TOKEN)

    host = make_host(INTROSPECT_TRACING=True, INTROSPECT_EXTRA_CLAIMS=fail)
    host.add_documented()
    host.ask(TOKEN)
    (span,) = spans()
    assert span.status.status_code is StatusCode.ERROR
    assert span.attributes["error.type"] == "server_error"
    assert span.events == ()
    assert TOKEN not in span.to_json()


def test_the_span_is_within_the_hosts_own_and_around_what_happens_in_it(
    make_host: MakeHost, provider: TracerProvider, spans: Any
) -> None:
    tracer = provider.get_tracer("host")

    def claims(token: Any, caller: Any) -> dict[str, Any]:
        tracer.start_span("inner").end()
        return {}

    host = make_host(INTROSPECT_TRACING=True, INTROSPECT_EXTRA_CLAIMS=claims)
    host.add_documented()
    with tracer.start_as_current_span("outer"):
        host.ask("documented")
    inner, ours, outer = spans()
    assert (inner.name, outer.name) == ("inner", "outer")
    assert inner.parent.span_id == ours.context.span_id
    assert ours.parent.span_id == outer.context.span_id


def test_the_span_is_left_behind_when_the_request_is_over(traced: Host, spans: Any) -> None:
    for request in ({}, {"caller": None}, {"token": 7}):
        traced.ask(**{"token": "documented", **request})
        assert trace.get_current_span() is trace.INVALID_SPAN
    assert [span.parent for span in spans()] == [None, None, None]


def test_a_request_that_is_cut_off_leaves_a_finished_span(make_host: MakeHost, spans: Any) -> None:
    """As by a worker that is told to stop, or by a time limit under gevent."""

    def stop(token: Any, caller: Any) -> Any:
        raise SystemExit

    host = make_host(INTROSPECT_TRACING=True, INTROSPECT_EXTRA_CLAIMS=stop)
    host.add_documented()
    with pytest.raises(SystemExit):
        host.ask("documented", dialect=FORM)
    (span,) = spans()
    assert span.end_time is not None
    assert trace.get_current_span() is trace.INVALID_SPAN


def test_endpoints_that_are_not_asked_for_spans_make_none(make_host: MakeHost, spans: Any) -> None:
    host = make_host()
    host.add_documented()
    host.ask("documented")
    assert spans() == ()
