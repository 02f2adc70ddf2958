"""What can go wrong in a command, in words that hold no token and no secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError, StatementError

from ..errors import IntrospectError
from ..storage.failures import scrubbed

__all__ = ["AdminError", "database_problem"]


class AdminError(IntrospectError):
    """What was asked for cannot be done. The text says why, and holds no token and no secret."""


def database_problem(error: SQLAlchemyError) -> str:
    """Describe a database error, without the values that were sent."""
    if isinstance(error, (IntegrityError, DataError)):  # their texts quote values, also stored ones
        name = type(error.orig).__name__
        return (
            f"The database refused what was to be written ({name}): "
            "a constraint of the table, or of a column"
        )
    if not isinstance(error, StatementError):
        return f"The database could not be used: {error}"
    return f"The database did not do it: {scrubbed(error, _sent(error.params))}"


def _sent(parameters: Any) -> Iterator[Any]:
    """List the values sent with a statement, for one row or many."""
    if isinstance(parameters, Mapping):
        yield from parameters.values()
    elif isinstance(parameters, (list, tuple)):
        for each in parameters:
            yield from _sent(each) if isinstance(each, (Mapping, list, tuple)) else [each]
