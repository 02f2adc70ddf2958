"""How often: failed authentications, answers about nothing, requests of a caller, slow hashes."""

from __future__ import annotations

from .callers import CallerLimits
from .counters import Counters
from .failures import FailureLimits
from .places import HashPlaces

__all__ = ["CallerLimits", "Counters", "FailureLimits", "HashPlaces"]
