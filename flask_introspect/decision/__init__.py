"""What a caller may be told: policy, liveness, and the answer made of both."""

from __future__ import annotations

from .introspection import Introspector
from .policy import EVERY_RESOURCE, Policy

__all__ = ["EVERY_RESOURCE", "Introspector", "Policy"]
