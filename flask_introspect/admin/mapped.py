"""The parts of a mapped table, as the administrator's statements need them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from ..records import Client, Kind
from ..storage.decoding import Decode
from ..storage.mapping import TOKEN_FIELDS, ClientTable, TokenTable, left_join

__all__ = ["decoder", "expression", "only", "read_client", "select_clients", "source", "state"]


def expression(table: TokenTable, name: str) -> sa.ColumnElement[Any]:
    """Return the SQL expression of a mapped field."""
    return table.columns[list(TOKEN_FIELDS).index(name)]


def decoder(table: TokenTable, name: str) -> Decode:
    """Return the function that reads the values of a mapped field."""
    return table.readers[list(TOKEN_FIELDS).index(name)]


def source(table: ClientTable | TokenTable) -> sa.FromClause:
    """Return a table with everything that its mapped fields need joined to it."""
    start = table.table if isinstance(table, ClientTable) else table.from_
    return left_join(start, table.joins)


def only(table: ClientTable | TokenTable) -> list[sa.ColumnElement[bool]]:
    """List the conditions for rows of a model that shares its table with other models."""
    return [] if table.only is None else [table.only]


def state(table: TokenTable, kind: Kind) -> tuple[str | None, str | None]:
    """Name the fields that say when a token of a kind ends, and whether it was revoked."""
    exp, revoked = "exp", "revoked"
    if kind is Kind.REFRESH:
        exp = "refresh_exp" if table.shared or "refresh_exp" in table.mapped else exp
        revoked = "refresh_revoked" if "refresh_revoked" in table.mapped else revoked
    return exp if exp in table.mapped else None, revoked if revoked in table.mapped else None


def select_clients(table: ClientTable) -> sa.Select[Any]:
    """Build the SELECT that reads every client, in the order of their ids."""
    statement = sa.select(*table.columns).select_from(source(table)).where(*only(table))
    return statement.order_by(table.client_id)


def read_client(table: ClientTable, row: Sequence[Any]) -> Client:
    """Read a row of :func:`select_clients`.

    A client that cannot be read is given as a disabled client without anything else.
    """
    try:
        return table.read(row)
    except (ValueError, TypeError):
        return Client(str(row[0]), enabled=False)
