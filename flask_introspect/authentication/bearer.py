"""A bearer token that lets its client ask (:rfc:`7662` section 2.1, :rfc:`6750`)."""

from __future__ import annotations

from collections.abc import Callable

from ..decision.liveness import liveness
from ..errors import InsufficientScope, InvalidToken
from ..records import Client, Kind, Reason, Token
from ..storage import Reading, TokenSource
from .presented import Presented
from .standing import standing

__all__ = ["Bearer"]


class Bearer:
    """An active access token acts for the client that it was issued to.

    :param tokens: where tokens are found.
    :param scope: the scope that the token must have.
    :param leeway: seconds of clock skew.
    :param clock: gives the present time in epoch seconds.
    """

    def __init__(
        self, tokens: TokenSource, *, scope: str, leeway: int, clock: Callable[[], float]
    ) -> None:
        self._tokens = tokens
        self._scope = scope
        self._leeway = leeway
        self._clock = clock

    def authenticate(self, presented: Presented, reading: Reading) -> Client:
        """Say which client the bearer token was issued to.

        :raise InvalidToken: it is not active, or its client may not authenticate.
        :raise InsufficientScope: it is active, and lacks the scope.
        """
        token = self._active_token(presented.authorization[1])
        if _is_bound(token):
            raise InvalidToken(client_id=token.client_id)
        client = reading.client(token.client_id) if token.client_id is not None else None
        refusal = standing(client, self._clock())
        if client is None or refusal is not None:
            raise InvalidToken(reason=refusal, client_id=token.client_id)
        if self._scope not in (token.scope or "").split():
            raise InsufficientScope(self._scope)
        return client

    def _active_token(self, presented: str) -> Token:
        for found in self._tokens.reading(presented, Kind.ACCESS.value).tokens():
            if found.outline.kind is Kind.ACCESS:
                token = found.with_client()
                if liveness(token, self._clock(), self._leeway) is Reason.ACTIVE:
                    return token
        raise InvalidToken()


def _is_bound(token: Token) -> bool:
    """Tell whether a token needs a proof of its holder's key, which nobody checks here.

    Such are tokens of DPoP and of client certificates (:rfc:`9449`, :rfc:`8705` section 3).
    """
    return (token.token_type or "bearer").lower() != "bearer" or "cnf" in (token.claims or {})
