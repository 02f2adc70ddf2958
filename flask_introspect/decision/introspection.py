"""What this caller may be told about this token, now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..errors import ServerError
from ..logs import logger, origin_of
from ..records import Client, Introspection, Kind, Reason, Token
from ..storage import Reading
from ..texts import a_type
from ..wire.responses import UNWRITABLE, encode
from ..wire.schemas import DOCUMENTED, dump_members
from .liveness import liveness
from .policy import Policy

__all__ = ["ExtraClaims", "Introspector"]

ExtraClaims = Callable[[Token, Client | None], Mapping[str, Any]]

#: The answers about tokens that are not active hold nothing, whatever the reason.
_INACTIVE: dict[tuple[Reason, Kind | None], Introspection] = {
    (reason, kind): Introspection(reason, {"active": False}, kind)
    for reason in Reason
    if reason is not Reason.ACTIVE
    for kind in (None, *Kind)
}

#: Which reason is given if several tokens have the same value: that of the one nearest to being
#: good, in whatever order they are found.
_WEIGHTS: dict[Reason, int] = {
    reason: weight
    for weight, reason in enumerate(
        (
            Reason.NOT_FOR_CALLER,
            Reason.UNREADABLE,
            Reason.CLIENT_GONE,
            Reason.CLIENT_DISABLED,
            Reason.USER_DISABLED,
            Reason.REVOKED,
            Reason.EXPIRED,
            Reason.NOT_YET_VALID,
            Reason.ACTIVE,
        )
    )
}


#: Claims that the members of the answer stand for, and the one where other issuers write scopes:
#: a caller that may see only some scopes gets those of ``scope``.
_WITH_ALL_SCOPES = DOCUMENTED | {"scp"}


def _nothing() -> None:
    """Read a token that does not exist."""


class Introspector:
    """Judges tokens, in the same way for the endpoint and in process.

    :param issuer: the ``iss`` of tokens whose row has none.
    :param leeway: seconds of clock skew.
    :param extra_claims: the host's own claims.
    :param setting: the configuration key of ``extra_claims``, for the log.
    :param clock: gives the present time in epoch seconds.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        issuer: str | None,
        leeway: int,
        extra_claims: ExtraClaims | None,
        setting: str,
        clock: Callable[[], float],
    ) -> None:
        self._policy = policy
        self._issuer = issuer
        self._leeway = leeway
        self._extra_claims = extra_claims
        self._setting = setting
        self._clock = clock

    def introspect(self, reading: Reading, caller: Client | None) -> Introspection:
        """Judge a token.

        Only a good token ends the search. A forbidden one doesn't, so that timing doesn't reveal
        it; nor does one that is not active, since the same value may be a good one elsewhere.

        :param reading: finds the token.
        :param caller: who asks; ``None`` for the host itself, which sees everything.
        :raise TemporarilyUnavailable: the database did not answer.
        """
        nearest: Reason | None = None
        kind: Kind | None = None
        for found in reading.tokens():
            if caller is not None and not self._policy.permits(caller, found.outline, found.read):
                reason = Reason.NOT_FOR_CALLER
            else:
                # Only for permitted tokens: the extra query's timing would reveal the others.
                token = found.with_client()
                reason = liveness(token, self._clock(), self._leeway)
                if reason is Reason.ACTIVE:
                    return Introspection(reason, self._claims(token, caller), token.kind)
            if nearest is None or _WEIGHTS[reason] > _WEIGHTS[nearest]:
                nearest, kind = reason, found.outline.kind
        if nearest is None and reading.unfindable is None and caller is not None:
            # It costs as much as a token that is not for the caller.
            self._policy.permits(caller, reading.stand_in().outline, _nothing)
        return _INACTIVE[nearest or reading.against, kind]

    def _claims(self, token: Token, caller: Client | None) -> dict[str, Any]:
        """Collect the members of the answer about an active token (:rfc:`7662` section 2.2)."""
        claims = dump_members(self._members(token, caller))
        ask = self._extra_claims
        own = self._own_claims(ask, token, caller) if ask is not None else None
        reserved = DOCUMENTED
        if caller is not None and caller.visible_scopes is not None:
            reserved = _WITH_ALL_SCOPES
        for extra in (token.claims, own):
            for name, value in (extra or {}).items():
                if value is not None and name not in reserved:
                    claims[name] = value
        if caller is not None and caller.visible_claims is not None:
            visible = caller.visible_claims | {"active"}
            claims = {name: value for name, value in claims.items() if name in visible}
        return claims

    def _own_claims(
        self, ask: Callable[[Token, Client | None], object], token: Token, caller: Client | None
    ) -> Mapping[str, Any] | None:
        """Ask the host's callable. Without its claims there is no answer.

        :raise ServerError: it raised something, or its answer is no mapping.
        """
        try:
            answer = ask(token, caller)
        except Exception as error:
            problem = f"raised {origin_of(error)}"
        else:
            if answer is None or isinstance(answer, Mapping):
                return answer
            problem = f"returned {type(answer).__name__}, not a mapping"
        logger.error("%s: the request gets no answer: it %s", self._setting, problem)
        raise ServerError()

    def refuse_unwritable(self, introspection: Introspection) -> None:
        """Say which of the host's claims cannot be written, when an answer could not be.

        It is asked only then, so that the usual answer is written only once.

        :raise ServerError: there is such a claim.
        """
        if self._extra_claims is None:
            return
        for name, value in introspection.claims.items():
            try:
                encode({name: value})
            except UNWRITABLE:
                text = "%s: the request gets no answer: JSON cannot hold its claim %r, %s"
                logger.error(text, self._setting, name, a_type(value))
                raise ServerError() from None

    def _members(self, token: Token, caller: Client | None) -> dict[str, Any]:
        """Collect the documented members, as this caller may see them."""
        members = token._asdict()
        members["active"] = True
        members["sub"] = token.sub or token.username or token.client_id  # RFC 9068 section 2.2
        members["iss"] = token.iss or self._issuer
        members["aud"] = token.aud[0] if len(token.aud) == 1 else list(token.aud) or None
        if token.kind is Kind.REFRESH:
            members["token_type"] = None
        if caller is not None and caller.visible_scopes is not None and token.scope:
            visible = [each for each in token.scope.split() if each in caller.visible_scopes]
            members["scope"] = " ".join(visible) or None
        return members
