"""Temporary: the names of tomorrow's ``storage.statements``."""

from ..store import matches

__all__ = ["matches"]
