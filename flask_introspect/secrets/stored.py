"""What a client's row holds: one stored secret, or several, each with an end."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from .formats import UnreadableSecret

__all__ = ["StoredSecret", "reading_advice", "rotated", "stored_secrets"]


class StoredSecret(NamedTuple):
    """One stored secret of a client, and the epoch second in which it ends, if it does."""

    value: str
    expires_at: int | None = None

    def __repr__(self) -> str:
        return f"StoredSecret(expires_at={self.expires_at!r})"

    def has_ended(self, now: float) -> bool:
        """Tell whether this secret no longer counts."""
        return self.expires_at is not None and now >= self.expires_at


def stored_secrets(raw: Any) -> tuple[StoredSecret, ...]:
    """Read the secrets that a client's row holds.

    :param raw: a text, or a list (also as JSON text) of texts or of
        ``{"hash": str, "expires_at": int | None}``.
    :raise UnreadableSecret: it is something else.
    """
    if not raw:
        return ()
    if isinstance(raw, str) and raw.startswith("["):
        try:
            raw = json.loads(raw)
        except (ValueError, RecursionError):
            raise UnreadableSecret("the list of secrets is not JSON") from None
    return tuple(_stored_secret(item) for item in (raw if isinstance(raw, list) else [raw]))


def reading_advice(prefix: str, column: str | None) -> str:
    """Say how to read stored secrets that are in no known hash format.

    :param prefix: what the configuration keys of the endpoint begin with.
    :param column: what to map as plain text; ``None`` where plain text is read already.
    """
    verifier = f"If they are in a format of your own, set {prefix}SECRET_VERIFIER"
    if column is None:
        return verifier
    key = f"{prefix}CLIENT_FIELDS"
    return f'If they are in plain text, map the column as plain("{column}") in {key}. {verifier}'


def _stored_secret(item: Any) -> StoredSecret:
    if isinstance(item, bytes):
        item = item.decode("utf-8", "replace")
    if isinstance(item, str) and item:
        return StoredSecret(item)
    if isinstance(item, dict) and isinstance(item.get("hash"), str) and item["hash"]:
        end = item.get("expires_at")
        if end is None or (isinstance(end, int) and not isinstance(end, bool)):
            return StoredSecret(item["hash"], end)
    raise UnreadableSecret(
        "a stored secret is neither a text nor an object with 'hash' and 'expires_at'"
    )


def rotated(stored: Any, new: str, *, keep_for: int, now: float) -> list[dict[str, Any]]:
    """List the secrets of a client after a rotation, the new one first.

    Those that have ended are dropped.

    :param stored: what the row holds: one stored secret, or several.
    :param new: the new one, as it is stored.
    :param keep_for: seconds for which the others stay good; none gets a later end than it had.
    :param now: epoch seconds.
    :raise UnreadableSecret: what the row holds cannot be read, so it cannot be kept.
    """
    latest = int(now) + keep_for
    kept = [
        {"hash": each.value, "expires_at": min(each.expires_at or latest, latest)}
        for each in (stored_secrets(stored) if keep_for > 0 else ())
        if not each.has_ended(now)
    ]
    return [{"hash": new, "expires_at": None}, *kept]
