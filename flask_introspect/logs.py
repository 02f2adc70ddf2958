"""The package's logger, and how to log an exception without what it quotes."""

from __future__ import annotations

import logging
import traceback

__all__ = ["logger", "origin_of"]

#: Every module logs here, so a host has one name to configure.
logger = logging.getLogger("flask_introspect")


def origin_of(error: BaseException) -> str:
    """Name an exception's type and where it was raised, and leave out its text.

    The text may quote what the caller sent, or a stored secret; the lines of code may not.
    """
    where = "".join(traceback.format_tb(error.__traceback__))
    return f"{type(error).__name__}\n{where}"
