"""A span for each request, by OpenTelemetry's API. Imported only where it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, StatusCode

from ..texts import shown
from .sight import Sight
from .values import Event, RequestRefused

__all__ = ["Traces"]

_NAME = "oauth.introspection"


class Traces:
    """Makes spans: within the server's, if the host has one, and around those of its database."""

    def __init__(self) -> None:
        self._tracer = trace.get_tracer("flask_introspect")

    def begin(self, sight: Sight) -> None:
        """Begin a request's span."""
        sight.span = self._start()

    def _start(self) -> Span:
        return self._tracer.start_span(_NAME, kind=SpanKind.INTERNAL)

    @contextmanager
    def current(self, sight: Sight) -> Iterator[None]:
        """Make a request's span the current one. :meth:`end` ends it."""
        with trace.use_span(sight.span, record_exception=False, set_status_on_exception=False):
            try:
                yield
            except Exception:
                raise  # it is answered, and the span ends with that
            except BaseException:
                sight.span.end()
                raise

    def end(self, sight: Sight, event: Event) -> None:
        """Record a request's result in its span, and end it.

        No exception is recorded: its text may hold anything.
        """
        # There is none if the request was refused before it reached the endpoint.
        span = self._start() if sight.span is None else sight.span
        sight.span = None
        span.set_attribute("http.route", event.route)
        span.set_attribute("http.response.status_code", event.status)
        span.set_attribute("client.address", shown(event.address))
        span.set_attribute(f"{_NAME}.reason", event.reason.value)
        span.set_attribute(f"{_NAME}.dialect", event.dialect)
        if event.client_id is not None:
            span.set_attribute(f"{_NAME}.client_id", shown(event.client_id))
        if event.fingerprint is not None:
            span.set_attribute(f"{_NAME}.token.fingerprint", event.fingerprint)
        if isinstance(event, RequestRefused):
            span.set_attribute(f"{_NAME}.authenticated", event.authenticated)
        else:
            span.set_attribute(f"{_NAME}.authenticated", True)
            if event.kind is not None:
                span.set_attribute(f"{_NAME}.token.kind", event.kind.value)
        if event.status >= 500:
            span.set_attribute("error.type", event.reason.value)
            span.set_status(StatusCode.ERROR)
        span.end()
