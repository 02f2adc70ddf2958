"""Prometheus metrics, in the library's default registry. Imported only if configured.

Every label is one of a closed set, and each series exists from the start, so that a rate sees its
first increment. In the library's multiprocess mode the numbers of all workers are summed up.
"""

from __future__ import annotations

from threading import Lock
from weakref import WeakSet

from prometheus_client import Counter, Gauge, Histogram

from ..records import Reason, Refusal
from .insides import Insides
from .values import DIALECTS, Event, RequestRefused

__all__ = ["Metrics"]

_ANSWERS = Counter(
    "introspect_answers",
    "Answers about a token, by their reason",
    ["dialect", "reason"],
)
_REFUSALS = Counter("introspect_refusals", "Requests that got no answer about a token", ["reason"])
_SECONDS = Histogram(
    "introspect_duration_seconds",
    "How long the endpoint took",
    ["outcome"],
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
_HASHES = Counter("introspect_hashes", "Slow hashes of client secrets that were run")
_REMEMBERED = Gauge(
    "introspect_remembered_secrets",
    "Verified client secrets that need no hash",
    multiprocess_mode="livesum",
)
_KEPT = Gauge(
    "introspect_kept_connections",
    "Database connections that are kept between requests",
    multiprocess_mode="livesum",
)

_ANSWERS_BY_LABELS = {
    (dialect, reason): _ANSWERS.labels(dialect, reason.value)
    for dialect in DIALECTS.values()
    for reason in Reason
}
_REFUSALS_BY_REASON = {reason: _REFUSALS.labels(reason.value) for reason in Refusal}
_ANSWERED, _REFUSED = _SECONDS.labels("answered"), _SECONDS.labels("refused")


class Metrics:
    """Counts the decisions of one endpoint; the endpoints of a process count together.

    :param insides: what else is told.
    """

    def __init__(self, insides: Insides) -> None:
        self._insides = insides
        self._hashes = 0
        self._lock = Lock()
        _all.add(self)

    def note(self, event: Event) -> None:
        """Count a decision, and update the gauges."""
        if isinstance(event, RequestRefused):
            _REFUSALS_BY_REASON[event.reason].inc()
            if event.seconds is not None:
                _REFUSED.observe(event.seconds)
        else:
            _ANSWERS_BY_LABELS[event.dialect, event.reason].inc()
            _ANSWERED.observe(event.seconds)
        self._note_hashes()
        # In multiprocess mode a gauge can't ask when it is read, so it is set.
        every = [each._insides for each in tuple(_all)]
        _REMEMBERED.set(sum(each.remembered() for each in every))
        _KEPT.set(sum(each.kept() for each in every))

    def _note_hashes(self) -> None:
        with self._lock:
            before, self._hashes = self._hashes, self._insides.hashes()
            new = self._hashes - before
        if new:
            _HASHES.inc(new)


#: The endpoints of this process. One whose application is gone no longer counts.
_all: WeakSet[Metrics] = WeakSet()
