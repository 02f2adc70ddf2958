"""New secrets and tokens: what is handed out once, and what a row keeps.

The mixins and the commands both use this module, so they cannot differ.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..records import Kind
from .formats import hash_secret
from .generated import generate_secret, generate_token, hash_generated_secret
from .stored import rotated

__all__ = ["NewSecret", "NewToken", "Rotation", "new_secret", "new_token", "rotate"]

#: What can be presented as a token (:rfc:`6749` appendix A.12), and how long it may be by default.
_PRESENTABLE = re.compile(r"[\x20-\x7e]+")
_MAX_LENGTH = 8192


@dataclass(frozen=True)
class NewSecret:
    """A new client secret.

    :ivar clear: the secret itself, to be handed out once.
    :ivar stored: what is kept of it.
    """

    clear: str = field(repr=False)
    stored: str = field(repr=False)


def new_secret(
    chosen: str | None = None, *, store: Callable[[str], str] | None = None
) -> NewSecret:
    """Make a secret of 256 random bits, or take one that somebody chose.

    :param chosen: the chosen secret. It is hashed slowly, since people choose guessable secrets.
    :param store: turns a secret into what is kept of it, if our own hashes don't fit.
    """
    clear = generate_secret() if chosen is None else chosen
    if store is None:
        store = hash_generated_secret if chosen is None else hash_secret
    return NewSecret(clear, store(clear))


@dataclass(frozen=True)
class Rotation:
    """A client's secrets after a rotation.

    :ivar clear: the new secret itself, to be handed out once.
    :ivar secrets: what is kept: the new secret first, then the old ones that stay good for now.
    """

    clear: str = field(repr=False)
    secrets: Sequence[dict[str, Any]] = field(repr=False)

    @property
    def old_end(self) -> int | None:
        """The epoch second in which the last old secret ends; ``None`` if none was kept."""
        return max((each["expires_at"] for each in self.secrets[1:]), default=None)

    def value(self, *, as_json: bool = False) -> Any:
        """Return what the column holds from now on: a single hash as it is, several as a list.

        :param as_json: whether the column takes a list. Otherwise the list becomes JSON text.
        """
        if len(self.secrets) == 1:
            return self.secrets[0]["hash"]
        return list(self.secrets) if as_json else json.dumps(self.secrets)


def rotate(held: Any, new: NewSecret, *, keep_for: int, now: float) -> Rotation:
    """Put a new secret before the ones that a row holds.

    :param held: what the row holds: one stored secret, or several.
    :param keep_for: seconds for which the old secrets stay good; 0 drops them.
    :param now: epoch seconds.
    :raise UnreadableSecret: what the row holds cannot be read, so it cannot be kept.
    """
    return Rotation(new.clear, rotated(held, new.stored, keep_for=keep_for, now=now))


@dataclass(frozen=True)
class NewToken:
    """A new token.

    :ivar clear: the token itself, to be handed out once. How it is stored depends on the column.
    :ivar iat: the epoch second in which it was issued.
    :ivar exp: the epoch second in which it ends; ``None`` for a token that never expires.
    :ivar jti: its identifier, which reveals nothing about it.
    """

    clear: str = field(repr=False)
    kind: Kind
    iat: int
    exp: int | None
    jti: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def token_type(self) -> str | None:
        """How the token is presented; ``None`` for refresh tokens, which have no type."""
        return "Bearer" if self.kind is Kind.ACCESS else None


def new_token(
    kind: Kind, *, expires_in: int | None, now: float, token: str | None = None
) -> NewToken:
    """Make a token of 256 random bits, or take one that the host made.

    :param expires_in: seconds; ``None`` for a token that never expires.
    :param now: epoch seconds.
    :param token: the token in clear, if the host made it.
    :raise ValueError: nobody could present such a token.
    """
    if token is not None and (not _PRESENTABLE.fullmatch(token) or len(token) > _MAX_LENGTH):
        raise ValueError(
            f"a token is 1 to {_MAX_LENGTH} printable ASCII characters; this one would be stored "
            "and never found"
        )
    iat = int(now)
    return NewToken(
        clear=generate_token() if token is None else token,
        kind=kind,
        iat=iat,
        exp=None if expires_in is None else iat + expires_in,
    )
