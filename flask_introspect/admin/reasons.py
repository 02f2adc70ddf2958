"""Why the endpoint answers as it does, in words for the administrator, never for a caller."""

from __future__ import annotations

from collections.abc import Mapping

from ..endpoint import Endpoint
from ..errors import RequestError
from ..records import Introspection, Reason, Refusal
from .revocation import odd_row

__all__ = ["explained"]

_EXPLANATIONS: Mapping[Reason, str] = {
    Reason.ACTIVE: "The token is good now.",
    Reason.UNKNOWN: "No table holds such a token.",
    Reason.MALFORMED: "It is empty, or holds characters that no token has. It is not looked for.",
    Reason.TOO_LONG: "It is longer than {prefix}MAX_TOKEN_LENGTH, so it is not looked for.",
    Reason.BAD_SIGNATURE: "It is a JWT that none of the keys in {prefix}JWT_KEYS signed, or that "
    "cannot be accepted whoever signed it.",
    Reason.WRONG_TYPE: "It is a JWT of another type than an access token's; see {prefix}JWT_TYPES.",
    Reason.WRONG_ISSUER: "It is a JWT of another issuer.",
    Reason.NOT_FOR_CALLER: "There is such a token, but this caller may not know of it.",
    Reason.EXPIRED: "It has expired.",
    Reason.REVOKED: "It was revoked.",
    Reason.NOT_YET_VALID: "It is not valid yet.",
    Reason.CLIENT_DISABLED: "The client that it was issued to is disabled.",
    Reason.CLIENT_GONE: "The client that it was issued to does not exist.",
    Reason.USER_DISABLED: "Its user is disabled, or does not exist.",
    Reason.UNREADABLE: "Its row holds something that cannot be read.",
}

_REFUSALS: Mapping[Refusal, str] = {
    Refusal.UNKNOWN_CLIENT: "There is no such caller.",
    Refusal.CLIENT_DISABLED: "The caller is disabled.",
    Refusal.PUBLIC_CLIENT: "The caller is a public client, which cannot authenticate.",
    Refusal.NOT_ALLOWED: "The caller's right is 'none'.",
}


def explained(endpoint: Endpoint, token: str, judgement: Introspection | RequestError) -> str:
    """Say why the endpoint answers as it does about a token.

    :param judgement: what :meth:`Endpoint.introspect` returned or raised.
    """
    if isinstance(judgement, RequestError):
        return _REFUSALS.get(judgement.reason, judgement.description)
    reason = judgement.reason
    odd = odd_row(endpoint, token) if reason is Reason.UNKNOWN else None
    return odd or _EXPLANATIONS[reason].format(prefix=endpoint.prefix)
