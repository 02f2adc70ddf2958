"""RFC 7662's dialect: a form in, JSON out."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qsl

from ..errors import RequestError
from ..texts import has_surrogate
from .parameters import CREDENTIALS, Parameters
from .responses import Dialect, Verdict, encode

__all__ = ["FORM", "parameters_of_form"]

#: How many parameters a form may have.
_MAX_FIELDS = 100


def _read(body: bytes) -> Parameters:
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "surrogateescape"),
            keep_blank_values=True,
            errors="surrogateescape",
            max_num_fields=_MAX_FIELDS,
        )
    except ValueError:
        return Parameters(fault=f"The body has more than {_MAX_FIELDS} parameters")
    return parameters_of_form(pairs)


def parameters_of_form(pairs: Iterable[tuple[str, str]]) -> Parameters:
    """Take the parameters of an already parsed form."""
    parameters = Parameters()
    parameters.take(pairs)
    for name, value in list(parameters.values.items()):
        if not value.isascii() and has_surrogate(value):
            parameters.note(name, "it is not valid UTF-8")
        if name in CREDENTIALS and not value:  # as good as left out (RFC 6749 section 3.2)
            del parameters.values[name]
    return parameters


def _error(error: RequestError) -> Verdict:
    """Write an error as :rfc:`6749` section 5.2 has it."""
    body = {"error": error.error, "error_description": error.description}
    return Verdict(error.status, encode(body))


FORM = Dialect("application/x-www-form-urlencoded", _read, _error, unknown_is_inactive=True)
