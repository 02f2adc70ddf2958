"""The configuration of an endpoint: read and checked once, at registration, then frozen."""

from __future__ import annotations

from .config import DEFAULT_PREFIX, Settings
from .terms import HMAC_ALGORITHMS

__all__ = ["DEFAULT_PREFIX", "HMAC_ALGORITHMS", "Settings"]
