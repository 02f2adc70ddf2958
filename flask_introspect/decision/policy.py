"""Who may see which token, and which of its claims. Values only (:rfc:`7662` section 4)."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import UnauthorizedClient
from ..logs import logger, origin_of
from ..records import Client, Kind, Right, Token

__all__ = ["EVERY_RESOURCE", "Policy"]

#: Among a caller's resources: it stands for every audience.
EVERY_RESOURCE = "*"


class Policy:
    """The judgement: a caller's right, and whether a token is within it.

    :param default: the right of callers whose row says nothing, or a callable
        ``(caller, token) -> bool`` that judges access tokens for them.
    :param setting: the configuration key of ``default``, for the log.
    """

    def __init__(self, default: Right | Callable[[Client, Token], bool], setting: str) -> None:
        self._default = default
        self._setting = setting

    def admit(self, caller: Client) -> None:
        """Let a caller use the endpoint.

        :raise UnauthorizedClient: its right is :attr:`Right.NONE`.
        """
        if self._right(caller) is Right.NONE:
            raise UnauthorizedClient()

    def permits(
        self, caller: Client, token: Token, complete: Callable[[], Token | None] | None = None
    ) -> bool:
        """Tell whether a caller may know of a token.

        :param token: the token; its kind, client and audience are enough if it can be completed.
        :param complete: reads all of it, for a callable; gives ``None`` if there is no such token.
        """
        right = self._right(caller)
        if right is Right.NONE:
            return False
        own = token.client_id is not None and token.client_id == caller.client_id
        if token.unreadable is not None:  # whom else it is for, nobody knows
            return own
        if token.kind is Kind.REFRESH:
            # A resource server doesn't look at the kind: it would take a refresh token for an
            # access token.
            return own
        if callable(right):
            whole = token if complete is None else complete()
            return whole is not None and self._ask(right, caller, whole)
        if own or right is Right.OWN:
            return own
        if not token.aud:
            return right is Right.ANY
        return _answers_to(caller, token.aud)

    def _right(self, caller: Client) -> Right | Callable[[Client, Token], bool]:
        return self._default if caller.right is None else caller.right

    def _ask(self, judge: Callable[[Client, Token], object], caller: Client, token: Token) -> bool:
        """Ask the host's callable. Whatever is no boolean means no."""
        try:
            answer = judge(caller, token)
        except Exception as error:
            problem = f"raised {origin_of(error)}"
        else:
            if isinstance(answer, bool):
                return answer
            problem = f"returned {type(answer).__name__}, not a boolean"
        logger.error(
            "%s: for caller %r, the answer is no: it %s", self._setting, caller.client_id, problem
        )
        return False


def _answers_to(caller: Client, audiences: tuple[str, ...]) -> bool:
    """Tell whether a token's audience names a caller."""
    if EVERY_RESOURCE in caller.resources:
        return True
    return any(
        audience == caller.client_id or audience in caller.resources for audience in audiences
    )
