"""Work on many rows in small batches, while the server runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from .token_tables import OwnTokens

__all__ = ["Batches"]


class Batches(ABC):
    """Work on the rows of one table that need it, in the order of the primary key.

    Each batch is a separate transaction, short enough that nobody waits for it. The writes repeat
    the condition for a row, so that a row that changed since it was chosen stays as it is. Nothing
    is lost if the work is interrupted.
    """

    def __init__(self, own: OwnTokens) -> None:
        self.own = own

    @property
    def table(self) -> str:
        """The name of the table."""
        return self.own.table.name

    @abstractmethod
    def needed(self) -> sa.ColumnElement[bool]:
        """Build the condition for rows that need the work."""

    def columns(self) -> Sequence[sa.Column[Any]]:
        """List what must be read from such rows, besides the primary key."""
        return ()

    @abstractmethod
    def work(self, connection: sa.Connection, found: Sequence[Sequence[Any]]) -> int:
        """Do the work on some rows.

        :param found: their primary keys, then :meth:`columns`.
        :return: on how many rows it was done.
        """

    def count(self) -> int:
        """Count the rows that need the work."""
        statement = sa.select(sa.func.count()).select_from(self.own.table).where(self.needed())
        with self.own.engine.connect() as connection:
            return int(connection.execute(statement).scalar_one())

    def run(self, batch: int) -> Iterator[int]:
        """Do the work, and yield after each batch on how many rows it was done.

        :param batch: how many rows one transaction takes.
        """
        key = self.own.key
        statement = sa.select(*key, *self.columns()).where(self.needed())
        statement = statement.order_by(*key).limit(batch)
        following = statement
        while True:
            with self.own.engine.connect() as connection:
                found = connection.execute(following).all()
            if found:
                with self.own.engine.begin() as connection:
                    done = self.work(connection, found)
                yield done
            if len(found) < batch:
                return
            following = statement.where(self._comes_after(found[-1]))

    def _comes_after(self, row: Sequence[Any]) -> sa.ColumnElement[bool]:
        key = self.own.key
        after: sa.ColumnElement[bool] = sa.tuple_(*key) > sa.tuple_(*row[: len(key)])
        return key[0] > row[0] if len(key) == 1 else after
