"""The wire: reading a request in either dialect, writing an answer or an error. No Flask."""

from __future__ import annotations

from .parameters import Parameters
from .requests import FORM, JSON, dialect_of, read_request
from .responses import Dialect, Reply, Verdict

__all__ = [
    "FORM",
    "JSON",
    "Dialect",
    "Parameters",
    "Reply",
    "Verdict",
    "dialect_of",
    "read_request",
]
