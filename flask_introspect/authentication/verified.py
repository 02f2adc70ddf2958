"""The memo of verified secrets: a slow hash is paid once per process and secret."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from threading import Lock
from typing import Any, NamedTuple

from ..remembered import Remembered
from .presented import ClientCredentials

__all__ = ["VerifiedSecrets"]


class _Verified(NamedTuple):
    """What a secret was verified against, and when the matching stored secret ends."""

    stored: Any
    expires_at: int | None

    def __repr__(self) -> str:
        return f"_Verified(expires_at={self.expires_at!r})"


class VerifiedSecrets:
    """Remembers which client credentials were verified, and against which stored secrets.

    An entry counts only while the client's row, as the current request reads it, still holds what
    the secret was verified against. So a rotated secret is refused at once, by every worker.
    Failures are never kept, and presented secrets only as a keyed hash (BLAKE2, :rfc:`7693`), whose
    key only this process has.

    :param size: how many entries are kept at most; the oldest go first.
    """

    def __init__(self, size: int = 10_000) -> None:
        self._key = os.urandom(32)
        self._entries: Remembered[_Verified] = Remembered(size)
        self._lock = Lock()
        #: The credentials that are being checked, each with how many threads want that.
        self._checking: dict[bytes, tuple[Lock, int]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, fingerprint: bytes) -> bool:
        return fingerprint in self._entries

    def fingerprint(self, credentials: ClientCredentials) -> bytes:
        """Compute the key that client credentials are kept under."""
        text = f"{credentials.client_id}\0{credentials.secret}"
        return blake2b(text.encode(), key=self._key, digest_size=32).digest()

    def holds(self, fingerprint: bytes, stored: Any, now: float) -> bool:
        """Tell whether credentials were verified against this stored value.

        They stop counting when the stored secret that they matched ends.
        """
        entry = self._entries.get(fingerprint)
        if entry is None or entry.stored != stored:
            return False
        return entry.expires_at is None or now < entry.expires_at

    def add(self, fingerprint: bytes, stored: Any, expires_at: int | None) -> None:
        """Remember that credentials were verified against a stored value."""
        self._entries.put(fingerprint, _Verified(stored, expires_at))

    def discard(self, fingerprint: bytes) -> None:
        """Forget credentials that no longer hold."""
        self._entries.discard(fingerprint)

    @contextmanager
    def checking(self, fingerprint: bytes) -> Iterator[None]:
        """Let one thread at a time check credentials, so that many first requests hash once."""
        with self._lock:
            lock, waiting = self._checking.get(fingerprint) or (Lock(), 0)
            self._checking[fingerprint] = lock, waiting + 1
        try:
            with lock:
                yield
        finally:
            with self._lock:
                lock, waiting = self._checking.pop(fingerprint)
                if waiting > 1:
                    self._checking[fingerprint] = lock, waiting - 1
