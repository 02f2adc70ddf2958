"""What the tables hold about a token that carries its own claims: its row, and its client."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from ..logs import logger
from ..records import Kind, Token
from .connections import Connections
from .mapping import ClientTable, JSONKey, Key, TokenTable, plain_encoder, python_type
from .mapping.indexes import warn_unindexed
from .reading import Found, Reading
from .statements import TokenSearch
from .store import Rows, Store

__all__ = ["Carried", "CarriedReading", "CarriedSearch", "TableState"]

#: The types of a column that an identifier can be searched by.
_IDENTIFIERS = (str, int, uuid.UUID)


class Carried(NamedTuple):
    """What a token says about itself, by which the tables may know it. Nothing is verified yet.

    :ivar client_id: the client that it was issued to.
    :ivar iss: its issuer; :ivar jti: its identifier.
    :ivar twin: the same token in the other form its holder could write, or ``None``.
    """

    client_id: str
    iss: str
    jti: str | None = None
    twin: str | None = None


class CarriedSearch:
    """A token table, searched by the token, by its twin, and by its identifier.

    The parameters are those of :class:`TokenSearch`.

    :param setting: the configuration key of the mapping, for the log.
    """

    def __init__(
        self,
        table: TokenTable,
        connections: Connections,
        clients: ClientTable | None,
        setting: str,
    ) -> None:
        self._own, by_id = len(table.keys), tuple(_identifier_key(table, setting))
        self.search = TokenSearch(
            table,
            connections,
            clients,
            keys=(*table.keys, *table.keys, *by_id),
            client_id=_issued_to(table),
        )

    def sought(self, token: str, carried: Carried) -> dict[str, Any]:
        """Write a token, its twin and its identifier as the keys' columns would hold them."""
        texts = [token] * self._own + [carried.twin] * self._own + [carried.jti]
        return {
            f"key_{n}": None if text is None else key.encode(text)
            for n, (key, text) in enumerate(zip(self.search.keys, texts, strict=False))
        }

    def tokens(
        self, rows: Rows, sought: Mapping[str, Any], carried: Carried, oddities: list[str]
    ) -> Iterator[Token]:
        """Read the rows of the token. Its value is unique; another token may have its identifier.

        :param oddities: collects what keeps a row from being a token at all.
        """
        names = list(sought)[: len(self.search.keys)]
        by_value = dict.fromkeys(names) | {name: sought[name] for name in names[: 2 * self._own]}
        for row, outline in self.search.found(rows, by_value, oddities):
            if outline.kind is Kind.ACCESS:
                yield self.search.read(row, outline)
        by_id = dict.fromkeys(names) | {name: sought[name] for name in names[2 * self._own :]}
        for row, outline in self.search.found(rows, by_id, oddities):
            token = self.search.read(row, outline)
            is_its = token.client_id == carried.client_id and token.iss in (None, carried.iss)
            if is_its and token.kind is Kind.ACCESS:
                yield token


class TableState(NamedTuple):
    """What the tables say about a token that carries its own claims.

    :ivar tokens: its rows; none where the host keeps none.
    :ivar client_known: whether the client that it was issued to exists.
    :ivar client_enabled: whether that client is enabled.
    """

    tokens: Sequence[Token]
    client_known: bool
    client_enabled: bool


class CarriedReading(Reading):
    """What one request reads where the token carries its own claims.

    :param carried: what it says of itself.
    :param find: finds the token itself, by its signature and by :meth:`state`.
    """

    __slots__ = ("_carried", "_carried_searches", "_find")

    def __init__(
        self,
        store: Store,
        token: str,
        searches: Sequence[CarriedSearch],
        max_length: int,
        carried: Carried,
        find: Callable[[CarriedReading], Iterator[Found]],
    ) -> None:
        super().__init__(store, token, [each.search for each in searches], max_length)
        self._carried = carried
        self._carried_searches = searches
        self._find = find

    def tokens(self) -> Iterator[Found]:
        """Find the token, as it says of itself and as the tables say.

        :raise TemporarilyUnavailable: the database did not answer.
        """
        return iter(()) if self.unfindable is not None else self._find(self)

    def state(self) -> TableState:
        """Read what the tables say: in one statement with the caller, if it came along.

        :raise TemporarilyUnavailable: the database did not answer.
        """
        tokens: list[Token] = []
        client: tuple[bool, bool] | None = None
        for position, each in enumerate(self._carried_searches):
            rows, sought = self._read(position)
            tokens += each.tokens(rows, sought, self._carried, self.oddities)
            if rows and client is None and each.search.joined:
                client = each.search.client_state(rows[0], sought["issued_to"])
        if client is None:
            found = self._store.client(self._carried.client_id)
            client = found is not None, found is not None and found.enabled
        return TableState(tokens, *client)

    def _sought(self, position: int) -> Mapping[str, Any]:
        sought = self._carried_searches[position].sought(self._token, self._carried)
        issued_to = self._store.clients.encode_id(self._carried.client_id)
        # A table of another database knows no clients.
        return sought | {"issued_to": issued_to} if self._searches[position].joined else sought


def _issued_to(table: TokenTable) -> sa.ColumnElement[Any]:
    """Make the id of the client whose state comes along: the one that the token itself names.

    The row's own is there only to tie the tables together: without it, SQLAlchemy warns on MySQL
    and MariaDB of a cartesian product that doesn't exist.
    """
    own = table.columns["client_id"]
    return sa.func.coalesce(sa.bindparam("issued_to", type_=own.type), own)


def _identifier_key(table: TokenTable, setting: str) -> Iterator[Key]:
    """Make the key of the column of identifiers, where there is one."""
    column = table.columns.get("jti")
    if column is None:
        return
    if isinstance(table.mapped["jti"], JSONKey) or python_type(column) not in _IDENTIFIERS:
        logger.warning("%s: rows of JWTs are not found by 'jti': it is no plain column", setting)
        return
    warn_unindexed(setting, "jti", column)
    yield Key(Kind.ACCESS, column, "plain", plain_encoder(column))
