"""Where counts are kept, and what happens when that storage does not answer."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar

from limits import RateLimitItem
from limits.errors import ConfigurationError, StorageError
from limits.storage import Storage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

from ..errors import ConfigError, TemporarilyUnavailable
from ..logs import logger
from .memory import BoundedMemory

__all__ = ["Counters"]

Found = TypeVar("Found")

#: Seconds that a connection to Redis, and an answer of it, may take: together under 100 ms.
_TIMEOUT = 0.04

#: Seconds for which a failed storage is left alone.
_PAUSE = 5.0

#: Seconds between two warnings about the same.
_WARN_EVERY = 60.0


class Counters:
    """Counts events in moving windows, and names that may be used once.

    :param uri: ``"memory://"``, or the ``redis://`` URL of a storage that all workers share.
    :param fail_open: whether counting goes on in memory while the storage does not answer; else
        requests that need it are refused.
    :param prefix: what the configuration keys of this endpoint begin with; keys in the storage too.
    :param clock: gives the present time in epoch seconds, for counts in memory.
    :raise ConfigError: there is no such storage, or its extra is missing.
    """

    def __init__(
        self, uri: str, *, fail_open: bool, prefix: str, clock: Callable[[], float]
    ) -> None:
        self._prefix = prefix
        self._fail_open = fail_open
        self._clock = clock
        self._memory = _Counting(BoundedMemory(clock), clock)
        self._shared = None if uri == "memory://" else _Counting(_storage(uri, prefix))
        self._paused_until = 0.0
        self._warned_at = -_WARN_EVERY

    def seconds_until_free(self, items: Iterable[RateLimitItem], *names: str) -> int | None:
        """Say in how many seconds something may be counted again; ``None`` where it may now.

        :raise TemporarilyUnavailable: the storage does not answer, and counting must not go on.
        """
        key = (self._prefix, *names)
        waits = [self._run(partial(_wait, item, key)) for item in items]
        found = [wait for wait in waits if wait is not None]
        return max(found) if found else None

    def count(self, items: Iterable[RateLimitItem], *names: str) -> bool:
        """Count something.

        :return: whether every window had room for it.
        :raise TemporarilyUnavailable: the storage does not answer, and counting must not go on.
        """
        key = (self._prefix, *names)
        hits = [self._run(partial(_hit, item, key)) for item in items]  # each window counts
        return all(hits)

    def use_once(self, name: str, seconds: int) -> bool:
        """Tell whether a name is used for the first time.

        :param seconds: for how long it is remembered.
        :raise TemporarilyUnavailable: the storage does not answer, and counting must not go on.
        """
        key = f"{self._prefix}once/{name}"

        def is_first(counting: _Counting) -> bool:
            return int(counting.storage.incr(key, seconds)) == 1

        first_anywhere = self._run(lambda each: each is self._memory or is_first(each))
        # Noted here in any case: while the storage is away, this worker still knows its own names.
        return is_first(self._memory) and first_anywhere

    def can_count(self) -> bool:
        """Tell whether the storage answers now."""
        return self._shared is None or bool(self._shared.storage.check())

    def _run(self, work: Callable[[_Counting], Found]) -> Found:
        """Do something with the storage, or with the memory while the storage is away."""
        if self._shared is None:
            return work(self._memory)
        now = time.monotonic()
        if now >= self._paused_until:
            try:
                return work(self._shared)
            except StorageError as error:
                self._paused_until = now + _PAUSE
                self._warn(now, type(error.storage_error).__name__)
        if not self._fail_open:
            raise TemporarilyUnavailable("The storage of limits is unavailable, try again later")
        return work(self._memory)

    def _warn(self, now: float, problem: str) -> None:
        if now - self._warned_at >= _WARN_EVERY:
            self._warned_at = now
            meanwhile = "counts are in memory" if self._fail_open else "callers are refused"
            key = f"{self._prefix}LIMIT_STORAGE_URI"
            logger.warning("%s does not answer (%s); meanwhile %s", key, problem, meanwhile)


class _Counting:
    """Moving windows over one storage."""

    def __init__(self, storage: Any, clock: Callable[[], float] = time.time) -> None:
        self.storage = storage
        self.clock = clock
        self.windows = MovingWindowRateLimiter(storage)


def _wait(item: RateLimitItem, key: tuple[str, ...], counting: _Counting) -> int | None:
    """Say in how many seconds a window has room; ``None`` where it has room now."""
    stats = counting.windows.get_window_stats(item, *key)
    if stats.remaining > 0:
        return None
    return max(1, math.ceil(stats.reset_time - counting.clock()))


def _hit(item: RateLimitItem, key: tuple[str, ...], counting: _Counting) -> bool:
    """Count something in a window, if it has room."""
    return counting.windows.hit(item, *key)


def _storage(uri: str, prefix: str) -> Storage:
    """Open a storage that several processes share."""
    key = prefix + "LIMIT_STORAGE_URI"
    try:
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        options: dict[str, Any] = {
            "socket_timeout": _TIMEOUT,
            "socket_connect_timeout": _TIMEOUT,
            "retry": Retry(NoBackoff(), 0),
        }
        opened: Any = storage_from_string(uri, wrap_exceptions=True, **options)
    except ImportError:
        remedy = "pip install Flask-Introspect[redis]"
        raise ConfigError(key, "counting in Redis needs its client", remedy) from None
    except (ConfigurationError, ValueError):
        remedy = 'Give "memory://" or a URL such as "redis://localhost:6379/0"'
        raise ConfigError(key, "there is no such storage", remedy) from None
    return opened  # type: ignore[no-any-return]
