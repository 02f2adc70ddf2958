"""What the tests of events share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from flask_introspect import request_refused, token_introspected

from ..support import Host
from .support import Received


@pytest.fixture
def receive() -> Iterator[Callable[[Host], Received]]:
    """Receives the events of a host until the test is over."""
    with ExitStack() as cleanup:

        def connect(host: Host) -> Received:
            received = Received()

            def note(sender: Any, event: Any) -> None:
                received.append(event)

            for signal in (token_introspected, request_refused):
                cleanup.enter_context(signal.connected_to(note, host.app))
            return received

        yield connect


@pytest.fixture(scope="session")
def tracing() -> tuple[TracerProvider, InMemorySpanExporter]:
    """OpenTelemetry's SDK as a host sets it up: once for the process."""
    provider, exporter = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return provider, exporter


@pytest.fixture
def provider(tracing: tuple[TracerProvider, InMemorySpanExporter]) -> TracerProvider:
    return tracing[0]


@pytest.fixture
def spans(
    tracing: tuple[TracerProvider, InMemorySpanExporter],
) -> Iterator[Callable[[], tuple[ReadableSpan, ...]]]:
    """The spans that were exported since the test began."""
    exporter = tracing[1]
    exporter.clear()
    yield exporter.get_finished_spans
    exporter.clear()
