"""The host's clients and tokens: connections, statements, and what is read from the rows."""

from __future__ import annotations

from .reading import Found, Reading, StoredTokens, TokenSource
from .store import Store

__all__ = ["Found", "Reading", "Store", "StoredTokens", "TokenSource"]
