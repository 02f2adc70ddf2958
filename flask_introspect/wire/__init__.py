"""Temporary: the names of tomorrow's ``wire``."""

from ..dialects import FORM, JSON, Dialect, Verdict

__all__ = ["FORM", "JSON", "Dialect", "Verdict"]
