"""Access tokens that carry their own claims, signed by the authorization server (:rfc:`9068`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from ..errors import ServerError, TemporarilyUnavailable
from ..logs import logger, origin_of
from ..records import Reason, Token
from ..storage import Found, Reading, Store, TokenSource
from ..storage.carried import CarriedReading, CarriedSearch
from .jwt_claims import merged
from .jwt_signatures import JWTSignatures, NotOurs, SeenJWT

__all__ = ["JWTAccessTokens", "JWTRules"]

#: Seconds by which the clock of an issuer may be ahead of ours.
_SKEW = 60

#: The claims that say whom a token is for.
_OUTLINE = frozenset({"client_id", "aud"})


@dataclass(frozen=True)
class JWTRules:
    """What a signed token needs besides its signature.

    :ivar stored: whether it must have a row: one without is unknown.
    :ivar revoked: the host's callable, which says whether a permitted token was revoked.
    :ivar setting: the configuration key of the callable, for the log.
    :ivar clock: gives the present time in epoch seconds.
    """

    stored: bool
    revoked: Callable[[Token], bool] | None
    setting: str
    clock: Callable[[], float]

    def is_revoked(self, token: Token) -> bool:
        """Ask the host's callable. Without its verdict there is no answer.

        :raise TemporarilyUnavailable: it raised something.
        :raise ServerError: its answer is no boolean.
        """
        if self.revoked is None:
            return False
        try:
            answer: object = self.revoked(token)
        except Exception as error:
            problem = f"raised {origin_of(error)}"
            logger.error("%s: the request gets no answer: it %s", self.setting, problem)
            raise TemporarilyUnavailable() from None
        if isinstance(answer, bool):
            return answer
        problem = f"returned {type(answer).__name__}, not a boolean"
        logger.error("%s: the request gets no answer: it %s", self.setting, problem)
        raise ServerError()


class JWTAccessTokens:
    """Finds the access tokens that our issuers signed; all others are found as without it.

    :param others: finds all other tokens.
    :param setting: the configuration key of the token tables' mapping, for the log.
    :param max_length: characters; a longer token is not even read.
    """

    def __init__(
        self,
        store: Store,
        others: TokenSource,
        signatures: JWTSignatures,
        rules: JWTRules,
        *,
        setting: str,
        max_length: int,
    ) -> None:
        self._store = store
        self._others = others
        self._signatures = signatures
        self._rules = rules
        self._searches = [CarriedSearch(*source, setting) for source in store.sources]
        self._max_length = max_length

    def reading(self, token: object, hint: object = None) -> Reading:
        """Begin to read for one request, as :class:`~..storage.TokenSource` says."""
        if not isinstance(token, str) or len(token) > self._max_length or token.count(".") != 2:
            return self._others.reading(token, hint)
        try:
            seen = self._signatures.see(token)
        except NotOurs as error:
            reading = self._others.reading(token, hint)
            if reading.unfindable is None:
                reading.against = error.reason
            return reading
        find = partial(self._find, token, seen)
        return CarriedReading(
            self._store, token, self._searches, self._max_length, seen.carried, find
        )

    def _find(self, text: str, seen: SeenJWT, reading: CarriedReading) -> Iterator[Found]:
        """Find the token itself, if its signature holds.

        It is never looked up as an opaque token: without a valid signature it counts for nothing,
        whatever the tables hold, so that removing a key ends its tokens.

        :raise TemporarilyUnavailable: the database did not answer, or there are no keys now.
        """
        if not self._signatures.is_signed(text, seen):
            reading.against = Reason.BAD_SIGNATURE
            return
        state = reading.state()
        if self._rules.stored and not state.tokens:
            return
        token = merged(seen.token, state.tokens)._replace(
            client_known=state.client_known, client_enabled=state.client_enabled
        )
        if token.unreadable is None and (token.iat or 0) > self._rules.clock() + _SKEW:
            token = token._replace(unreadable="iat")
        yield _FoundJWT(token, self._rules)


class _FoundJWT(NamedTuple):
    """A token whose signature holds, compared with the tables."""

    token: Token
    rules: JWTRules

    @property
    def outline(self) -> Token:
        """Its kind, client and audience. They can be read even if the rest cannot."""
        token = self.token
        if token.unreadable is None or token.unreadable in _OUTLINE:
            return token
        return token._replace(unreadable=None)

    def read(self) -> Token:
        """Return all of it."""
        return self.token

    def with_client(self) -> Token:
        """Ask the host's callable whether it was revoked.

        :raise RequestError: it cannot say.
        """
        if self.token.revoked:
            return self.token
        return self.token._replace(revoked=self.rules.is_revoked(self.token))
