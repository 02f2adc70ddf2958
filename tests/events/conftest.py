"""What the tests of events share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

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
