"""Temporary: the names of tomorrow's ``wire``."""

from ..dialects import FORM, JSON, Verdict

__all__ = ["FORM", "JSON", "Verdict"]
