"""What a test works with: clients and tokens that no message shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches

from ..errors import IntrospectError

__all__ = ["CannotMake", "Hidden", "IssuedToken", "RegisteredClient", "nearest"]


class CannotMake(IntrospectError):
    """A client or a token of some kind cannot be made here.

    A conformance test that needs one is skipped with this text. So a host's own factory raises it
    for what the host does not support: a disabled client, say.
    """


class Hidden(str):
    """A text that is used as it is, and that ``repr``, and so a failure, does not show."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<hidden>"


@dataclass(frozen=True)
class RegisteredClient:
    """A client, and the secret to prove it with.

    :ivar client_id: the identifier.
    :ivar secret: the secret in clear, never shown by ``repr``; ``None`` for a public client.
    """

    client_id: str
    secret: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.secret is not None:
            object.__setattr__(self, "secret", Hidden(self.secret))


class IssuedToken(Hidden):
    """A token in clear.

    :ivar holder: the client that it was issued to, where the test has that client; else ``None``.
    """

    __slots__ = ("holder",)

    holder: RegisteredClient | None

    def __new__(cls, token: str, holder: RegisteredClient | None = None) -> IssuedToken:
        made = super().__new__(cls, token)
        made.holder = holder
        return made


def nearest(given: str, known: Iterable[str]) -> str:
    """List the words that would be right, the nearest first."""
    names = sorted(known)
    return ", ".join(get_close_matches(given, names, len(names), cutoff=0))
