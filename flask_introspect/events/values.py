"""What an event says: frozen values for receivers, logs, metrics and spans. Never a token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..records import Kind, Reason, Refusal
from ..wire import FORM, JSON

__all__ = ["DIALECTS", "Event", "RequestRefused", "TokenIntrospected"]

#: The short names of the dialects, by their content type.
DIALECTS: Mapping[str, str] = {JSON.content_type: "json", FORM.content_type: "form"}


@dataclass(frozen=True)
class TokenIntrospected:
    """An answer about a token.

    :ivar client_id: the caller, which proved who it is.
    :ivar reason: why the token is active, or is not. The caller was not told.
    :ivar dialect: ``"json"`` or ``"form"``.
    :ivar kind: the kind of the token; ``None`` where none was found.
    :ivar fingerprint: stands for the token: the same one for the same token, and useless for
        guessing it.
    :ivar seconds: how long the endpoint took.
    :ivar address: the caller's address, as the server or the host's ``ProxyFix`` says.
    :ivar status: the HTTP status.
    :ivar route: the path that the endpoint is mounted at.
    """

    client_id: str
    reason: Reason
    dialect: str
    kind: Kind | None
    fingerprint: str
    seconds: float
    address: str
    status: int
    route: str


@dataclass(frozen=True)
class RequestRefused:
    """A request that got no answer about a token.

    :ivar client_id: the caller; ``None`` where the request names none. **Anybody can claim to be
        any client**, so look at ``authenticated``.
    :ivar authenticated: whether the caller proved to be that client before it was refused.
    :ivar reason: why it was refused. The caller was told less.
    :ivar dialect: ``"json"`` or ``"form"``: that of the answer.
    :ivar fingerprint: stands for the token in the request; ``None`` where there was none.
    :ivar seconds: how long the endpoint took; ``None`` where the request never came that far.
    :ivar address: the caller's address, as the server or the host's ``ProxyFix`` says.
    :ivar status: the HTTP status.
    :ivar route: the path that the endpoint is mounted at.
    """

    client_id: str | None
    authenticated: bool
    reason: Refusal
    dialect: str
    fingerprint: str | None
    seconds: float | None
    address: str
    status: int
    route: str


Event = TokenIntrospected | RequestRefused
