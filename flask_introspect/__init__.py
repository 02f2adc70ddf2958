"""The OAuth 2.0 token introspection endpoint (:rfc:`7662`) for Flask authorization servers."""

from .blueprint import IntrospectBlueprint, introspect_bp
from .endpoint import check_secret, introspect
from .errors import (
    ConfigError,
    IntrospectError,
    InvalidClient,
    InvalidRequest,
    TemporarilyUnavailable,
    UnauthorizedClient,
)
from .events import RequestRefused, TokenIntrospected, request_refused, token_introspected
from .records import Client, Introspection, Kind, Reason, Refusal, Right, Token
from .storage.mapping import json_key, plain, sha256
from .version import __version__

__all__ = [
    "Client",
    "ConfigError",
    "IntrospectBlueprint",
    "IntrospectError",
    "Introspection",
    "InvalidClient",
    "InvalidRequest",
    "Kind",
    "Reason",
    "Refusal",
    "RequestRefused",
    "Right",
    "TemporarilyUnavailable",
    "Token",
    "TokenIntrospected",
    "UnauthorizedClient",
    "__version__",
    "check_secret",
    "introspect",
    "introspect_bp",
    "json_key",
    "plain",
    "request_refused",
    "sha256",
    "token_introspected",
]
