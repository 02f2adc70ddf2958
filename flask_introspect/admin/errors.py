"""What can go wrong in a command, in words that hold no token and no secret."""

from __future__ import annotations

from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError, StatementError

from ..errors import IntrospectError

__all__ = ["AdminError", "database_problem"]


class AdminError(IntrospectError):
    """What was asked for cannot be done. The text says why, and holds no token and no secret."""


def database_problem(error: SQLAlchemyError) -> str:
    """Say what a database error is about, without the values that were sent."""
    cause = getattr(error, "orig", None) or error
    name = type(cause).__name__
    if isinstance(error, (IntegrityError, DataError)):  # their texts quote values, also stored ones
        return (
            f"The database refused what was to be written ({name}): "
            "a constraint of the table, or of a column"
        )
    if not isinstance(error, StatementError):
        return f"The database could not be used: {error}"
    return f"The database did not do it ({name}): {_scrubbed(error, str(cause))}"


def _scrubbed(error: StatementError, text: str) -> str:
    """Take the values that were sent out of a text."""
    text = " ".join(text.split())
    sent = error.params if isinstance(error.params, (list, tuple)) else [error.params]
    for values in sent:
        for value in values.values() if isinstance(values, dict) else values or ():
            if isinstance(value, (str, bytes)) and value:
                text = text.replace(str(value), "[...]")
    return text
