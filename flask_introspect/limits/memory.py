"""Counts in the memory of one process, bounded."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from threading import Lock

from limits.storage import MovingWindowSupport, Storage

__all__ = ["BoundedMemory"]

#: How many keys are counted at most; the least recently counted goes first. An attacker with very
#: many addresses could otherwise fill the memory.
_MAX_KEYS = 20_000


class BoundedMemory(Storage, MovingWindowSupport):
    """A storage of the ``limits`` library. The library's own never drops a key once it was counted.

    :param clock: gives the present time in epoch seconds.
    """

    STORAGE_SCHEME = None

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self._clock = clock
        self._lock = Lock()
        self._entries: OrderedDict[str, deque[float]] = OrderedDict()
        self._counts: dict[str, tuple[int, float]] = {}

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count something, if the window has room for it."""
        now = self._clock()
        with self._lock:
            entries = self._recent(key, now - expiry)
            if len(entries) + amount > limit:
                return False
            entries.extend([now] * amount)
            self._entries[key] = entries
            self._entries.move_to_end(key)
            while len(self._entries) > _MAX_KEYS:
                self._entries.popitem(last=False)
            return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """Return when the window began, and the count in it."""
        now = self._clock()
        with self._lock:
            entries = self._recent(key, now - expiry)
            return (entries[0] if entries else now), len(entries)

    def _recent(self, key: str, since: float) -> deque[float]:
        """Return what was counted since a time, and forget what came before."""
        entries = self._entries.get(key)
        if entries is None:
            return deque()
        while entries and entries[0] <= since:
            entries.popleft()
        return entries

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count something until a time."""
        now = self._clock()
        with self._lock:
            if len(self._counts) > _MAX_KEYS:
                self._counts = {name: each for name, each in self._counts.items() if each[1] > now}
            count, end = self._counts.get(key, (0, 0.0))
            count, end = (count + amount, end) if end > now else (amount, now + expiry)
            self._counts[key] = count, end
            return count

    def get(self, key: str) -> int:
        """Return a count."""
        count, end = self._counts.get(key, (0, 0.0))
        return count if end > self._clock() else 0

    def get_expiry(self, key: str) -> float:
        """Return when a count ends."""
        return self._counts.get(key, (0, self._clock()))[1]

    def check(self) -> bool:
        """Tell that this storage works."""
        return True

    def reset(self) -> int:
        """Forget everything."""
        with self._lock:
            forgotten = len(self._entries) + len(self._counts)
            self._entries.clear()
            self._counts.clear()
            return forgotten

    def clear(self, key: str) -> None:
        """Forget one key."""
        with self._lock:
            self._entries.pop(key, None)
            self._counts.pop(key, None)

    @property
    def base_exceptions(self) -> type[Exception]:
        """What this storage raises: nothing."""
        return ValueError
