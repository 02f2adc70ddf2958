"""Whether a host's callable can be called as the endpoint will call it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["fits", "written"]


def fits(called: Callable[..., Any], arguments: Sequence[str]) -> bool:
    """Tell whether a callable takes these arguments; an unknown signature fits.

    :param arguments: what each is called.
    """
    try:
        signature = inspect.signature(called)
    except (ValueError, TypeError):  # some that are written in C have none
        return True
    try:
        signature.bind(*arguments)
    except TypeError:
        return False
    return True


def written(arguments: Sequence[str]) -> str:
    """Write a call's arguments as code."""
    return f"({', '.join(arguments)})"
