"""Delete tokens that have been dead for long enough."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from ..endpoint import Endpoint
from ..records import Kind
from ..storage.mapping import python_type
from .batches import Batches
from .mapped import only
from .token_tables import OwnTokens, token_tables
from .values import moment

__all__ = ["Purge", "purges"]


class Purge(Batches):
    """Deletes the rows of a table in which every token ended or was revoked before a given time.

    :param before: epoch seconds.
    :param tables: the token tables of the endpoint. A row stays as long as another of them refers
        to it.
    """

    def __init__(self, own: OwnTokens, before: float, tables: Collection[sa.Table]) -> None:
        super().__init__(own)
        self._before = before
        self._needed = sa.and_(self._all_dead(), *self._unreferenced(tables), *only(own.mapping))

    def needed(self) -> sa.ColumnElement[bool]:
        return self._needed

    def work(self, connection: sa.Connection, found: Sequence[Sequence[Any]]) -> int:
        key = self.own.key
        if len(key) == 1:
            chosen = key[0].in_([row[0] for row in found])
        else:
            chosen = sa.tuple_(*key).in_([tuple(row) for row in found])
        statement = sa.delete(self.own.table).where(chosen, self._needed)
        return connection.execute(statement).rowcount

    def _all_dead(self) -> sa.ColumnElement[bool]:
        """Build the condition for rows in which no token lives, a refresh token included."""
        access, refresh = self._dead(Kind.ACCESS), self._dead(Kind.REFRESH)
        if self.own.mapping.has_kind:
            if self.own.state(Kind.ACCESS) == self.own.state(Kind.REFRESH):
                return access
            kind = sa.func.lower(sa.cast(self.own.value("kind"), sa.String(32)))
            is_refresh = kind.in_(["refresh", "refresh_token"])
            return sa.or_(sa.and_(is_refresh, refresh), sa.and_(sa.not_(is_refresh), access))
        if self.own.mapping.shared:
            return sa.and_(
                sa.or_(self._absent(Kind.ACCESS), access),
                sa.or_(self._absent(Kind.REFRESH), refresh),
            )
        return access if self.own.keys_of(Kind.ACCESS) else refresh

    def _absent(self, kind: Kind) -> sa.ColumnElement[bool]:
        """Build the condition for rows that hold no token of a kind."""
        return sa.and_(*(_is_empty(key.column) for key in self.own.keys_of(kind)))

    def _dead(self, kind: Kind) -> sa.ColumnElement[bool]:
        """Build the condition for rows whose token of a kind ended or was revoked in time."""
        exp, revoked = self.own.state(kind)
        grounds: list[sa.ColumnElement[bool]] = []
        if exp is not None:
            end = self.own.value(exp)
            grounds.append(end <= moment(end, self._before))
        if revoked is not None:
            since = self.own.value(revoked)
            if python_type(since) is datetime:
                grounds.append(since <= moment(since, self._before))
            elif python_type(since) in (int, float, Decimal):
                # 1 is a flag and no time. It doesn't say since when, so the token's end counts.
                grounds.append(sa.and_(since > 1, since <= int(self._before)))
        return sa.or_(*grounds) if grounds else sa.false()

    def _unreferenced(self, tables: Collection[sa.Table]) -> Iterator[sa.ColumnElement[bool]]:
        """Build the conditions for rows that no row of another table refers to.

        References that the database itself takes care of don't count, except in our own tables.
        """
        for other in self.own.table.metadata.tables.values():
            for reference in other.foreign_key_constraints:
                ours = other in tables
                if reference.referred_table is self.own.table and (
                    ours or not _cared_for(reference)
                ):
                    alias = other.alias()
                    pointing = [
                        alias.c[each.parent.key] == each.column for each in reference.elements
                    ]
                    yield ~sa.exists().where(*pointing).correlate(self.own.table)


def _is_empty(column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    is_null = column.is_(None)
    return sa.or_(is_null, column == "") if python_type(column) is str else is_null


def _cared_for(reference: sa.ForeignKeyConstraint) -> bool:
    """Tell whether the database itself deletes or changes the referring rows."""
    return (reference.ondelete or "").upper() in ("CASCADE", "SET NULL", "SET DEFAULT")


def purges(endpoint: Endpoint, older_than: int) -> list[Purge]:
    """List the purges, one for each table. Tables that refer to others come first.

    :param older_than: for how many seconds a token must have been dead.
    :raise AdminError: a mapping does not let rows be chosen.
    """
    tables = token_tables(endpoint)
    order = sa.schema.sort_tables([own.table for own in tables])
    before = endpoint.settings.clock() - endpoint.settings.leeway - older_than
    referring_first = sorted(tables, key=lambda own: -order.index(own.table))
    return [Purge(own, before, order) for own in referring_first]
