"""The log: a line for each refusal, and, if asked for, for each answer."""

from __future__ import annotations

import logging
from dataclasses import asdict
from enum import Enum
from typing import Any

from ..errors import RequestError, Unauthenticated
from ..logs import logger, origin_of
from ..records import Refusal
from ..texts import shown
from .flood import Flood
from .values import Event, RequestRefused, TokenIntrospected

__all__ = ["Lines", "level_of"]

#: Fields of a line begin with this, so that they don't clash with the log record's own.
_PREFIX = "introspect_"

#: Refusals for too many requests.
_THROTTLED = frozenset({Refusal.THROTTLED, Refusal.NO_PLACE})


def level_of(error: RequestError) -> int:
    """Say at which level a refusal is logged.

    A fault of the host has its own line, at level ERROR; this one says who met it.
    """
    if isinstance(error, Unauthenticated) or error.reason in _THROTTLED:
        return logging.WARNING
    return logging.INFO


class Lines:
    """Writes events into the log. A flood is summed up.

    :param flood: bounds the lines of each reason.
    """

    def __init__(self, flood: Flood | None = None) -> None:
        self._flood = flood or Flood()

    def answered(self, event: TokenIntrospected) -> None:
        """Write a line about an answer. These are asked for, so they are never summed up."""
        logger.info(
            "token introspected: %s, %d; client %s at %s, token %s",
            event.reason.value,
            event.status,
            _quoted(event.client_id),
            shown(event.address),
            event.fingerprint,
            extra=_extra("token_introspected", event),
        )

    def refused(self, event: RequestRefused, level: int) -> None:
        """Write a line about a refusal, or count it."""
        if not logger.isEnabledFor(level):
            return
        self._write(
            event.reason.value,
            level,
            "request refused: %s, %d; %s %s at %s",
            event.reason.value,
            event.status,
            "client" if event.authenticated else "claims to be client",
            _quoted(event.client_id),
            shown(event.address),
            extra=_extra("request_refused", event),
        )

    def failed(self, name: str, error: Exception) -> None:
        """Write a line about a receiver that raised, without its words: they may hold anything."""
        text = "%s raised %s; the answer is the same"
        self._write(name, logging.ERROR, text, name, origin_of(error), extra=None)

    def _write(
        self, name: str, level: int, text: str, *values: object, extra: dict[str, Any] | None
    ) -> None:
        for each in self._flood.ended():
            counted = {"event": "summed", "reason": each.name, "count": each.lines}
            summed = {_PREFIX + field: value for field, value in counted.items()}
            what = "%d more lines within %d seconds were not written: %s"
            logger.log(each.level, what, each.lines, self._flood.seconds, each.name, extra=summed)
        room = self._flood.take(name, level)
        if room == 1:
            text += "; more of these are counted, not written, until the minute is over"
        if room:
            logger.log(level, text, *values, extra=extra)


def _extra(name: str, event: Event) -> dict[str, Any]:
    """Write an event as fields of a log record. JSON formatters write these."""
    fields = {field: _plain(value) for field, value in asdict(event).items()}
    return {_PREFIX + field: value for field, value in {"event": name, **fields}.items()}


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    return shown(value) if isinstance(value, str) else value


def _quoted(text: str | None) -> str:
    return "unknown" if text is None else f"'{shown(text)}'"
