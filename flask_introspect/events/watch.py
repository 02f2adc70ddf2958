"""Who wants to know what the endpoint decides, and how they are told."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from ..errors import RequestError
from ..logs import logger
from ..wire import FORM, JSON, Dialect
from .fingerprints import Fingerprints
from .lines import Lines, level_of
from .sight import Sight
from .signals import have_receivers, receivers_of
from .values import Event, RequestRefused, TokenIntrospected

__all__ = ["Watch"]

#: Where a request's sight stands in its WSGI environment.
_SIGHT = "flask_introspect.sight"

_DIALECTS: Mapping[str, str] = {JSON.content_type: "json", FORM.content_type: "form"}


class Watch:
    """Tells of decisions: to the log and the receivers of signals.

    Whatever goes wrong on the way is logged, and changes no answer.

    :param app: the Flask application, in whose name signals are sent.
    :param route: the path that the endpoint is mounted at.
    :param fingerprints: name tokens.
    """

    def __init__(self, app: Any, *, route: str, fingerprints: Fingerprints) -> None:
        self._app = app
        self._route = route
        self._fingerprints = fingerprints
        self._lines = Lines()

    def begin(self, environ: MutableMapping[str, Any]) -> Sight:
        """Begin to look at a request."""
        sight = environ[_SIGHT] = Sight()
        return sight

    def is_wanted(self) -> bool:
        """Tell whether anybody wants to know about answers."""
        return have_receivers() or logger.isEnabledFor(logging.INFO)

    @contextmanager
    def following(
        self, sight: Sight, environ: Mapping[str, Any], dialect: Dialect
    ) -> Iterator[None]:
        """Follow a request to its answer, and tell of that. Of a refusal :meth:`refused` tells."""
        sight.started = perf_counter()
        yield
        self._guard("event", lambda: self._answered(sight, environ, dialect))

    def refused(self, environ: Mapping[str, Any], error: RequestError, dialect: Dialect) -> None:
        """Tell of a refusal."""
        level = level_of(error)
        if have_receivers() or logger.isEnabledFor(level):
            self._guard("event", lambda: self._refused(environ, error, dialect, level))

    def _answered(self, sight: Sight, environ: Mapping[str, Any], dialect: Dialect) -> None:
        if sight.answer is None or sight.client_id is None or sight.started is None:
            return
        introspection, status = sight.answer
        event = TokenIntrospected(
            client_id=sight.client_id,
            reason=introspection.reason,
            dialect=_DIALECTS[dialect.content_type],
            kind=introspection.kind,
            fingerprint=self._fingerprints.of(sight.token or ""),
            seconds=perf_counter() - sight.started,
            address=environ.get("REMOTE_ADDR") or "",
            status=status,
            route=self._route,
        )
        self._guard("log", lambda: self._lines.answered(event))
        self._send(event)

    def _refused(
        self, environ: Mapping[str, Any], error: RequestError, dialect: Dialect, level: int
    ) -> None:
        sight: Sight = environ.get(_SIGHT) or Sight()
        proved, token, started = sight.client_id, sight.token, sight.started
        event = RequestRefused(
            client_id=proved if proved is not None else sight.claimed_id(error, environ),
            authenticated=proved is not None,
            reason=error.reason,
            dialect=_DIALECTS[dialect.content_type],
            fingerprint=self._fingerprints.of(token) if token is not None else None,
            seconds=perf_counter() - started if started is not None else None,
            address=environ.get("REMOTE_ADDR") or "",
            status=error.status,
            route=self._route,
        )
        self._guard("log", lambda: self._lines.refused(event, level))
        self._send(event)

    def _send(self, event: Event) -> None:
        for name, tell in receivers_of(event, self._app, self._app.ensure_sync):
            self._guard(name, tell)

    def _guard(self, name: str, tell: Callable[[], object]) -> None:
        """Do something that must change no answer, whatever it raises."""
        try:
            tell()
        except Exception as error:
            self._lines.failed(name, error)
