"""The token tables of an endpoint, as they can be written."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from ..endpoint import Endpoint
from ..records import Kind
from ..storage.mapping import JSONKey, Key, TokenTable
from .errors import AdminError
from .rows import OwnTable

__all__ = ["OwnTokens", "token_tables"]


class OwnTokens(OwnTable[TokenTable]):
    """One token table."""

    def __init__(self, endpoint: Endpoint, mapping: TokenTable) -> None:
        settings = endpoint.settings
        is_set = any(fields is not None for fields in settings.token_fields)
        super().__init__(endpoint, mapping, settings.prefix + "TOKEN_FIELDS", is_set=is_set)

    def holds(self, kind: Kind) -> bool:
        """Tell whether the table can hold tokens of a kind."""
        return self.mapping.has_kind or bool(self.keys_of(kind))

    def keys_of(self, kind: Kind) -> list[Key]:
        """List the keys by which tokens of a kind are searched, the best first."""
        return [key for key in self.mapping.keys if key.kind is kind]

    def key_column(self, key: Key) -> sa.Column[Any]:
        """Return the column of a key.

        :raise AdminError: it cannot be written.
        """
        column = self.own_column(key.column)
        if column is None:
            raise AdminError(
                f"{key.kind.value!r} of {self.name} is mapped to no column of {self.table.name}, "
                "so it cannot be written"
            )
        return column

    def state(self, kind: Kind) -> tuple[str | None, str | None]:
        """Name the fields that say when a token of a kind ends, and whether it was revoked."""
        return self.mapping.state(kind)

    def value(self, name: str) -> sa.ColumnElement[Any]:
        """Return the SQL expression of a field, for conditions on this table alone.

        :raise AdminError: the field needs another table, or has no value that SQL can compare.
        """
        found = self.mapping.columns[name]
        columns = [each for each in visitors.iterate(found) if isinstance(each, sa.Column)]
        is_inside_json = isinstance(self.mapping.mapped[name], JSONKey) or _is_text_of_json(found)
        if is_inside_json or not all(self.table.c.contains_column(each) for each in columns):
            raise AdminError(
                f"{name!r} of {self.name} is not made of columns of {self.table.name} alone, so "
                f"rows cannot be chosen by it. Map such columns in {self.setting}"
            )
        return found


def _is_text_of_json(found: sa.ColumnElement[Any]) -> bool:
    return isinstance(found, sa.Cast) and isinstance(found.clause.type, sa.JSON)


def token_tables(endpoint: Endpoint) -> list[OwnTokens]:
    """List the token tables of an endpoint."""
    return [OwnTokens(endpoint, table) for table in endpoint.store.tokens]
