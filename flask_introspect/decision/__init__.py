"""Temporary: the names of tomorrow's ``decision``."""

from ..policy import EVERY_RESOURCE

__all__ = ["EVERY_RESOURCE"]
