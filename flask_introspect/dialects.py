"""The two dialects of the endpoint: reading a body's parameters, writing an answer or an error. No Flask."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from werkzeug.http import parse_options_header

from .credentials import has_surrogate
from .errors import RequestError
from .records import Introspection

__all__ = ["FORM", "JSON", "Dialect", "Parameters", "Verdict", "dialect_of", "fault_in_query"]

_CREDENTIALS = ("client_id", "client_secret")
_KNOWN = frozenset({"token", "token_type_hint", *_CREDENTIALS})

#: What must never stand in a URL, where every log keeps it (:rfc:`7662` section 4, :rfc:`6749` section 2.3.1).
_SECRET_IN_QUERY = frozenset({"client_secret", "client_assertion"})
_TOKEN_IN_QUERY = frozenset({"token", "access_token", "refresh_token"})

#: How many parameters a form may have.
_MAX_FIELDS = 100


@dataclass
class Parameters:
    """What a body holds, read once. Faults are noted here, and reported when it is their turn.

    :ivar values: the parameters that this endpoint knows.
    :ivar fault: what is wrong with the request; told to callers who proved who they are.
    :ivar credential_fault: what is wrong with the credentials in it.
    """

    values: dict[str, Any] = field(default_factory=dict)
    fault: str | None = None
    credential_fault: str | None = None

    def get(self, name: str) -> Any:
        """A parameter's value, or ``None``."""
        return self.values.get(name)

    def note(self, name: str, problem: str) -> None:
        """Note what is wrong with one parameter; the first fault counts."""
        text = f"{name}: {problem}"
        if name in _CREDENTIALS:
            self.credential_fault = self.credential_fault or text
        else:
            self.fault = self.fault or text


@dataclass(frozen=True)
class Verdict:
    """An answer before it becomes a response: status and body."""

    status: int
    body: bytes


def _encode(value: Mapping[str, Any]) -> bytes:
    return _encoder.encode(value).encode()


_encoder = json.JSONEncoder(allow_nan=False)
_INACTIVE = Verdict(200, _encode({"active": False}))


def _envelope(status: int, text: str) -> Verdict:
    """An error as the documented API has it."""
    return Verdict(
        status, _encode({"code": f"{status}000", "status_code": status, "status": "undefined", "error": text})
    )


def _standard_error(status: int, error: str, description: str) -> Verdict:
    """An error as :rfc:`6749` section 5.2 has it."""
    return Verdict(status, _encode({"error": error, "error_description": description}))


#: The documented answers about a token that is not there, by whether a refresh token was asked for.
_NOT_FOUND = {
    "refresh_token": _envelope(404, "Refresh token not found"),
    "access_token": _envelope(404, "Access token not found"),
}


@dataclass(frozen=True)
class Dialect:
    """One of the ways to speak with the endpoint.

    :ivar content_type: the media type that picks it.
    :ivar read: from a body's text to its parameters; never raises.
    :ivar error: from an error to its verdict.
    :ivar unknown_is_inactive: whether an unknown token is answered like an inactive one.
    """

    content_type: str
    read: Callable[[bytes], Parameters]
    error: Callable[[RequestError], Verdict]
    unknown_is_inactive: bool

    def answer(self, introspection: Introspection, hint: Any, unknown_is_inactive: bool | None) -> Verdict:
        """The answer about a token.

        :param hint: the hint as presented: it chooses the words about a token that is not there.
        :param unknown_is_inactive: the host's choice, or ``None`` for this dialect's own.
        """
        if introspection.active:
            return Verdict(200, _encode(introspection.claims))
        inactive = self.unknown_is_inactive if unknown_is_inactive is None else unknown_is_inactive
        if introspection.known or inactive:
            return _INACTIVE
        return _NOT_FOUND["refresh_token" if hint == "refresh_token" else "access_token"]


# JSON: the documented API


class _Pairs(list[tuple[str, Any]]):
    """A JSON object before its names are made unique."""


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_decoder = json.JSONDecoder(object_pairs_hook=_Pairs, parse_constant=_refuse_constant)


def _read_json(body: bytes) -> Parameters:
    parameters = Parameters()
    if not body:
        return parameters
    try:
        document = _decoder.decode(body.decode())
    except UnicodeDecodeError:
        parameters.fault = "The body is not valid UTF-8"
    except (ValueError, RecursionError):
        parameters.fault = "The body is not valid JSON"
    else:
        if isinstance(document, _Pairs):
            _take(parameters, document)
        else:
            parameters.fault = "The body must be a JSON object"
    for name in _CREDENTIALS:
        value = parameters.get(name)
        if value is None or value == "":
            parameters.values.pop(name, None)
        elif not isinstance(value, str):
            parameters.note(name, "it must be a string")
    return parameters


def _json_error(error: RequestError) -> Verdict:
    return _envelope(error.status, error.description)


# Forms: RFC 7662


def _read_form(body: bytes) -> Parameters:
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "surrogateescape"),
            keep_blank_values=True,
            errors="surrogateescape",
            max_num_fields=_MAX_FIELDS,
        )
    except ValueError:
        return Parameters(fault=f"The body has more than {_MAX_FIELDS} parameters")
    return form_parameters(pairs)


def form_parameters(pairs: Iterable[tuple[str, str]]) -> Parameters:
    """The parameters of a form that is parsed already, by this module or by the host's own use of the request."""
    parameters = Parameters()
    _take(parameters, pairs)
    for name, value in list(parameters.values.items()):
        if has_surrogate(value):
            parameters.note(name, "it is not valid UTF-8")
        if name in _CREDENTIALS and not value:  # without a value is as good as left out (RFC 6749 section 3.2)
            del parameters.values[name]
    return parameters


def _form_error(error: RequestError) -> Verdict:
    return _standard_error(error.status, error.error, error.description)


def _take(parameters: Parameters, pairs: Iterable[tuple[str, Any]]) -> None:
    """Take the known parameters; one that is sent twice means nothing (:rfc:`6749` section 3.2)."""
    for name, value in pairs:
        if name in _KNOWN:
            if name in parameters.values:
                parameters.note(name, "it is sent more than once")
            parameters.values[name] = value


JSON = Dialect("application/json", _read_json, _json_error, unknown_is_inactive=False)
FORM = Dialect("application/x-www-form-urlencoded", _read_form, _form_error, unknown_is_inactive=True)


@lru_cache(256)
def dialect_of(content_type: str) -> Dialect | None:
    """The dialect that a ``Content-Type`` header picks, whatever its parameters say."""
    media_type = parse_options_header(content_type)[0].lower()
    return next((dialect for dialect in (JSON, FORM) if dialect.content_type == media_type), None)


def fault_in_query(query: str, parameters: Parameters) -> None:
    """Note a token or a secret in the query string, where it is never honoured."""
    for name, _ in parse_qsl(query, keep_blank_values=True, errors="replace"):
        if name in _SECRET_IN_QUERY:
            parameters.credential_fault = f"{name}: it must not be sent in the query string"
        elif name in _TOKEN_IN_QUERY:
            parameters.note(name, "it must not be sent in the query string")
