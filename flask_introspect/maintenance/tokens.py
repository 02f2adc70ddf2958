"""The tokens, written one at a time: issued and revoked."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from .. import readers
from ..blueprint import Endpoint
from ..credentials import generate_token
from ..mapping import TOKEN_FIELDS, JSONKey, Key, TokenTable, left_join
from ..records import Kind
from ..store import matches
from .rows import MaintenanceError, Rows, choice, fitting, flag, moment, must_be_given, only, texts, typed

__all__ = [
    "PLACEHOLDER",
    "TokenRows",
    "is_placeholder",
    "issue_token",
    "placeholder",
    "revoke_token",
    "token_tables",
]

#: What stands in a NOT NULL column instead of a token. DEL is in no token (:rfc:`6749` appendix A.12), so the endpoint
#: looks for nothing of the kind; the random rest keeps the column unique, and keeps other code from being fooled.
PLACEHOLDER = "hashed\x7f"


class TokenRows(Rows):
    """One token table, written."""

    def __init__(self, endpoint: Endpoint, table: TokenTable) -> None:
        super().__init__(endpoint, table.model, table.mapped, endpoint.settings.prefix + "TOKEN_FIELDS")
        self.tokens = table

    def keys_of(self, kind: Kind) -> list[Key]:
        """The keys by which tokens of a kind are searched, the best first."""
        return [key for key in self.tokens.keys if key.kind is kind]

    def key_column(self, key: Key) -> sa.Column[Any]:
        """The column of a key.

        :raise MaintenanceError: it cannot be written.
        """
        column = self.own(key.column)
        if column is None:
            raise MaintenanceError(
                f"{key.kind.value!r} of {self.model.__name__} is mapped to no column of {self.table.name}, so it "
                "cannot be written"
            )
        return column

    def state(self, kind: Kind) -> tuple[str | None, str | None]:
        """The fields that say when a token of a kind ends, and whether it was revoked."""
        exp, revoked = "exp", "revoked"
        if kind is Kind.REFRESH:
            exp = "refresh_exp" if self.tokens.shared or "refresh_exp" in self.mapped else exp
            revoked = "refresh_revoked" if "refresh_revoked" in self.mapped else revoked
        return exp if exp in self.mapped else None, revoked if revoked in self.mapped else None

    def value(self, name: str) -> sa.ColumnElement[Any]:
        """The SQL expression of a field, for conditions on this table alone.

        :raise MaintenanceError: the field needs more than this table, or than SQL.
        """
        expression = self.tokens.columns[list(TOKEN_FIELDS).index(name)]
        columns = [each for each in visitors.iterate(expression) if isinstance(each, sa.Column)]
        inside_json = isinstance(self.mapped[name], JSONKey) or _is_text_of_json(expression)
        if inside_json or not all(self.table.c.contains_column(column) for column in columns):
            raise MaintenanceError(
                f"{name!r} of {self.model.__name__} is not made of columns of {self.table.name} alone, so rows cannot "
                f"be chosen by it. Map such columns in {self.setting}"
            )
        return expression


def _is_text_of_json(expression: sa.ColumnElement[Any]) -> bool:
    return isinstance(expression, sa.Cast) and isinstance(expression.clause.type, sa.JSON)


def token_tables(endpoint: Endpoint) -> list[TokenRows]:
    """The endpoint's token tables."""
    return [TokenRows(endpoint, table) for table in endpoint.store.tokens]


def issue_token(
    endpoint: Endpoint, client_id: str, kind: Kind, expires_in: int | None, fields: Mapping[str, Any]
) -> tuple[str, int | None]:
    """Issue a token.

    :param expires_in: seconds; ``None`` for a token that never expires.
    :param fields: further canonical fields: ``username``, ``sub``, ``scope``, ``aud`` (a list).
    :return: the token in clear, which is kept nowhere else, and when it ends.
    :raise MaintenanceError: a field cannot be written, or there is no such client.
    """
    if endpoint.store.client(client_id) is None:
        raise MaintenanceError(f"There is no client {client_id!r}")
    able = [rows for rows in token_tables(endpoint) if rows.tokens.has_kind or rows.keys_of(kind)]
    if not able:
        raise MaintenanceError(f"No token model holds tokens of the kind {kind.value!r}")
    rows, token, now = able[0], generate_token(), endpoint.settings.clock()
    keys = rows.keys_of(kind) or list(rows.tokens.keys)
    values = _key_values(rows, keys, token)
    values[rows.column("client_id")] = typed(rows.column("client_id"), client_id)
    for name, given in fields.items():
        values[rows.column(name)] = _field_value(rows.column(name), name, given)
    if rows.writable("kind"):
        values[rows.column("kind")] = choice(rows.column("kind"), kind, readers.kind)
    if kind is Kind.ACCESS and rows.writable("token_type"):
        values[rows.column("token_type")] = "Bearer"
    for name in ("iat", "nbf"):  # the latter only where it must be: other machines' clocks may be behind
        if rows.writable(name) and (name == "iat" or must_be_given(rows.column(name))):
            values[rows.column(name)] = moment(rows.column(name), now)
    end = None
    if expires_in is not None:
        end = int(now) + expires_in
        column = rows.column(_end_field(rows, kind))
        values[column] = moment(column, end)
    rows.insert(values)
    return token, end


def _end_field(rows: TokenRows, kind: Kind) -> str:
    return rows.state(kind)[0] or ("refresh_exp" if kind is Kind.REFRESH and rows.tokens.shared else "exp")


def _key_values(rows: TokenRows, keys: Sequence[Key], token: str) -> dict[sa.Column[Any], Any]:
    """The token as the best key holds it. A plain column behind that one holds none."""
    values = {}
    for key in keys[:1]:
        column, value = rows.key_column(key), key.encode(token)
        if value is None:
            raise MaintenanceError(f"{rows.table.name}.{column.name} cannot hold a token of random characters")
        values[column] = fitting(column, value, "a token") if isinstance(value, str) else value
    for key in keys[1:]:
        column = rows.key_column(key)
        if must_be_given(column):
            values[column] = placeholder()
    return values


def _field_value(column: sa.Column[Any], name: str, value: Any) -> Any:
    if name == "scope" and isinstance(column.type, (sa.JSON, sa.ARRAY)):
        return str(value).split()
    if name == "aud":
        one = len(value) == 1 and isinstance(column.type, sa.JSON)
        return value[0] if one else texts(column, value)
    return typed(column, value)


def revoke_token(endpoint: Endpoint, token: str) -> list[Kind]:
    """Revoke a token; with a refresh token goes the access token of the same row (:rfc:`7009` section 2.1).

    :return: the kinds of what is revoked now.
    :raise MaintenanceError: there is no such token, or it cannot be revoked through the mapping.
    """
    if endpoint.store.reading(token).unfindable is None:
        for rows in token_tables(endpoint):
            found = _find_token(rows, token)
            if found is not None:
                row, kind = found
                return _revoke(rows, row, kind)
    raise MaintenanceError("There is no such token")


def _find_token(rows: TokenRows, token: str) -> tuple[Sequence[Any], Kind] | None:
    """The primary key of the token's row, and which of the row's tokens it is."""
    table = rows.tokens
    sought = [key.encode(token) for key in table.keys]
    either = [key.column == value for key, value in zip(table.keys, sought, strict=True) if value is not None]
    if not either:
        return None
    kind = table.columns[list(TOKEN_FIELDS).index("kind")]
    statement = (
        sa.select(*(key.column for key in table.keys), kind, *rows.key)
        .select_from(left_join(table.from_, table.joins))
        .where(sa.or_(*either), *only(table))
    )
    with rows.engine.connect() as connection:
        for row in connection.execute(statement):
            for n, key in enumerate(table.keys):
                if matches(row, n, key, sought[n]):
                    reader = table.readers[list(TOKEN_FIELDS).index("kind")]
                    found: Kind = reader(row[len(table.keys)]) if table.has_kind else key.kind
                    return row[len(table.keys) + 1 :], found
    return None


def _revoke(rows: TokenRows, row: Sequence[Any], kind: Kind) -> list[Kind]:
    kinds = [kind, Kind.ACCESS] if kind is Kind.REFRESH and rows.tokens.shared else [kind]
    columns = {each: rows.column(rows.state(each)[1] or "revoked") for each in kinds}
    now = rows.endpoint.settings.clock()
    with rows.engine.begin() as connection:
        held = connection.execute(sa.select(*columns.values()).where(rows.where(row)).with_for_update()).one()
        fresh = {
            column: flag(column, True, now)
            for column, value in zip(columns.values(), held, strict=True)
            if not readers.flag(value)  # one that was revoked before stays as it was
        }
        if fresh:
            connection.execute(sa.update(rows.table).where(rows.where(row)).values(fresh))
    return kinds


def is_placeholder(value: Any) -> bool:
    """Whether a column holds what :class:`~.batches.Hashing` leaves in it, and no token."""
    return isinstance(value, str) and value.startswith(PLACEHOLDER)


def placeholder() -> str:
    """What is left in a NOT NULL column whose token was hashed: nothing that can be presented, different each time."""
    return PLACEHOLDER + secrets.token_hex(16)
