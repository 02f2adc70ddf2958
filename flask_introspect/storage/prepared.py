"""SELECTs as the driver takes them, for connections that nobody hooks into.

SQLAlchemy writes a statement, and says how values are converted on their way there and back. That
is done once. Its other work on each execution serves events and results of many shapes; here that
would be a fifth of an answer's time (``docs/speed.rst``).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.sql.compiler import SQLCompiler

__all__ = ["PreparedStatements"]

Convert = Callable[[Any], Any]
Row = Sequence[Any]


class PreparedStatements:
    """The statements of one engine, each prepared at its first use.

    :param engine: whose dialect and log they are for.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._dialect = engine.dialect
        self._logger = engine.logger
        self._prepared: dict[sa.Select[Any], _Prepared] = {}

    def rows(
        self, connection: Any, statement: sa.Select[Any], parameters: Mapping[str, Any]
    ) -> Sequence[Row]:
        """Read all rows of a statement.

        :param connection: the driver's.
        :raise sqlalchemy.exc.SQLAlchemyError: the database did not answer.
        """
        prepared = self._prepared.get(statement)
        if prepared is None:
            prepared = _Prepared(statement, parameters, self._dialect)
            self._prepared[statement] = prepared
        if self._logger.isEnabledFor(logging.INFO):
            self._logger.info(prepared.text)
        return prepared.rows(connection, parameters)


class _Prepared:
    """One statement.

    :param parameters: some, since a statement may have others for each number of values in a list.
        Those lists are the host's, and always the same.
    :ivar text: the statement.
    """

    def __init__(
        self, statement: sa.Select[Any], parameters: Mapping[str, Any], dialect: sa.Dialect
    ) -> None:
        self._dialect = dialect
        compiled: Any = statement.compile(dialect=dialect)
        expanded = compiled.construct_expanded_state(parameters, escape_names=False)
        self.text: str = expanded.statement
        self._order: Sequence[str] | None = expanded.positiontup
        writers = {**_writers(compiled, dialect), **expanded.processors}
        self._writers = [(name, writers[name]) for name in parameters if name in writers]
        # Names that stand in the statement are escaped there, such as that of an odd column.
        escaped = {} if compiled.positional else compiled.escaped_bind_names
        self._constant = {
            escaped.get(name, name): writers[name](value) if name in writers else value
            for name, value in expanded.parameters.items()
            if name not in parameters
        }
        self._types = [each["type"] for each in statement.column_descriptions]
        self._readers: Sequence[tuple[int, Convert]] | None = None

    def rows(self, connection: Any, parameters: Mapping[str, Any]) -> Sequence[Row]:
        """Read all rows."""
        try:
            sent = self._sent(parameters)
        except Exception as error:  # a type of the host's takes no such value
            raise self._explained(error) from None
        cursor = None
        try:
            cursor = connection.cursor()
            cursor.execute(self.text, sent)
            rows: Sequence[Row] = cursor.fetchall()
            if self._readers is None:
                self._readers = self._make_readers(cursor.description)
            cursor.close()  # where anything was raised, the connection is closed
        except self._dialect.loaded_dbapi.Error as error:
            is_cut = self._dialect.is_disconnect(error, connection, cursor)
            raise self._explained(error, is_cut) from None
        return _read(rows, self._readers) if self._readers else rows

    def _sent(self, parameters: Mapping[str, Any]) -> Any:
        """Write the parameters as the driver takes them: by name, or by position."""
        values = {**self._constant, **parameters}
        for name, write in self._writers:
            values[name] = write(values[name])
        if self._order is None:
            return values
        return self._dialect.execute_sequence_format([values[name] for name in self._order])

    def _make_readers(self, description: Sequence[Any]) -> Sequence[tuple[int, Convert]]:
        """Find the conversions of a row's values, as the driver describes its columns."""
        readers = []
        for n, (kind, column) in enumerate(zip(self._types, description, strict=True)):
            read = kind.dialect_impl(self._dialect).result_processor(self._dialect, column[1])
            if read is not None:
                readers.append((n, read))
        return readers

    def _explained(self, error: Exception, is_cut: bool = False) -> BaseException:
        """Make the error that SQLAlchemy would raise.

        :param is_cut: whether the connection is useless now.
        """
        explained: BaseException = exc.DBAPIError.instance(
            self.text,
            None,
            error,
            self._dialect.loaded_dbapi.Error,
            hide_parameters=True,
            connection_invalidated=is_cut,
            dialect=self._dialect,
        )
        return explained


def _read(rows: Sequence[Row], readers: Sequence[tuple[int, Convert]]) -> Sequence[Row]:
    """Convert the values of rows."""
    converted = []
    for row in rows:
        values = list(row)
        for n, read in readers:
            values[n] = read(values[n])
        converted.append(tuple(values))
    return converted


def _writers(compiled: SQLCompiler, dialect: sa.Dialect) -> Mapping[str, Convert]:
    """Find the conversions of parameters, by their names."""
    found = {}
    for name, parameter in compiled.binds.items():
        write = parameter.type.dialect_impl(dialect).bind_processor(dialect)
        if write is not None:
            found[name] = write
    return found
