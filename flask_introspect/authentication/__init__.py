"""Who calls: one module for each way to prove it, and the memo of verified secrets."""

from __future__ import annotations

from .authenticator import Authenticator
from .presented import Presented
from .standing import standing

__all__ = ["Authenticator", "Presented", "standing"]
