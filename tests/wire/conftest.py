"""What the tests of requests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ..support import (
    Host,
)
from .support import TOKEN


@pytest.fixture
def host(lasting_host: Host) -> Host:
    """One for all: none of these requests changes anything."""
    return lasting_host


@pytest.fixture(autouse=True)
def no_token_in_the_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level("DEBUG")
    yield
    assert TOKEN not in caplog.text
    assert "test_secret" not in caplog.text
