"""What the soak knows: the states that things had, and from when to when they may have shown."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar

__all__ = ["ClientState", "History", "TokenState", "outcomes"]

S = TypeVar("S")


@dataclass(frozen=True)
class TokenState:
    """A token, as a row says. Times are seconds of the clock that the server reads."""

    value: str
    owner: int
    revoked: bool = False
    expired: bool = False


@dataclass(frozen=True)
class ClientState:
    """A client, as a row says."""

    secret: str
    enabled: bool = True


@dataclass
class _Version(Generic[S]):
    """A state, and when the commit that made it began and had ended."""

    state: S
    begun: float
    done: float | None = None


@dataclass
class History(Generic[S]):
    """The states of one thing, in the order of their commits. One writer at a time writes them."""

    versions: list[_Version[S]] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    @property
    def state(self) -> S:
        """The newest state."""
        return self.versions[-1].state

    def begin(self, state: S) -> None:
        """Note that a commit begins: from now on the state may show."""
        with self._lock:
            self.versions.append(_Version(state, time.monotonic()))

    def end(self) -> None:
        """Note that the commit has ended: whoever asks from now on must see the state."""
        with self._lock:
            self.versions[-1].done = time.monotonic()
            del self.versions[:-50]  # no request takes that many commits

    def between(self, asked: float, answered: float) -> list[S]:
        """List the states that an answer may be made of."""
        with self._lock:
            versions = list(self.versions)
        ended = [
            n for n, each in enumerate(versions) if each.done is not None and each.done < asked
        ]
        oldest = ended[-1] if ended else 0
        return [each.state for each in versions[oldest:] if each.begun < answered]


def outcomes(
    value: str,
    secret: str,
    tokens: list[TokenState],
    callers: list[ClientState],
    owners: list[list[ClientState]],
) -> set[str]:
    """List what may be answered about a token, for each mixture of states.

    :param value: the token that was asked about; :param secret: the caller's, as it was sent.
    :param owners: for each of the tokens' states, those of its owner.
    """
    return set(_each(value, secret, tokens, callers, owners))


def _each(
    value: str,
    secret: str,
    tokens: list[TokenState],
    callers: list[ClientState],
    owners: list[list[ClientState]],
) -> Iterator[str]:
    for caller in callers:
        if not caller.enabled or caller.secret != secret:
            yield "refused"
            continue
        for token, states in zip(tokens, owners, strict=True):
            for owner in states:
                if token.value != value:
                    yield "unknown"
                elif token.revoked or token.expired or not owner.enabled:
                    yield "inactive"
                else:
                    yield "active"
