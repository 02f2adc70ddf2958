"""Who listens to the endpoint's decisions, and how they are told."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from time import perf_counter
from typing import TYPE_CHECKING, Any

from ..errors import RequestError
from ..logs import logger
from ..wire import Dialect
from .fingerprints import Fingerprints
from .lines import Lines, level_of
from .sight import Sight
from .signals import have_receivers, receivers_of
from .values import DIALECTS, Event, RequestRefused, TokenIntrospected

if TYPE_CHECKING:  # neither is imported unless it is asked for
    from .metrics import Metrics
    from .traces import Traces

__all__ = ["Watch"]

#: Where a request's sight is kept in its WSGI environment.
_SIGHT = "flask_introspect.sight"


class Watch:
    """Tells of decisions: the log, the receivers of signals, metrics and traces.

    Whatever goes wrong on the way is logged, and changes no answer.

    :param app: the Flask application, in whose name signals are sent.
    :param route: the path that the endpoint is mounted at.
    :param fingerprints: name tokens.
    :param metrics: count, where the host asked for that.
    :param traces: make spans, where the host asked for that.
    """

    def __init__(
        self,
        app: Any,
        *,
        route: str,
        fingerprints: Fingerprints,
        metrics: Metrics | None,
        traces: Traces | None,
    ) -> None:
        self._app = app
        self._route = route
        self._fingerprints = fingerprints
        self._metrics = metrics
        self._traces = traces
        self._always = metrics is not None or traces is not None
        self._lines = Lines()

    def begin(self, environ: MutableMapping[str, Any]) -> Sight:
        """Begin to look at a request."""
        sight = environ[_SIGHT] = Sight()
        return sight

    def is_wanted(self) -> bool:
        """Tell whether anybody listens to answers."""
        return self._always or have_receivers() or logger.isEnabledFor(logging.INFO)

    @contextmanager
    def following(
        self, sight: Sight, environ: Mapping[str, Any], dialect: Dialect
    ) -> Iterator[None]:
        """Follow a request to its answer, and report that. :meth:`refused` reports a refusal."""
        sight.started = perf_counter()
        with self._span(sight):
            yield
        self._guard("event", lambda: self._answered(sight, environ, dialect))

    def refused(self, environ: Mapping[str, Any], error: RequestError, dialect: Dialect) -> None:
        """Tell of a refusal."""
        level = level_of(error)
        if self._always or have_receivers() or logger.isEnabledFor(level):
            self._guard("event", lambda: self._refused(environ, error, dialect, level))

    def _answered(self, sight: Sight, environ: Mapping[str, Any], dialect: Dialect) -> None:
        if sight.answer is None or sight.client_id is None or sight.started is None:
            return
        introspection, status = sight.answer
        event = TokenIntrospected(
            client_id=sight.client_id,
            reason=introspection.reason,
            dialect=DIALECTS[dialect.content_type],
            kind=introspection.kind,
            fingerprint=self._fingerprints.of(sight.token or ""),
            seconds=perf_counter() - sight.started,
            address=environ.get("REMOTE_ADDR") or "",
            status=status,
            route=self._route,
        )
        if logger.isEnabledFor(logging.INFO):
            self._guard("log", lambda: self._lines.answered(event))
        self._tell(sight, event)

    def _refused(
        self, environ: Mapping[str, Any], error: RequestError, dialect: Dialect, level: int
    ) -> None:
        sight: Sight = environ.get(_SIGHT) or Sight()
        proved, token, started = sight.client_id, sight.token, sight.started
        event = RequestRefused(
            client_id=proved if proved is not None else sight.claimed_id(error, environ),
            authenticated=proved is not None,
            reason=error.reason,
            dialect=DIALECTS[dialect.content_type],
            fingerprint=self._fingerprints.of(token) if token is not None else None,
            seconds=perf_counter() - started if started is not None else None,
            address=environ.get("REMOTE_ADDR") or "",
            status=error.status,
            route=self._route,
        )
        self._guard("log", lambda: self._lines.refused(event, level))
        self._tell(sight, event)

    def _span(self, sight: Sight) -> AbstractContextManager[None]:
        """Begin a request's span, and make it current for a while."""
        traces = self._traces
        if traces is None:
            return nullcontext()
        self._guard("tracing", lambda: traces.begin(sight))
        return traces.current(sight) if sight.span is not None else nullcontext()

    def _tell(self, sight: Sight, event: Event) -> None:
        metrics, traces = self._metrics, self._traces
        if metrics is not None:
            self._guard("metrics", lambda: metrics.note(event))
        if traces is not None:
            self._guard("tracing", lambda: traces.end(sight, event))
        for name, tell in receivers_of(event, self._app, self._app.ensure_sync):
            self._guard(name, tell)

    def _guard(self, name: str, tell: Callable[[], object]) -> None:
        """Do something that must change no answer, whatever it raises."""
        try:
            tell()
        except Exception as error:
            self._lines.failed(name, error)
