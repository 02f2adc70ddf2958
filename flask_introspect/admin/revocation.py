"""Revoke tokens, one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from ..endpoint import Endpoint
from ..records import Kind, Token
from ..storage import decoding
from ..storage.carried import CarriedReading
from ..storage.decoding import UNDECODABLE
from ..storage.mapping import plain_encoder
from ..storage.statements import matches
from .errors import AdminError
from .mapped import only, source
from .token_tables import OwnTokens, token_tables
from .values import flag

__all__ = ["delete_token", "kind_of", "odd_row", "revoke_token"]


def revoke_token(endpoint: Endpoint, token: str) -> list[Kind]:
    """Revoke a token.

    A refresh token takes the access token of its row with it (:rfc:`7009` section 2.1).

    :return: the kinds of the tokens that are revoked now.
    :raise AdminError: there is no such token, or the mapping does not let it be revoked.
    """
    reading = endpoint.tokens.reading(token)
    if reading.unfindable is None:
        for own in token_tables(endpoint):
            found = _find(own, token)
            if found is not None:
                return _revoke(own, *found)
    if isinstance(reading, CarriedReading):
        return _revoke_carried(endpoint, reading)
    raise AdminError("There is no such token")


def delete_token(endpoint: Endpoint, token: str) -> None:
    """Delete the rows of a token, if there are any. It is for tests: hosts revoke."""
    for own in token_tables(endpoint):
        while (found := _find(own, token)) is not None:
            with own.engine.begin() as connection:
                connection.execute(sa.delete(own.table).where(own.where(found[0])))


def _revoke_carried(endpoint: Endpoint, reading: CarriedReading) -> list[Kind]:
    """Revoke a token that carries its own claims, by the row that has its identifier."""
    token = next((found.read() for found in reading.tokens()), None)
    if token is None:
        raise AdminError("There is no such token")
    for own in token_tables(endpoint):
        row = _find_by_id(own, token)
        if row is not None:
            return _revoke(own, row, Kind.ACCESS)
    raise AdminError(
        "The token is a JWT that no row is kept of, so that there is nothing to revoke. It ends by "
        f"itself, or by {endpoint.prefix}JWT_REVOKED"
    )


def _find_by_id(own: OwnTokens, token: Token) -> Sequence[Any] | None:
    """Find the primary key of the row that has a token's identifier."""
    table, jti = own.mapping, own.mapping.columns.get("jti")
    if token.jti is None or token.client_id is None or jti is None:
        return None
    client_id = own.endpoint.store.clients.encode_id(token.client_id)
    conditions = [
        jti == plain_encoder(jti)(token.jti),
        table.columns["client_id"] == client_id,
        *only(table),
    ]
    statement = sa.select(*own.key).select_from(source(table)).where(*conditions)
    with own.engine.connect() as connection:
        return connection.execute(statement).first()


def odd_row(endpoint: Endpoint, token: str) -> str | None:
    """Say what is odd about a token's row that the endpoint ignores."""
    try:
        for own in token_tables(endpoint):
            _find(own, token)
    except AdminError as error:
        return str(error)
    return None


def kind_of(own: OwnTokens, word: Any) -> Kind:
    """Read what a row says of the kind of its token.

    :raise AdminError: it is no kind; the text names column and word.
    """
    try:
        kind: Kind = own.mapping.decoders["kind"](word)
    except UNDECODABLE:
        known = " or ".join(repr(kind.value) for kind in Kind)
        raise AdminError(
            f"{own.name}.{own.mapping.mapped['kind']} holds {word!r}, which is no kind of token: "
            f"such a token is unknown to everybody. Write {known}"
        ) from None
    return kind


def _find(own: OwnTokens, token: str) -> tuple[Sequence[Any], Kind] | None:
    """Find the primary key of a token's row, and which of the row's tokens it is."""
    table = own.mapping
    sought = [key.encode(token) for key in table.keys]
    conditions = [
        key.column == value
        for key, value in zip(table.keys, sought, strict=True)
        if value is not None
    ]
    if not conditions:
        return None
    columns = [*(key.column for key in table.keys), *own.key]
    if table.has_kind:
        columns.append(table.columns["kind"])
    statement = sa.select(*columns).select_from(source(table))
    with own.engine.connect() as connection:
        for row in connection.execute(statement.where(sa.or_(*conditions), *only(table))):
            for n, key in enumerate(table.keys):
                if matches(row, n, key, sought[n]):
                    kind = kind_of(own, row[-1]) if table.has_kind else key.kind
                    return row[len(table.keys) :], kind
    return None


def _revoke(own: OwnTokens, row: Sequence[Any], kind: Kind) -> list[Kind]:
    both = kind is Kind.REFRESH and own.mapping.shared
    kinds = [kind, Kind.ACCESS] if both else [kind]
    columns = [own.column(own.state(each)[1] or "revoked") for each in kinds]
    now = own.endpoint.settings.clock()
    with own.engine.begin() as connection:
        locked = sa.select(*columns).where(own.where(row)).with_for_update()
        held = connection.execute(locked).one()
        fresh = {
            column: flag(column, True, now)
            for column, value in zip(columns, held, strict=True)
            if not decoding.flag(value)  # a token that was revoked before keeps the time of that
        }
        if fresh:
            connection.execute(sa.update(own.table).where(own.where(row)).values(fresh))
    return kinds
