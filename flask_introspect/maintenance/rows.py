"""A model's own table: what of it can be written, with which engine, and what its columns take."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError, StatementError
from sqlalchemy.orm import Mapper

from ..blueprint import Endpoint, bind_key
from ..errors import IntrospectError
from ..mapping import ClientTable, Lookup, TokenTable, python_type
from ..readers import Reader
from ..records import Kind, Right

__all__ = [
    "MaintenanceError",
    "Rows",
    "choice",
    "database_problem",
    "fitting",
    "flag",
    "moment",
    "must_be_given",
    "only",
    "texts",
    "typed",
]


class MaintenanceError(IntrospectError):
    """What was asked for cannot be done. The text says why, and never holds a token or a secret."""


def database_problem(error: SQLAlchemyError) -> str:
    """What a database error says, as far as it cannot hold a token, a secret, or a digest."""
    cause = getattr(error, "orig", None) or error
    name = type(cause).__name__
    if isinstance(error, (IntegrityError, DataError)):  # these quote the values
        return f"The database refused what was to be written ({name}): a constraint of the table, or of a column"
    if not isinstance(error, StatementError):
        return f"The database could not be used: {error}"
    sent = error.params if isinstance(error.params, (list, tuple)) else [error.params]
    text = " ".join(str(cause).split())
    for values in sent:
        for value in values.values() if isinstance(values, dict) else values or ():
            if isinstance(value, (str, bytes)) and value:
                text = text.replace(str(value), "[...]")
    return f"The database did not do it ({name}): {text}"


# A model's own table


class Rows:
    """A model's own table, and which of its columns the canonical fields are mapped to.

    :param mapped: from canonical field to what it is mapped to.
    :param setting: the configuration key that the mapping stands under, for errors.
    :raise MaintenanceError: the model is not one table.
    """

    def __init__(self, endpoint: Endpoint, model: type, mapped: Mapping[str, Any], setting: str) -> None:
        mapper: Mapper[Any] = sa.inspect(model)
        table = mapper.local_table
        if not isinstance(table, sa.Table) or len(mapper.tables) > 1:
            raise MaintenanceError(f"{model.__name__} is not mapped to one table, so it cannot be written")
        self.endpoint = endpoint
        self.model = model
        self.mapped = mapped
        self.setting = setting
        self.table = table
        self.key = list(mapper.primary_key)
        self.engine = _writing_engine(endpoint, model)
        self.identity: dict[Any, Any] = (
            {mapper.polymorphic_on: mapper.polymorphic_identity}
            if mapper.polymorphic_on is not None and mapper.polymorphic_identity is not None
            else {}
        )

    def own(self, spec: Any) -> sa.Column[Any] | None:
        """The column of this table that a mapping names, or ``None`` for everything else."""
        if isinstance(spec, Lookup):
            spec = spec.column
        if isinstance(spec, str):
            spec = getattr(self.model, spec, None)  # a path has a dot, and no attribute has
        element = spec.__clause_element__() if hasattr(spec, "__clause_element__") else spec
        return element if isinstance(element, sa.Column) and self.table.c.contains_column(element) else None

    def writable(self, name: str) -> bool:
        """Whether a canonical field can be written."""
        return self.own(self.mapped.get(name)) is not None

    def column(self, name: str) -> sa.Column[Any]:
        """The column of a canonical field.

        :raise MaintenanceError: there is none, or it cannot be written through the mapping.
        """
        spec = self.mapped.get(name)
        column = self.own(spec)
        if column is not None:
            return column
        if spec is None:
            raise MaintenanceError(
                f"{self.model.__name__} has no column for {name!r}. Add one and map it in {self.setting}"
            )
        what = repr(spec) if isinstance(spec, str) else "an expression"
        raise MaintenanceError(
            f"{name!r} of {self.model.__name__} is mapped to {what}, which can be read but not written: "
            f"it is no column of {self.table.name}. Change it in the host's own way, or map such a column in "
            f"{self.setting}"
        )

    def where(self, row: Sequence[Any]) -> sa.ColumnElement[bool]:
        """The condition for the row with this primary key."""
        return sa.and_(*(column == value for column, value in zip(self.key, row, strict=False)))

    def insert(self, values: Mapping[sa.Column[Any], Any]) -> None:
        """Add a row.

        :raise MaintenanceError: a column must be filled that nothing is known about.
        """
        filled: dict[sa.Column[Any], Any] = {**self.identity, **values}
        given = {column.name for column in filled}
        missing = [column.name for column in self.table.c if column.name not in given and must_be_given(column)]
        if missing:
            raise MaintenanceError(
                f"{self.table.name} cannot be added to: it needs a value for {', '.join(missing)}, and the "
                "mapping gives none"
            )
        with self.engine.begin() as connection:
            connection.execute(sa.insert(self.table), {column.key: value for column, value in filled.items()})

    def update(self, row: Sequence[Any], values: Mapping[sa.Column[Any], Any]) -> None:
        """Change a row."""
        with self.engine.begin() as connection:
            connection.execute(sa.update(self.table).where(self.where(row)).values(dict(values)))


def must_be_given(column: sa.Column[Any]) -> bool:
    """Whether a row cannot be added without a value for a column."""
    filled_by_itself = (
        column.nullable
        or column.default is not None
        or column.server_default is not None
        or column is column.table.autoincrement_column
    )
    return not filled_by_itself


def _writing_engine(endpoint: Endpoint, model: type) -> sa.Engine:
    """The engine to write with, which logs no value: Flask-SQLAlchemy's, else that of ``INTROSPECT_SESSION``."""
    extensions = current_app.extensions
    session = endpoint.settings.session
    mapper: Mapper[Any] = sa.inspect(model)
    metadata = mapper.local_table.metadata  # type: ignore[attr-defined]
    if session is None or ("sqlalchemy" in extensions and metadata in extensions["sqlalchemy"].metadatas.values()):
        engine = extensions["sqlalchemy"].engines[bind_key(model)]
    else:
        given = session()
        engine = given if isinstance(given, sa.Engine) else getattr(given, "engine", None) or given.get_bind(model)
        engine = engine.engine  # of a Connection, which a Session may be bound to
    quiet: sa.Engine = engine.execution_options()
    quiet.hide_parameters = True
    quiet._should_log_debug = _never  # type: ignore[method-assign]  # it would log the rows that are read
    return quiet


def _never() -> bool:
    return False


# What a column takes


def moment(expression: sa.ColumnElement[Any], epoch: float) -> Any:
    """A time as a column holds times: a datetime (naive ones are UTC), or epoch seconds."""
    if python_type(expression) is not datetime:
        return int(epoch)
    found = datetime.fromtimestamp(int(epoch), timezone.utc)
    return found if getattr(expression.type, "timezone", False) else found.replace(tzinfo=None)


def flag(column: sa.Column[Any], on: bool, now: float) -> Any:
    """A flag as a column holds it: a boolean, a small number, or the time when it was set."""
    if python_type(column) is bool:
        return on
    if isinstance(column.type, sa.SmallInteger):
        return int(on)
    if on:
        return moment(column, now)
    return None if column.nullable else 0


def texts(column: sa.Column[Any], values: Sequence[str]) -> Any:
    """Several names as a column holds them: a list, or a text with one name or with a JSON list."""
    if isinstance(column.type, (sa.JSON, sa.ARRAY)):
        return list(values)
    return values[0] if len(values) == 1 else json.dumps(list(values))


def typed(column: sa.Column[Any], text: str) -> Any:
    """A text as a column holds it, for columns of numbers and UUIDs."""
    kind = python_type(column)
    try:
        return kind(text) if kind in (int, uuid.UUID) else text
    except ValueError:
        raise MaintenanceError(f"{column.table.name}.{column.name} holds values of type {column.type!r} only") from None


def fitting(column: sa.Column[Any], text: str, what: str) -> str:
    """A text, if a column is long enough for it.

    :raise MaintenanceError: it is not; ``what`` says of what kind the text is.
    """
    length = getattr(column.type, "length", None)
    if length is not None and len(text) > length:
        raise MaintenanceError(
            f"{column.table.name}.{column.name} holds {length} characters, and {what} needs {len(text)}. "
            "Widen the column"
        )
    return text


def choice(column: sa.Column[Any], wanted: Right | Kind, reader: Reader) -> Any:
    """A word as a column holds it: of the words that an enumeration knows, the one that is read as the wanted one."""
    if isinstance(column.type, sa.Enum):
        for word in column.type.enum_class or column.type.enums:
            try:
                if reader(word) is wanted:
                    return word
            except ValueError:
                continue
    return wanted.value


def only(table: ClientTable | TokenTable) -> list[sa.ColumnElement[bool]]:
    """The conditions that every row of a model must meet, for models that share a table."""
    return [] if table.only is None else [table.only]
