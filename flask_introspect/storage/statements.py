"""The statements that find clients and tokens, made once, and how their rows are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from ..logs import logger
from ..records import Kind, Token
from .connections import Connections
from .decoding import UNDECODABLE, Decode
from .mapping import ClientTable, Key, TokenTable, left_join
from .mapping.fields import TOKEN_FIELDS
from .mapping.padding import unpadded
from .stand_in import stand_in

__all__ = ["TokenSearch", "is_client", "matches"]

#: How many unknown words for a kind are logged, and how much of each is shown.
_UNKNOWN_KINDS = 32
_SHOWN = 40


def is_client(clients: ClientTable) -> sa.ColumnElement[bool]:
    """Make the condition that finds a client by its id."""
    condition = clients.client_id == sa.bindparam("client_id")
    return condition if clients.only is None else condition & clients.only


def matches(row: Sequence[Any], n: int, key: Key, sought: Any) -> bool:
    """Tell whether a row's key is the sought one, and no better key of the same token is set.

    :param row: the values of the keys come first.
    :param n: the position of the key.
    """
    if sought is None or row[n] != sought:
        return False
    return not key.before or all(row[better] is None for better in range(n - key.before, n))


class _Part(NamedTuple):
    """One attribute of a token's record: where its value is in the row, and what reads it."""

    attribute: str
    position: int
    decode: Decode


def _no_audience(_: Any) -> tuple[str, ...]:
    return ()


class TokenSearch:
    """One token table: its statements, and how to find and read the token among the rows.

    :ivar joined: whether the state of the token's client comes in the same row.

    :param clients: the client table, if it is in the same database. Then the token's client, and
        the caller, come in the same row.
    :param keys: what is searched by; the table's own keys unless they are given.
    :param client_id: whose state comes with the token; its own client's unless it is given.
    """

    def __init__(
        self,
        table: TokenTable,
        connections: Connections,
        clients: ClientTable | None,
        *,
        keys: Sequence[Key] | None = None,
        client_id: sa.ColumnElement[Any] | None = None,
    ) -> None:
        self.table = table
        self.keys = keys = table.keys if keys is None else keys
        self.connections = connections
        self.joined = clients is not None
        self.kinds = set(Kind) if table.has_kind else {key.kind for key in keys}
        self._clients = clients
        condition = sa.or_(*(key.column == sa.bindparam(f"key_{n}") for n, key in enumerate(keys)))
        if table.only is not None:
            condition = sa.and_(condition, table.only)
        columns = [*(unpadded(key.column) for key in keys), *table.columns.values()]
        joins = list(table.joins)
        if clients is not None:
            issued_to = clients.issued_to
            joins += issued_to.joined_to(
                table.columns["client_id"] if client_id is None else client_id
            )
            columns.append(issued_to.client_id)
            columns += [] if issued_to.enabled is None else [issued_to.enabled]
            along = [(table.table, condition), *joins, *clients.joins]
            self.with_caller = (
                sa.select(*clients.columns.values(), *columns)
                .select_from(left_join(clients.table, along))
                .where(is_client(clients))
            )
        self.alone = sa.select(*columns).select_from(left_join(table.table, joins)).where(condition)
        self._has_kind = table.has_kind
        self._positions = {name: len(keys) + n for n, name in enumerate(table.columns)}
        self._issued_to = len(keys) + len(table.columns)
        self._parts = {kind: self._parts_of(kind) for kind in Kind}
        self._owner, self._audience = self._outline_parts()
        self._stand_in = stand_in(table, len(keys), self._issued_to)
        self._stand_in_sought = {f"key_{n}": self._stand_in[n] for n, _ in enumerate(keys)}
        self._unknown_kinds: set[str] = set()

    def sought(self, token: str) -> dict[str, Any]:
        """Write a token as each key's column would hold it."""
        return {f"key_{n}": key.encode(token) for n, key in enumerate(self.keys)}

    def found(
        self, rows: Sequence[Sequence[Any]], sought: Mapping[str, Any], oddities: list[str]
    ) -> list[tuple[Sequence[Any], Token]]:
        """Find the tokens among the rows: those whose key is the sought one, byte for byte.

        A collation may find more: other cases, trailing blanks. One value may be several tokens: an
        access and a refresh token, or the rows that django-oauth-toolkit keeps of a revoked one.
        Access tokens come first, whatever the hint.

        :param oddities: takes what keeps a row from being a token at all.
        :return: the rows, each with the outline of its token.
        """
        found = []
        for n, key in enumerate(self.keys):
            for row in rows:
                if matches(row, n, key, sought[f"key_{n}"]):
                    kind = self._kind(row, key, oddities)
                    if kind is not None:
                        found.append((row, self._outline(row, kind)))
        return found

    def stand_in(self) -> tuple[Sequence[Any], Token]:
        """Find a token that nobody has: the same work as for one that is found."""
        return self.found((self._stand_in,), self._stand_in_sought, [])[0]

    def _parts_of(self, kind: Kind) -> tuple[_Part, ...]:
        """List what a record of a kind is made of: a refresh token has its own state.

        If it shares a row with an access token, the identifier there is the access token's.
        """
        exp, revoked = self.table.state(kind)
        left_out = {"kind", "client_id", "aud", "exp", "revoked"}
        if kind is Kind.REFRESH and self.table.shared:
            left_out.add("jti")
        names = [
            name
            for name in self._positions
            if (TOKEN_FIELDS[name].attribute or name) not in left_out
        ]
        names += [name for name in (exp, revoked) if name is not None]
        return tuple(
            _Part(
                TOKEN_FIELDS[name].attribute or name,
                self._positions[name],
                self.table.decoders[name],
            )
            for name in names
        )

    def _outline_parts(self) -> tuple[tuple[int, Decode], tuple[int, Decode]]:
        """List where client and audience stand, and what reads them."""
        client = self._positions["client_id"], self.table.decoders["client_id"]
        if "aud" not in self._positions:
            return client, (0, _no_audience)
        return client, (self._positions["aud"], self.table.decoders["aud"])

    def _kind(self, row: Sequence[Any], key: Key, oddities: list[str]) -> Kind | None:
        """Read the kind; ``None`` for a row that holds no token of a known kind."""
        if not self._has_kind:
            return key.kind
        word = row[self._positions["kind"]]
        try:
            kind: Kind = self.table.decoders["kind"](word)
        except UNDECODABLE:
            oddities.append(self._unknown_kind(word))
            return None
        return kind

    def _outline(self, row: Sequence[Any], kind: Kind) -> Token:
        """Read no more of a row than a right looks at: the client and the audience.

        A token that is not for the caller must not take longer than one that doesn't exist.
        """
        (client, decode_client), (audience, decode_audience) = self._owner, self._audience
        try:
            return Token(kind, decode_client(row[client]), aud=decode_audience(row[audience]))
        except UNDECODABLE:
            return self._unreadable(kind, row)

    def read(self, row: Sequence[Any], outline: Token) -> Token:
        """Read the rest of a row."""
        kind, client_id, aud = outline.kind, outline.client_id, outline.aud
        if outline.unreadable is not None:
            return outline
        try:
            known, enabled = self.client_state(row, row[self._positions["client_id"]])
            values = {attribute: decode(row[n]) for attribute, n, decode in self._parts[kind]}
        except UNDECODABLE:
            return self._unreadable(kind, row)
        return Token(kind, client_id, aud=aud, client_known=known, client_enabled=enabled, **values)

    def _unknown_kind(self, word: Any) -> str:
        """Say, and log once, that rows hold a word that is not a kind of token."""
        shown = f"{word!s:.{_SHOWN}}"
        text = f"{self.table.model.__name__}.kind holds {shown!r}, which is no kind of token"
        if text not in self._unknown_kinds and len(self._unknown_kinds) < _UNKNOWN_KINDS:
            self._unknown_kinds.add(text)
            logger.error("%s; such rows are passed over", text)
        return text

    def client_state(self, row: Sequence[Any], client_id: Any) -> tuple[bool, bool]:
        """Tell whether the client that came with a row exists, and whether it is enabled.

        :param client_id: whose state it should be, as its column holds it.
        """
        if self._clients is None:
            return True, True
        held = row[self._issued_to]
        known = held is not None and held == client_id
        if self._clients.issued_to.enabled is None:
            return known, True
        return known, self._clients.is_enabled(row[self._issued_to + 1])

    def _unreadable(self, kind: Kind, row: Sequence[Any]) -> Token:
        """Make a record that is never active, and log what cannot be read."""
        unreadable, read = "enabled", {}
        outline = [_Part("client_id", *self._owner), _Part("aud", *self._audience)]
        for attribute, position, decode in (*outline, *self._parts[kind]):
            try:
                read[attribute] = decode(row[position])
            except UNDECODABLE:
                unreadable = attribute
                name = f"{self.table.model.__name__}.{attribute}"
                logger.error("%s cannot be read; the token is not active", name)
        client_id, audience = read.get("client_id"), read.get("aud", ())
        return Token(kind, client_id, aud=audience, unreadable=unreadable)
