"""Stored secrets that are verified for clients that don't exist."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from ..secrets import StoredSecret, UnreadableSecret, format_of, stored_secrets
from ..storage import Store

__all__ = ["DummyHashes"]

#: A hash at the cost of Werkzeug's default, of a secret that nobody knows. It is verified until a
#: client's own stored secret tells what a check costs here.
_DUMMY_HASH = StoredSecret(
    "scrypt:32768:8:1$dm8TedpMa6CzQIqv$18af67bdea3fccd4658817891d325d923f0671a5249ecd"
    "1c75ab4ac8b787a1312d3206769d008c79f0ae27cae1b8cf87172f77c11ef0fdd6d43c314e1c593097"
)

_KEY_BYTES = 64


class DummyHashes:
    """Picks what is verified for an unknown client, so that it takes as long as a wrong secret.

    If clients' secrets have several formats, each id gets one of them, always the same, in
    proportion to the clients that have it. So neither a slow answer nor a quick one reveals that
    there is no such client.

    :param key: of the application, so that all workers pick alike and no caller can foresee it.
    """

    def __init__(self, store: Store, key: str | bytes | None) -> None:
        self._store = store
        given = key.encode("utf-8", "surrogatepass") if isinstance(key, str) else key
        self._key = blake2b(given or os.urandom(_KEY_BYTES)).digest()
        self._samples: Sequence[tuple[float, StoredSecret]] = ()

    def of(self, client_id: str) -> StoredSecret:
        """Pick a stored secret that is nobody's, or at least not this client's.

        :raise TemporarilyUnavailable: the database did not answer.
        """
        if not self._samples:
            self._samples = _by_format(self._store.some_stored_secrets())
        digest = blake2b(client_id.encode("utf-8", "surrogatepass"), key=self._key, digest_size=8)
        place = int.from_bytes(digest.digest(), "big") / 2**64
        return next((secret for end, secret in self._samples if place < end), _DUMMY_HASH)


def _by_format(stored: Sequence[Any]) -> Sequence[tuple[float, StoredSecret]]:
    """Take one secret of each format, with the cumulative share of clients that have it."""
    found: dict[str, StoredSecret] = {}
    counts: Counter[str] = Counter()
    for each in stored:
        try:
            first, *_ = stored_secrets(each) or (None,)
        except UnreadableSecret:
            continue
        if first is not None:
            format_ = format_of(first.value)
            name = format_.name if format_ is not None else ""
            found.setdefault(name, first)
            counts[name] += 1
    ends, total = [], 0
    for name in sorted(found):
        total += counts[name]
        ends.append((total / counts.total(), found[name]))
    return ends
