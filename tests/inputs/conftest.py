"""Hypothesis tries the same inputs at each run; ``HYPOTHESIS_PROFILE=thorough`` tries many more."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# Fixtures of a function are shared by all its inputs: here they only ask.
_shared = {"suppress_health_check": [HealthCheck.function_scoped_fixture], "deadline": None}
settings.register_profile("default", derandomize=True, max_examples=30, **_shared)
settings.register_profile("thorough", max_examples=2000, **_shared)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
