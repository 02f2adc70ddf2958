"""Temporary: the names of tomorrow's ``storage.decoding``."""

from ..readers import UNREADABLE as UNDECODABLE
from ..readers import Reader as Decode
from ..readers import flag, kind, right

__all__ = ["UNDECODABLE", "Decode", "flag", "kind", "right"]
