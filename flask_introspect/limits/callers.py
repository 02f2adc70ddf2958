"""How often an authenticated caller may ask, and how often in vain."""

from __future__ import annotations

from collections.abc import Sequence

from limits import RateLimitItem

from ..errors import SlowDown
from .counters import Counters

__all__ = ["CallerLimits"]


class CallerLimits:
    """Limits each caller (:rfc:`7662` section 4: token scanning).

    :param requests: requests of a caller.
    :param unknown: answers that there is no such token.
    """

    def __init__(
        self,
        counters: Counters,
        *,
        requests: Sequence[RateLimitItem],
        unknown: Sequence[RateLimitItem],
    ) -> None:
        self._counters = counters
        self._requests = requests
        self._unknown = unknown

    def admit(self, client_id: str) -> None:
        """Count a request, and refuse it if there were too many, or too many in vain.

        :raise SlowDown: a limit is reached.
        :raise TemporarilyUnavailable: the storage does not answer, and requests must not go on.
        """
        if self._unknown:
            wait = self._counters.seconds_until_free(self._unknown, "unknown", client_id)
            if wait is not None:
                raise SlowDown(retry_after=wait)
        if self._requests and not self._counters.count(self._requests, "requests", client_id):
            wait = self._counters.seconds_until_free(self._requests, "requests", client_id)
            raise SlowDown(retry_after=wait or 1)

    def count_unknown(self, client_id: str) -> None:
        """Count an answer that there is no such token."""
        if self._unknown:
            self._counters.count(self._unknown, "unknown", client_id)
