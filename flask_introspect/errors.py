"""The error family: what can go wrong, as data.

Every error of a request carries its HTTP status, its OAuth error code and a text for the caller.
How an error looks on the wire is the dialects' business.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from .records import Refusal

__all__ = [
    "ERRORS_BY_STATUS",
    "ConfigError",
    "InsufficientScope",
    "IntrospectError",
    "InvalidClient",
    "InvalidRequest",
    "InvalidToken",
    "MethodNotAllowed",
    "PayloadTooLarge",
    "RequestError",
    "ServerError",
    "SlowDown",
    "TemporarilyUnavailable",
    "Unauthenticated",
    "UnauthorizedClient",
    "UnsupportedMediaType",
    "missing_extra",
]


class IntrospectError(Exception):
    """The root of every error that Flask-Introspect raises."""


class ConfigError(IntrospectError):
    """The host's configuration cannot work.

    Raised while the blueprint is registered, never in a request.

    :ivar key: the full configuration key, such as ``"INTROSPECT_POLICY"``.
    :ivar problem: what is wrong with the key's value. Never the value of a secret.
    :ivar remedy: what would be right.
    """

    def __init__(self, key: str, problem: str, remedy: str) -> None:
        super().__init__(f"{key}: {problem}. {remedy}")
        self.key = key
        self.problem = problem
        self.remedy = remedy


def missing_extra(key: str, problem: str, extra: str) -> ConfigError:
    """Make an error about a key whose value needs a library that is not installed.

    :param extra: the extra of Flask-Introspect that brings it.
    """
    return ConfigError(key, problem, f"pip install Flask-Introspect[{extra}]")


class RequestError(IntrospectError):
    """A request that gets no answer about a token.

    :param description: a text for the caller; the class's own when left out.
    :param reason: why, for the host alone; the class's own when left out.
    :param retry_after: seconds after which the caller may try again, if that makes sense.

    :cvar status: the HTTP status code.
    :cvar error: the OAuth error code, as the form dialect sends it (:rfc:`6749` section 5.2).
    :cvar description: the default text.
    :cvar reason: the default reason code.
    """

    status: ClassVar[int] = 400
    error: ClassVar[str] = "invalid_request"
    description: str = "The request is malformed"
    reason: Refusal = Refusal.BAD_REQUEST
    retry_after: int | None = None

    def __init__(
        self,
        description: str | None = None,
        *,
        reason: Refusal | None = None,
        retry_after: int | None = None,
    ) -> None:
        if description is not None:
            self.description = description
        if reason is not None:
            self.reason = reason
        if retry_after is not None:
            self.retry_after = retry_after
        super().__init__(self.description)


class InvalidRequest(RequestError):
    """The request lacks a parameter, repeats one, or cannot be read (:rfc:`6749` section 5.2)."""


class MethodNotAllowed(RequestError):
    """The endpoint answers to POST alone (:rfc:`7662` section 2.1)."""

    status = 405
    description = "Only POST is allowed"


class PayloadTooLarge(RequestError):
    """The body is longer than ``INTROSPECT_MAX_BODY_BYTES``."""

    status = 413
    description = "The request body is too large"


class UnsupportedMediaType(RequestError):
    """The body is neither JSON nor a form."""

    status = 415
    description = "The content type must be application/json or application/x-www-form-urlencoded"


class Unauthenticated(RequestError):
    """The caller did not prove who it is.

    :param client_id: the client that the caller claims to be. Never trust it; it is for limits and
        for logs.
    """

    status = 401
    description = "Client authentication failed"
    reason = Refusal.NO_CREDENTIALS

    def __init__(self, *, reason: Refusal | None = None, client_id: str | None = None) -> None:
        super().__init__(reason=reason)
        self.client_id = client_id


class InvalidClient(Unauthenticated):
    """Client authentication failed (:rfc:`6749` section 5.2, :rfc:`7662` section 2.3)."""

    error = "invalid_client"


class InvalidToken(Unauthenticated):
    """The caller's own bearer token is not good (:rfc:`6750` section 3.1)."""

    error = "invalid_token"
    description = "The bearer token is not active"
    reason = Refusal.INVALID_TOKEN


class InsufficientScope(RequestError):
    """The bearer token lacks the scope to introspect (:rfc:`6750` section 3.1)."""

    status = 403
    error = "insufficient_scope"
    description = "The bearer token lacks the scope to introspect tokens"
    reason = Refusal.INSUFFICIENT_SCOPE

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope


class UnauthorizedClient(RequestError):
    """The caller is known, and may not use the endpoint."""

    status = 403
    error = "unauthorized_client"
    description = "The client is not allowed to introspect tokens"
    reason = Refusal.NOT_ALLOWED


class SlowDown(RequestError):
    """Too many requests; a limit is reached."""

    status = 429
    error = "slow_down"
    description = "Too many requests"
    reason = Refusal.THROTTLED


class ServerError(RequestError):
    """Something unforeseen happened; the log says what."""

    status = 500
    error = "server_error"
    description = "The server could not answer the request"
    reason = Refusal.SERVER_ERROR


class TemporarilyUnavailable(RequestError):
    """The host's database did not answer; the log says why."""

    status = 503
    error = "temporarily_unavailable"
    description = "The token store is unavailable, try again later"
    reason = Refusal.STORE_UNAVAILABLE
    retry_after = 5


#: The errors for an HTTP status that somebody else raised: Werkzeug, or a host's hook.
ERRORS_BY_STATUS: Mapping[int, type[RequestError]] = {
    error.status: error
    for error in (
        InvalidRequest,
        InvalidClient,
        UnauthorizedClient,
        MethodNotAllowed,
        PayloadTooLarge,
        UnsupportedMediaType,
        SlowDown,
        TemporarilyUnavailable,
    )
}
