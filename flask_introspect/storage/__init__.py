"""The host's clients and tokens: connections, statements, and what is read from the rows."""

from __future__ import annotations

from .store import FoundToken, Reading, Store

__all__ = ["FoundToken", "Reading", "Store"]
