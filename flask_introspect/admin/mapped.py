"""The parts of a mapped table, as the administrator's statements need them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from ..records import Client
from ..storage.decoding import UNDECODABLE
from ..storage.mapping import ClientTable, TokenTable, left_join

__all__ = ["only", "read_client", "select_clients", "source"]


def source(table: ClientTable | TokenTable) -> sa.FromClause:
    """Return a table with everything that its mapped fields need joined to it."""
    return left_join(table.table, table.joins)


def only(table: ClientTable | TokenTable) -> list[sa.ColumnElement[bool]]:
    """List the conditions for rows of a model that shares its table with other models."""
    return [] if table.only is None else [table.only]


def select_clients(table: ClientTable) -> sa.Select[Any]:
    """Build the SELECT that reads every client, in the order of their ids."""
    statement = sa.select(*table.columns.values()).select_from(source(table))
    return statement.where(*only(table)).order_by(table.client_id)


def read_client(table: ClientTable, row: Sequence[Any]) -> Client:
    """Read a row of :func:`select_clients`.

    A client that cannot be read is given as a disabled client without anything else.
    """
    unreadable = Client(str(row[0] or ""), enabled=False)
    try:
        found = table.read(row)
    except UNDECODABLE:
        return unreadable
    return found if found.client_id else unreadable
