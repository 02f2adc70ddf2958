"""The documented API's dialect: JSON both ways."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from ..errors import RequestError
from .parameters import CREDENTIALS, Parameters
from .responses import Dialect, Verdict, envelope

__all__ = ["JSON"]


class _Pairs(list[tuple[str, Any]]):
    """A JSON object before its names are made unique."""


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


# No parameter is a number. Python reads no integer of more than 4,300 digits; a float has no limit.
_decoder = json.JSONDecoder(
    object_pairs_hook=_Pairs, parse_int=float, parse_constant=_refuse_constant
)


def _read(body: bytes) -> Parameters:
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
            parameters.take(document)
        else:
            parameters.fault = "The body must be a JSON object"
    _check_credentials(parameters)
    return parameters


def _check_credentials(parameters: Parameters) -> None:
    """Note credentials that are no text, and drop empty ones, which are as good as left out."""
    for name in CREDENTIALS & parameters.values.keys():
        value = parameters.values[name]
        if value is None or value == "":
            del parameters.values[name]
        elif not isinstance(value, str):
            parameters.note(name, "it must be a string")


def _error(error: RequestError) -> Verdict:
    return envelope(error.status, error.description)


JSON = Dialect("application/json", _read, _error, unknown_is_inactive=False)
