from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator

import pytest

from flask_introspect.testing import *  # noqa: F403  # the fixtures, for these tests alone

from .support import CONFTEST


@pytest.fixture
def bare_pytester(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> Iterator[pytest.Pytester]:
    """Runs pytest in an environment where nothing else is installed: quicker, too.

    It runs in this process. What other tests left to the garbage collector is none of its business.
    """
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:unraisableexception")
    monkeypatch.setattr(sys, "unraisablehook", sys.__unraisablehook__)
    gc.collect()
    gc.freeze()
    yield pytester
    gc.unfreeze()


@pytest.fixture
def run(bare_pytester: pytest.Pytester) -> Callable[..., pytest.RunResult]:
    """Runs a test file of a host on our mixins, with warnings as errors."""

    def run(tests: str, *options: str, config: str = "", plugins: str = "") -> pytest.RunResult:
        bare_pytester.makeconftest(CONFTEST.format(config=config) + plugins)
        bare_pytester.makepyfile(tests)
        return bare_pytester.runpytest_inprocess("-W", "error", "-rs", *options)

    return run
