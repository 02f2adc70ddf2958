"""Who may see which token, and which of its claims. Values only (:rfc:`7662` section 4)."""

from __future__ import annotations

import logging
from collections.abc import Callable

from .errors import UnauthorizedClient
from .records import Client, Kind, Right, Token

__all__ = ["EVERY_RESOURCE", "Policy"]

#: Among a caller's resources: it stands for every audience.
EVERY_RESOURCE = "*"

logger = logging.getLogger(__package__)


class Policy:
    """The judgement: a caller's right, and whether a token is within it.

    :param default: the right of callers whose row says nothing, or a callable ``(caller, token) -> bool`` that judges
        access tokens for them.
    """

    def __init__(self, default: Right | Callable[[Client, Token], bool]) -> None:
        self._default = default

    def admit(self, caller: Client) -> None:
        """Let a caller use the endpoint.

        :raise UnauthorizedClient: its right is :attr:`Right.NONE`.
        """
        if self._right(caller) is Right.NONE:
            raise UnauthorizedClient()

    def permits(self, caller: Client, token: Token) -> bool:
        """Whether a caller may know of a token."""
        right = self._right(caller)
        if right is Right.NONE:
            return False
        own = token.client_id is not None and token.client_id == caller.client_id
        if token.kind is Kind.REFRESH:
            # A resource server does not look at the kind, and would take a refresh token for an access token.
            return own
        if callable(right):
            return self._ask(right, caller, token)
        if own or right is Right.OWN:
            return own
        if not token.aud:
            return right is Right.ANY
        return _answers_to(caller, token.aud)

    def _right(self, caller: Client) -> Right | Callable[[Client, Token], bool]:
        return self._default if caller.right is None else caller.right

    def _ask(self, judge: Callable[[Client, Token], object], caller: Client, token: Token) -> bool:
        try:
            answer = judge(caller, token)
        except Exception:
            logger.exception("INTROSPECT_POLICY raised for caller %r; the answer is no", caller.client_id)
            return False
        if not isinstance(answer, bool):
            logger.error(
                "INTROSPECT_POLICY returned %s, not a boolean, for caller %r; the answer is no",
                type(answer).__name__,
                caller.client_id,
            )
            return False
        return answer


def _answers_to(caller: Client, audiences: tuple[str, ...]) -> bool:
    if EVERY_RESOURCE in caller.resources:
        return True
    return any(audience == caller.client_id or audience in caller.resources for audience in audiences)
