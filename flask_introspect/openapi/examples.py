"""Examples: what the dialects themselves write."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ..errors import RequestError
from ..wire import Dialect, Verdict

__all__ = ["decoded", "of_error"]


def decoded(verdict: Verdict) -> Any:
    """Return the body of an answer as a value."""
    return json.loads(verdict.body)


def of_error(error: RequestError, dialects: Sequence[Dialect]) -> dict[str, Any]:
    """Show an error in each of its dialects, by their content types."""
    return {each.content_type: {"value": decoded(each.error(error))} for each in dialects}
