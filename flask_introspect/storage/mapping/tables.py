"""A client model and a token model, as the parts of a statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import sqlalchemy as sa

from ...records import Client, Kind
from ..decoding import Decode
from .fields import CLIENT_FIELDS
from .joins import Join
from .lookups import Key

__all__ = ["ClientTable", "IssuedTo", "TokenTable"]


class IssuedTo(NamedTuple):
    """The client table once more in a statement, for the client that a token was issued to.

    :ivar table: the table; :ivar joins: what must be joined to it.
    :ivar only: a condition that every row must meet.
    :ivar enabled: ``None`` where no client can be disabled.
    """

    table: sa.FromClause
    joins: tuple[Join, ...]
    only: sa.ColumnElement[bool] | None
    client_id: sa.ColumnElement[Any]
    enabled: sa.ColumnElement[Any] | None

    def joined_to(self, client_id: sa.ColumnElement[Any]) -> list[Join]:
        """List the joins that bring the client of a token.

        :param client_id: the token's column.
        """
        condition = self.client_id == client_id
        if self.only is not None:
            condition = condition & self.only
        return [(self.table, condition), *self.joins]


@dataclass(frozen=True)
class ClientTable:
    """The client model as parts of a statement.

    :ivar columns: the expression of each canonical field that is mapped.
    :ivar decoders: what reads each of them.
    :ivar table: the table; :ivar joins: what must be joined to it, with the conditions.
    :ivar only: a condition that every row must meet, for models that share a table.
    :ivar issued_to: the same table once more.
    :ivar encode_id: turns a presented client id into a value of its column's type, or ``None``.
    :ivar plain_secrets: whether a stored secret that is no hash is the secret itself.
    :ivar unindexed: look-up columns without an index, as ``"table.column"``.
    """

    model: type
    columns: Mapping[str, sa.ColumnElement[Any]]
    decoders: Mapping[str, Decode] = field(repr=False)
    table: sa.FromClause
    joins: tuple[Join, ...]
    only: sa.ColumnElement[bool] | None
    issued_to: IssuedTo
    encode_id: Callable[[str], Any]
    plain_secrets: bool
    mapped: Mapping[str, Any]
    unindexed: tuple[str, ...]

    @property
    def client_id(self) -> sa.ColumnElement[Any]:
        """The column that clients are searched by."""
        return self.columns["client_id"]

    def is_enabled(self, value: Any) -> bool:
        """Read the ``enabled`` column of the client that a token was issued to."""
        return bool(self.decoders["enabled"](value))

    def read(self, values: Sequence[Any]) -> Client:
        """Make a client's record from its part of a row, in the order of ``columns``.

        :raise ValueError: a column holds something that its field cannot be read from.
        """
        return Client(
            **{
                CLIENT_FIELDS[name].attribute or name: decode(value)
                for (name, decode), value in zip(self.decoders.items(), values, strict=True)
            }
        )


@dataclass(frozen=True)
class TokenTable:
    """A token model as parts of a statement.

    :ivar keys: what tokens are searched by, access tokens first.
    :ivar columns: the expression of each canonical field that is mapped.
    :ivar decoders: what reads each of them.
    :ivar table: the table; :ivar joins: what must be joined to it, with the conditions.
    :ivar only: a condition that every row must meet, for models that share a table.
    :ivar unindexed: look-up columns without an index, as ``"table.column"``.
    """

    model: type
    keys: tuple[Key, ...]
    columns: Mapping[str, sa.ColumnElement[Any]]
    decoders: Mapping[str, Decode] = field(repr=False)
    table: sa.FromClause
    joins: tuple[Join, ...]
    only: sa.ColumnElement[bool] | None
    mapped: Mapping[str, Any]
    unindexed: tuple[str, ...]

    @property
    def has_kind(self) -> bool:
        """Whether a column says of each row what kind of token it holds."""
        return "kind" in self.mapped

    @property
    def shared(self) -> bool:
        """Whether access and refresh token share a row, each with its own state."""
        return {key.kind for key in self.keys} == set(Kind)

    def state(self, kind: Kind) -> tuple[str | None, str | None]:
        """Name the fields that say when a token of a kind ends, and whether it was revoked.

        A refresh token never ends with the access token that it shares a row with. It is revoked
        with that one, unless the host maps its own state.
        """
        exp, revoked = "exp", "revoked"
        if kind is Kind.REFRESH:
            exp = "refresh_exp" if self.shared or "refresh_exp" in self.mapped else exp
            revoked = "refresh_revoked" if "refresh_revoked" in self.mapped else revoked
        return exp if exp in self.mapped else None, revoked if revoked in self.mapped else None
