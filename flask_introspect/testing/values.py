"""What a test holds in its hands: clients and tokens that no message shows."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..errors import IntrospectError

__all__ = ["CannotMake", "Hidden", "IssuedToken", "RegisteredClient"]


class CannotMake(IntrospectError):
    """A client or a token of some kind cannot be made here.

    A conformance test that needs one is skipped with this text. So a host's own factory raises it
    for what the host has no notion of: a client that is disabled, say.
    """


class Hidden(str):
    """A text that is used as it is, and that ``repr`` does not show: so neither does a failure."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<hidden>"


class IssuedToken(Hidden):
    """A token in clear."""

    __slots__ = ()


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
