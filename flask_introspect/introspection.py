"""What this caller may be told of this token, now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .liveness import liveness
from .policy import Policy
from .records import Client, Introspection, Kind, Reason, Token
from .schemas import IntrospectionResponseSchema
from .store import Reading

__all__ = ["ExtraClaims", "Introspector"]

ExtraClaims = Callable[[Token, Client | None], Mapping[str, Any]]

_schema = IntrospectionResponseSchema()

#: The documented members; a claim of the host's own never replaces one.
_DOCUMENTED = frozenset(_schema.fields)

#: The answers about tokens that are not active hold nothing, whatever the reason.
_INACTIVE: dict[Reason, Introspection] = {
    reason: Introspection(reason, {"active": False}) for reason in Reason if reason is not Reason.ACTIVE
}


class Introspector:
    """The judgement, made the same way for the endpoint and in process.

    :param issuer: the ``iss`` of tokens whose row has none.
    :param leeway: seconds of clock skew.
    :param extra_claims: the host's own claims.
    :param clock: gives the present time in epoch seconds.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        issuer: str | None,
        leeway: int,
        extra_claims: ExtraClaims | None,
        clock: Callable[[], float],
    ) -> None:
        self._policy = policy
        self._issuer = issuer
        self._leeway = leeway
        self._extra_claims = extra_claims
        self._clock = clock

    def introspect(self, reading: Reading, caller: Client | None) -> Introspection:
        """Judge a token.

        A token that is not for the caller is passed over, and the search goes on as if it were not there: so it costs
        what an unknown token costs.

        :param reading: finds the token.
        :param caller: who asks; ``None`` for the host itself, which sees everything.
        :raise TemporarilyUnavailable: the database did not answer.
        """
        reason = reading.unfindable or Reason.UNKNOWN
        for token in reading.tokens():
            if caller is not None and not self._policy.permits(caller, token):
                reason = Reason.NOT_FOR_CALLER
                continue
            reason = liveness(reading.with_client(token), self._clock(), self._leeway)
            if reason is Reason.ACTIVE:
                return Introspection(reason, self._claims(token, caller))
            break
        return _INACTIVE[reason]

    def _claims(self, token: Token, caller: Client | None) -> dict[str, Any]:
        """The members of the answer about an active token, in order (:rfc:`7662` section 2.2)."""
        members = token._asdict()
        members["active"] = True
        members["sub"] = token.sub or token.username or token.client_id  # RFC 9068 section 2.2
        members["iss"] = token.iss or self._issuer
        members["aud"] = token.aud[0] if len(token.aud) == 1 else list(token.aud) or None
        if token.kind is Kind.REFRESH:
            members["token_type"] = None
        if caller is not None and caller.visible_scopes is not None and token.scope:
            members["scope"] = " ".join(each for each in token.scope.split() if each in caller.visible_scopes) or None
        claims: dict[str, Any] = _schema.dump(members)
        for extra in (token.claims, self._extra_claims and self._extra_claims(token, caller)):
            if extra:
                claims.update(
                    (name, value) for name, value in extra.items() if value is not None and name not in _DOCUMENTED
                )
        if caller is not None and caller.visible_claims is not None:
            visible = caller.visible_claims | {"active"}
            claims = {name: value for name, value in claims.items() if name in visible}
        return claims
