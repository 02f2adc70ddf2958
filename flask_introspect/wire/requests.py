"""From an HTTP request to its dialect and its parameters."""

from __future__ import annotations

from functools import lru_cache

from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.wrappers import Request

from ..errors import InvalidRequest, PayloadTooLarge, UnsupportedMediaType
from .form import FORM, parameters_of_form
from .json_api import JSON
from .parameters import Parameters
from .responses import Dialect

__all__ = ["FORM", "JSON", "dialect_of", "read_request"]

_CUT_SHORT = "The body is shorter than its Content-Length"
_UNREADABLE = "The body cannot be read"


@lru_cache(256)
def dialect_of(content_type: str) -> Dialect | None:
    """Find the dialect that a ``Content-Type`` header picks, whatever its parameters say."""
    media_type = parse_options_header(content_type)[0].lower()
    return next((each for each in (JSON, FORM) if each.content_type == media_type), None)


def read_request(http: Request, max_body_bytes: int) -> tuple[Dialect, Parameters]:
    """Read a request: its dialect, and its parameters.

    :param max_body_bytes: a longer body is refused before it is read.
    :raise UnsupportedMediaType: there is a body in no dialect.
    :raise PayloadTooLarge: the body is too long.
    :raise InvalidRequest: the body cannot be read.
    """
    content_type = http.environ.get("CONTENT_TYPE", "")
    dialect = dialect_of(content_type)
    if dialect is None:
        if content_type or _has_body(http, max_body_bytes):
            raise UnsupportedMediaType()
        dialect = FORM
    body = _read_body(http, max_body_bytes)
    parameters = dialect.read(body) if body else _read_consumed(http, dialect)
    if query := http.environ.get("QUERY_STRING"):
        parameters.refuse_query(query)
    return dialect, parameters


def _has_body(http: Request, limit: int) -> bool:
    try:
        return bool(_read_body(http, limit))
    except PayloadTooLarge:
        return True


def _read_body(http: Request, limit: int) -> bytes:
    size = http.content_length
    if size is not None and size > limit:
        raise PayloadTooLarge()
    # Werkzeug refuses a chunked body as soon as it reaches its limit. With one byte more, a body
    # of exactly our limit passes.
    http.max_content_length = limit + 1
    try:
        body = http.get_data()
    except RequestEntityTooLarge:
        raise PayloadTooLarge() from None
    except ClientDisconnected:
        raise InvalidRequest(_UNREADABLE if size is None else _CUT_SHORT) from None
    except Exception:  # each server raises its own, such as gunicorn for a bad chunk
        raise InvalidRequest(_UNREADABLE) from None
    if len(body) > limit:  # a hook of the host's read it before, with a limit of its own
        raise PayloadTooLarge()
    if body and size is not None and len(body) < size:
        raise InvalidRequest(_CUT_SHORT)
    return body


def _read_consumed(http: Request, dialect: Dialect) -> Parameters:
    """Read the parameters if no body is left.

    A hook of the host may have parsed the form; Werkzeug keeps the result.
    """
    form = http.form if dialect is FORM else None
    if http.content_length and not form:
        raise InvalidRequest(_CUT_SHORT)
    return parameters_of_form(form.items(multi=True)) if form else Parameters()
