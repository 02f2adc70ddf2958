"""What a failure adds: the rule, and its source."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from .rules import rule_of

__all__ = ["pytest_runtest_makereport"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the rule to the report of a test that failed."""
    report = yield
    found = rule_of(getattr(item, "function", None))
    if found is not None and report.failed:
        word = f" ({found.word})" if found.word else ""
        report.sections.append(("the rule", f"{found.place}{word}: {found.text}"))
    return report
