"""A finding: how bad it is, what was found, and the remedy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = ["Finding", "Severity", "error", "info", "warning"]


class Severity(str, Enum):
    """How bad a finding is.

    ``ERROR``: something does not work, or is wide open. ``INFO``: nothing has to be done.
    """

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True)
class Finding:
    """Something that was found, and what to do about it.

    :ivar code: the kind of finding, for machines.
    """

    severity: Severity
    code: str
    problem: str
    remedy: str


def error(code: str, problem: str, remedy: str) -> Finding:
    """Make a finding that must be fixed."""
    return Finding(Severity.ERROR, code, problem, remedy)


def warning(code: str, problem: str, remedy: str) -> Finding:
    """Make a finding that somebody should look at."""
    return Finding(Severity.WARNING, code, problem, remedy)


def info(code: str, problem: str, remedy: str) -> Finding:
    """Make a finding that is good to know."""
    return Finding(Severity.INFO, code, problem, remedy)
