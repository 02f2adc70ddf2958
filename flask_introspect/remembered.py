"""A bounded memory of earlier results."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeVar

__all__ = ["Remembered"]

V = TypeVar("V")


class Remembered(Generic[V]):
    """Values by a digest. When it is full, the oldest goes first.

    :param size: how many values are kept at most.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[bytes, V] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, digest: bytes) -> bool:
        return digest in self._values

    def get(self, digest: bytes) -> V | None:
        """Return a value, or ``None``."""
        return self._values.get(digest)

    def put(self, digest: bytes, value: V) -> None:
        """Remember a value in place of an earlier one."""
        with self._lock:
            self._values.pop(digest, None)
            while len(self._values) >= self._size:
                self._values.popitem(last=False)
            self._values[digest] = value

    def discard(self, digest: bytes) -> None:
        """Forget a value."""
        with self._lock:
            self._values.pop(digest, None)
