"""What a database error says, without the values that were sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

__all__ = ["COLUMN_REMEDY", "TABLE_REMEDY", "is_stale_plan", "is_unwritable", "scrubbed"]

#: Shorter values are left alone: replacing single letters would garble the text, and no token or
#: digest is that short.
_MIN_LENGTH = 4

#: PostgreSQL's "untranslatable character" and "character not in repertoire", MariaDB's "illegal mix
#: of collations".
_UNTRANSLATABLE = frozenset({"22P05", "22021", 1267})

#: "Undefined table" and "undefined column", of PostgreSQL and of MySQL.
_MISSING_TABLE: frozenset[str | int] = frozenset({"42P01", 1146})
_MISSING_COLUMN: frozenset[str | int] = frozenset({"42703", 1054})

#: SQLite has no codes for them.
_SQLITE_MISSING_TABLE = ("no such table",)
_SQLITE_MISSING_COLUMN = ("no such column", "has no column named")

#: What helps. ``create_all`` adds no column to a table that is there.
TABLE_REMEDY = "Run the migrations, or db.create_all() where there are none"
COLUMN_REMEDY = "Run the migrations"


def scrubbed(error: Exception, values: Iterable[Any]) -> str:
    """Write down a database error for a log or a terminal.

    Errors about data and constraints quote what was to be written, so only their type is given. If
    a table or a column is missing, the remedy is given too.

    :param values: what was sent with the statement.
    """
    cause = getattr(error, "orig", None) or error
    name = type(cause).__name__
    if isinstance(error, (DataError, IntegrityError)):
        return f"{name} (its text may quote values)"
    text = str(cause).partition("[SQL:")[0]
    for value in values:
        written = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
        if isinstance(written, str) and len(written) >= _MIN_LENGTH:
            text = text.replace(written, "[...]")
    said = f"{name}: {' '.join(text.split())}"
    remedy = _remedy(error)
    return f"{said.rstrip('.')}. {remedy}" if remedy else said


def is_unwritable(error: Exception, parameters: Mapping[str, Any]) -> bool:
    """Tell whether a database refused a look-up with a character that it cannot encode.

    A client id may be any text, and a database or a column may have an encoding that is not UTF-8.
    """
    if all(value.isascii() for value in parameters.values() if isinstance(value, str)):
        return False
    if isinstance(error, UnicodeEncodeError):
        return True
    if not isinstance(error, SQLAlchemyError):
        return False
    return not _UNTRANSLATABLE.isdisjoint(_codes(error))


def is_stale_plan(error: SQLAlchemyError) -> bool:
    """Tell whether a prepared statement is older than the table that it reads.

    PostgreSQL refuses such a statement on that connection from then on.
    """
    return _sqlstate(error) == "0A000"


def _remedy(error: Exception) -> str | None:
    """Say what helps if the database lacks a table or a column that a statement names."""
    if _is_among(error, _MISSING_TABLE, _SQLITE_MISSING_TABLE):
        return TABLE_REMEDY
    if _is_among(error, _MISSING_COLUMN, _SQLITE_MISSING_COLUMN):
        return COLUMN_REMEDY
    return None


def _is_among(error: Exception, codes: frozenset[str | int], texts: Sequence[str]) -> bool:
    """Recognize an error by its code, or by its text if it is SQLite's."""
    if not codes.isdisjoint(_codes(error)):
        return True
    cause = getattr(error, "orig", None)
    is_sqlite = type(cause).__module__.startswith("sqlite3")
    return is_sqlite and any(text in str(cause) for text in texts)


def _codes(error: Exception) -> set[str | int | None]:
    """Collect what names an error: PostgreSQL's five characters, the number of MySQL."""
    first = next(iter(getattr(getattr(error, "orig", None), "args", ())), None)
    return {_sqlstate(error), first if isinstance(first, int) else None}


def _sqlstate(error: Exception) -> str | None:
    """Read the five characters by which PostgreSQL names an error, if the driver has them."""
    cause = getattr(error, "orig", None)
    state = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    if state is None:  # pg8000 gives the server's fields as a dict
        fields = next(iter(getattr(cause, "args", ())), None)
        state = fields.get("C") if isinstance(fields, dict) else None
    return state
