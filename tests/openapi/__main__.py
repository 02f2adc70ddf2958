"""Writes what ``docs/openapi.json`` holds: ``python -m tests.openapi > docs/openapi.json``."""

from __future__ import annotations

import json

from .support import documented

print(json.dumps(documented(), indent=2))
