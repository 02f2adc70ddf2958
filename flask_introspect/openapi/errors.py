"""Requests that get no answer about a token, by status."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from ..endpoint import Endpoint
from ..errors import (
    InsufficientScope,
    InvalidClient,
    InvalidRequest,
    InvalidToken,
    MethodNotAllowed,
    PayloadTooLarge,
    RequestError,
    ServerError,
    SlowDown,
    TemporarilyUnavailable,
    UnauthorizedClient,
    UnsupportedMediaType,
)
from ..settings import Settings
from ..wire import FORM, JSON, Dialect
from .examples import of_error
from .headers import challenge, refer
from .schemas import one_of

__all__ = ["errors"]


class _Entry(NamedTuple):
    """A status: what it means, the errors that have it, the headers that come with it."""

    description: str
    shown: Sequence[RequestError]
    headers: Sequence[str] = ()
    challenge: Mapping[str, Any] = MappingProxyType({})
    dialects: Sequence[Dialect] = (JSON, FORM)


def errors(endpoint: Endpoint) -> dict[str, Any]:
    """Describe the errors that there are with this configuration, by status."""
    found = {str(entry.shown[0].status): _response(endpoint, entry) for entry in _entries(endpoint)}
    other = _Entry("Refused by a hook of the application's, with another status.", ())
    return {**found, "default": _response(endpoint, other)}


def _entries(endpoint: Endpoint) -> Iterator[_Entry]:
    settings = endpoint.settings
    yield _Entry(
        "The request has a fault; the text says which.",
        [InvalidRequest("token: it is missing")],
    )
    yield _unauthenticated(endpoint)
    yield _forbidden(settings)
    yield _Entry("Another method than POST.", [MethodNotAllowed()], ["Allow"])
    yield _Entry(f"The body is over {settings.max_body_bytes} bytes.", [PayloadTooLarge()])
    # A caller that sends another type speaks neither dialect, and gets the RFC's words.
    said = "The body is neither JSON nor a form."
    yield _Entry(said, [UnsupportedMediaType()], dialects=[FORM])
    if _is_limited(settings):
        yield _Entry("A limit is reached.", [SlowDown()], ["Retry-After"])
    yield _Entry("Something unforeseen; the server's log says what.", [ServerError()])
    yield _Entry("Try again later.", [TemporarilyUnavailable()], ["Retry-After"])


def _unauthenticated(endpoint: Endpoint) -> _Entry:
    """Describe 401: it has a challenge if a method on offer has an HTTP scheme."""
    bearer = [InvalidToken()] if "bearer" in endpoint.settings.auth_methods else []
    said = "Client authentication failed: no credentials, wrong ones, or a client that may not."
    sent = challenge(endpoint.authenticator.schemes, required=True)
    return _Entry(said, [InvalidClient(), *bearer], challenge=sent)


def _forbidden(settings: Settings) -> _Entry:
    said = "The client is not allowed to introspect tokens."
    if "bearer" not in settings.auth_methods:
        return _Entry(said, [UnauthorizedClient()])
    scope = InsufficientScope(settings.bearer_scope)
    return _Entry(
        f"{said} Or the bearer token lacks the scope `{settings.bearer_scope}`, which the challenge"
        " then says.",
        [UnauthorizedClient(), scope],
        challenge=challenge(["bearer"], required=False),
    )


def _is_limited(settings: Settings) -> bool:
    return bool(
        settings.failed_auth_limit
        or settings.failed_auth_address_limit
        or settings.rate_limit
        or settings.inactive_limit
    )


def _response(endpoint: Endpoint, entry: _Entry) -> dict[str, Any]:
    examples = {
        f"{error.error}, {content_type}": example
        for error in entry.shown
        for content_type, example in of_error(error, entry.dialects).items()
    }
    content: dict[str, Any] = {"schema": one_of("Envelope", "OAuthError")}
    if examples:
        content["examples"] = examples
    return {
        "description": entry.description,
        "headers": {**refer(endpoint, entry.headers), **entry.challenge},
        "content": {JSON.content_type: content},
    }
