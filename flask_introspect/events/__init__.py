"""Who learns what the endpoint decides: signals, the log, metrics, traces."""

from __future__ import annotations

from .build import build_watch
from .insides import Insides
from .sight import Sight
from .signals import request_refused, token_introspected
from .values import RequestRefused, TokenIntrospected
from .watch import Watch

__all__ = [
    "Insides",
    "RequestRefused",
    "Sight",
    "TokenIntrospected",
    "Watch",
    "build_watch",
    "request_refused",
    "token_introspected",
]
