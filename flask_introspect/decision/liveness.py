"""Is a token good now? Values only; the time is an argument."""

from __future__ import annotations

from ..records import Reason, Token

__all__ = ["liveness"]


def liveness(token: Token, now: float, leeway: int = 0) -> Reason:
    """Say whether a token is good now, or why it is not.

    The rules are those of :rfc:`7662` section 2.2 and :rfc:`7519` section 4.1.

    :param token: the token's record.
    :param now: epoch seconds.
    :param leeway: seconds of clock skew that are forgiven at both ends.
    :return: :attr:`Reason.ACTIVE`, or the first reason against it.
    """
    if token.unreadable is not None:
        return Reason.UNREADABLE
    if token.revoked:
        return Reason.REVOKED
    if token.exp is not None and now >= token.exp + leeway:
        return Reason.EXPIRED
    if token.nbf is not None and now < token.nbf - leeway:
        return Reason.NOT_YET_VALID
    if not token.client_known:
        return Reason.CLIENT_GONE
    if not token.client_enabled:
        return Reason.CLIENT_DISABLED
    if not token.user_enabled:
        return Reason.USER_DISABLED
    return Reason.ACTIVE
