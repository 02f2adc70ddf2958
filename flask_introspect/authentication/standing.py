"""Whether a client may authenticate at all, whatever it presents."""

from __future__ import annotations

from ..records import Client, Refusal

__all__ = ["SECRET_METHODS", "standing"]

#: The methods that prove a client by its secret (:rfc:`7591` section 2).
SECRET_METHODS = frozenset({"client_secret_basic", "client_secret_post"})


def standing(client: Client | None, now: float) -> Refusal | None:
    """Say why a client cannot authenticate, or ``None`` where it only has to prove itself.

    Requests and :func:`flask_introspect.introspect` both ask this, so they can't disagree.

    :param client: the client, or ``None`` where there is none of that id.
    :param now: epoch seconds.
    """
    if client is None:
        return Refusal.UNKNOWN_CLIENT
    if not client.enabled:
        return Refusal.CLIENT_DISABLED
    if client.public:
        return Refusal.PUBLIC_CLIENT
    if client.auth_method is None or client.auth_method in SECRET_METHODS:
        if client.secret_expires_at is not None and now >= client.secret_expires_at:
            return Refusal.SECRET_EXPIRED
        return None
    return Refusal.WRONG_METHOD
