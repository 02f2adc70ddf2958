"""Issue tokens, one at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from ..endpoint import Endpoint
from ..records import Kind
from ..secrets import NewToken, new_token
from ..storage import decoding
from .errors import AdminError
from .references import reference
from .token_tables import OwnTokens, token_tables
from .values import (
    choice,
    fitting,
    is_required,
    moment,
    name_of,
    placeholder,
    texts,
    typed,
)

__all__ = ["NEVER", "issue_token"]

Values = dict[sa.Column[Any], Any]

#: The lifetime of a token that never expires.
NEVER = -1

#: Seconds that a token is good by default.
_LIFETIME = 3600


def issue_token(
    endpoint: Endpoint,
    client_id: str,
    kind: Kind,
    expires_in: int | None,
    fields: Mapping[str, Any],
    *,
    issued_at: float | None = None,
) -> NewToken:
    """Issue a token.

    :param expires_in: seconds; :data:`NEVER` for a token that never expires; ``None`` for an hour,
        or for a refresh token whose end the table cannot hold, for ever.
    :param fields: further canonical fields: ``username``, ``sub``, ``scope``, ``aud`` (a list),
        ``nbf`` (epoch seconds).
    :param issued_at: epoch seconds, for a token that was issued before now.
    :return: the token, whose clear text is kept nowhere else.
    :raise AdminError: a field cannot be written, or there is no such client.
    """
    if endpoint.store.client(client_id) is None:
        raise AdminError(f"There is no client {client_id!r}")
    own = next((each for each in token_tables(endpoint) if each.holds(kind)), None)
    if own is None:
        raise AdminError(f"No token model holds tokens of the kind {kind.value!r}")
    if expires_in is None:
        # Many hosts choose that refresh tokens live until they are revoked. Access tokens must end.
        is_endless = kind is Kind.REFRESH and not _can_hold_end(own, kind)
        expires_in = NEVER if is_endless else _LIFETIME
    lifetime = None if expires_in == NEVER else expires_in
    now = endpoint.settings.clock() if issued_at is None else issued_at
    new = new_token(kind, expires_in=lifetime, now=now)
    given = {"client_id": client_id, **fields}
    own.insert({**_key_values(own, new), **_own_values(own, new), **_given_values(own, given)})
    return new


def _key_values(own: OwnTokens, new: NewToken) -> Values:
    """Store the token under the best key of its kind, and nothing of it under the others."""
    best, *others = own.keys_of(new.kind) or own.mapping.keys
    column, value = own.key_column(best), best.encode(new.clear)
    if value is None:
        raise AdminError(f"{name_of(column)} cannot hold a token of random characters")
    values = {column: fitting(column, value, "a token") if isinstance(value, str) else value}
    for key in (*others, *own.mapping.keys):
        column = own.key_column(key)
        if column not in values and is_required(column):
            values[column] = placeholder()
    return values


def _given_values(own: OwnTokens, fields: Mapping[str, Any]) -> Values:
    """Convert the fields that somebody gave."""
    values: Values = {}
    for name, given in fields.items():
        if own.is_writable(name):
            values[own.column(name)] = _converted(own.column(name), name, given)
        else:
            values.update(reference(own, name, given))
    return values


def _converted(column: sa.Column[Any], name: str, value: Any) -> Any:
    if name == "scope" and isinstance(column.type, (sa.JSON, sa.ARRAY)):
        return str(value).split()
    if name == "aud":
        is_single = len(value) == 1 and isinstance(column.type, sa.JSON)
        return value[0] if is_single else texts(column, value)
    if name == "nbf":
        return moment(column, value)
    return typed(column, value)


def _own_values(own: OwnTokens, new: NewToken) -> Values:
    """Convert the fields that every new token has."""
    values: Values = {}
    if own.is_writable("kind"):
        values[own.column("kind")] = choice(own.column("kind"), new.kind, decoding.kind)
    if new.token_type is not None and own.is_writable("token_type"):
        values[own.column("token_type")] = new.token_type
    if own.is_writable("jti"):
        values[own.column("jti")] = typed(own.column("jti"), new.jti)
    if own.is_writable("iat"):
        values[own.column("iat")] = moment(own.column("iat"), new.iat)
    # Only if required: on a machine whose clock is behind, a new token isn't valid yet.
    if own.is_writable("nbf") and is_required(own.column("nbf")):
        values[own.column("nbf")] = moment(own.column("nbf"), new.iat)
    values.update(_end(own, new))
    return values


def _end(own: OwnTokens, new: NewToken) -> Values:
    """Convert the end of a token: a time, or seconds since it was issued as Authlib keeps them."""
    seconds = _seconds_column(own, new.kind)
    if seconds is not None:
        return {seconds: 0 if new.exp is None else new.exp - new.iat}
    if new.exp is None:
        return {}
    end = own.column(_end_field(own, new.kind))
    return {end: moment(end, new.exp)}


def _can_hold_end(own: OwnTokens, kind: Kind) -> bool:
    return _seconds_column(own, kind) is not None or own.is_writable(_end_field(own, kind))


def _seconds_column(own: OwnTokens, kind: Kind) -> sa.Column[Any] | None:
    """Find Authlib's ``expires_in``, which is the access token's."""
    is_authlibs = {"issued_at", "expires_in"} <= set(own.table.c.keys())
    if kind is Kind.REFRESH or not is_authlibs or own.is_writable("exp"):
        return None
    seconds: sa.Column[Any] = own.table.c["expires_in"]
    return seconds


def _end_field(own: OwnTokens, kind: Kind) -> str:
    is_own_end = kind is Kind.REFRESH and own.mapping.shared
    return own.state(kind)[0] or ("refresh_exp" if is_own_end else "exp")
