"""Who is told what the endpoint decides: signals, the log."""

from __future__ import annotations

from .fingerprints import Fingerprints
from .sight import Sight
from .signals import request_refused, token_introspected
from .values import RequestRefused, TokenIntrospected
from .watch import Watch

__all__ = [
    "Fingerprints",
    "RequestRefused",
    "Sight",
    "TokenIntrospected",
    "Watch",
    "request_refused",
    "token_introspected",
]
