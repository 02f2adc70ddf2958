"""What a test holds in its hands: clients and tokens that no message shows."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..errors import IntrospectError

__all__ = ["CannotMake", "IssuedToken", "RegisteredClient"]


class CannotMake(IntrospectError):
    """A client or a token of some kind cannot be made here.

    A conformance test that needs one is skipped with this text. So a host's own factory raises it
    for what the host has no notion of: a client that is disabled, say.
    """


class IssuedToken(str):
    """A token in clear, to be used as the text that it is; ``repr`` does not show it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<a token>"


@dataclass(frozen=True)
class RegisteredClient:
    """A client, and the secret to prove it with.

    :ivar client_id: the identifier.
    :ivar secret: the secret in clear, never shown by ``repr``; ``None`` for a public client.
    """

    client_id: str
    secret: str | None = field(default=None, repr=False)
