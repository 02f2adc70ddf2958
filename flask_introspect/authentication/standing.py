"""Whether a client may authenticate at all, whatever it presents."""

from __future__ import annotations

from ..records import Client, Refusal

__all__ = ["SECRET_METHODS", "standing"]

#: The methods that prove a client by its secret (:rfc:`7591` section 2).
SECRET_METHODS = frozenset({"client_secret_basic", "client_secret_post", "client_secret_jwt"})


def standing(client: Client | None, now: float, method: str | None = None) -> Refusal | None:
    """Say why a client cannot authenticate, or ``None`` if only its proof is left to check.

    Requests and :func:`flask_introspect.introspect` both ask this, so they can't disagree.

    :param client: the client, or ``None`` if none has that id.
    :param now: epoch seconds.
    :param method: the registered name of the method that was used; ``None`` where the caller used
        none that clients register for: a bearer token, or a call in process.
    """
    if client is None:
        return Refusal.UNKNOWN_CLIENT
    if not client.enabled:
        return Refusal.CLIENT_DISABLED
    if client.public or client.auth_method == "none":
        return Refusal.PUBLIC_CLIENT
    if method is not None and client.auth_method not in (None, method):
        return Refusal.WRONG_METHOD
    if method in SECRET_METHODS and _ended(client.secret_expires_at, now):
        return Refusal.SECRET_EXPIRED
    return None


def _ended(end: int | None, now: float) -> bool:
    return end is not None and now >= end
