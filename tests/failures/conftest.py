"""What the tests of failures share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .support import TOKEN


@pytest.fixture(autouse=True)
def no_secret_in_the_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level("DEBUG")
    yield
    for word in (TOKEN, "test_secret", "dGVzdF9jbGll"):
        assert word not in caplog.text
