"""Examples: what the dialects themselves write."""

from __future__ import annotations

import json
from typing import Any

from ..errors import RequestError
from ..wire import FORM, JSON, Verdict

__all__ = ["decoded", "of_error"]


def decoded(verdict: Verdict) -> Any:
    """Return the body of an answer as a value."""
    return json.loads(verdict.body)


def of_error(error: RequestError) -> dict[str, Any]:
    """Show an error in both dialects, by their content types."""
    return {
        dialect.content_type: {"value": decoded(dialect.error(error))} for dialect in (JSON, FORM)
    }
