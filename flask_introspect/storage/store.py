"""Finding clients and tokens: the only SQL of the request path."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from ..errors import TemporarilyUnavailable
from ..logs import logger
from ..records import Client, Kind, Reason, Token
from ..texts import is_storable
from .connections import Connections
from .decoding import UNDECODABLE
from .failures import is_unwritable, scrubbed
from .mapping import ClientTable, TokenTable, left_join
from .statements import TokenSearch, is_client

__all__ = ["FoundToken", "Reading", "Store"]

Rows = Sequence[Sequence[Any]]

#: What a token is made of (:rfc:`6749` appendix A.12). Nothing else is worth a look-up.
_TOKEN = re.compile(r"[\x20-\x7e]+")

#: How many clients' records are kept, by the content of their rows.
_CLIENT_RECORDS = 1024

_HINTS = {kind.value: kind for kind in Kind}


class Store:
    """The host's clients and tokens.

    :param clients: the client table; :param client_connections: reads its database.
    :param tokens: the token tables, each with what reads its database.
    :param max_token_length: characters; a longer token is not looked for.
    """

    def __init__(
        self,
        clients: ClientTable,
        client_connections: Connections,
        tokens: Sequence[tuple[TokenTable, Connections]],
        max_token_length: int,
    ) -> None:
        self.clients = clients
        self.tokens = tuple(table for table, _ in tokens)
        self.max_token_length = max_token_length
        self._client_connections = client_connections
        self._client_width = len(clients.columns)
        self._client_id = list(clients.columns).index("client_id")
        source, secret = left_join(clients.table, clients.joins), clients.columns["client_secret"]
        self._by_id = (
            sa.select(*clients.columns.values()).select_from(source).where(is_client(clients))
        )
        self._any_secret = sa.select(secret).select_from(source).where(secret.is_not(None)).limit(1)
        searches = [
            TokenSearch(table, each, clients if each is client_connections else None)
            for table, each in tokens
        ]
        self._searches = {
            hint: sorted(searches, key=lambda search: hint is not None and hint not in search.kinds)
            for hint in (None, *Kind)
        }
        # A record is made once for each content of a row, so it is never older than the row.
        self._record = lru_cache(_CLIENT_RECORDS)(clients.read)

    def reading(self, token: object, hint: object = None) -> Reading:
        """Begin to read for one request.

        :param token: as presented; anything that is no text is never found.
        :param hint: as presented; what is no hint is ignored.
        """
        known = _HINTS.get(hint) if isinstance(hint, str) else None
        return Reading(self, token, self._searches[known])

    def client(self, client_id: str) -> Client | None:
        """Find a client by its id, exactly as it is written.

        :raise TemporarilyUnavailable: the database did not answer.
        """
        if not is_storable(client_id):
            return None
        sought = self.clients.encode_id(client_id)
        parameters = {"client_id": sought}
        rows = self.rows(self._client_connections, self._by_id, parameters)
        return self._exact_client(rows, sought)

    def client_with_token(
        self, client_id: str, search: TokenSearch, token: str, oddities: list[str]
    ) -> tuple[Client | None, list[tuple[Sequence[Any], Token]]]:
        """Find a client and a table's tokens with one statement.

        :raise TemporarilyUnavailable: the database did not answer.
        """
        sought, sought_id = search.sought(token), self.clients.encode_id(client_id)
        parameters = {**sought, "client_id": sought_id}
        rows = self.rows(search.connections, search.with_caller, parameters)
        token_rows = [row[self._client_width :] for row in rows]
        return self._exact_client(rows, sought_id), search.found(token_rows, sought, oddities)

    def any_stored_secret(self) -> Any:
        """Read some client's stored secret: a sample of how secrets are kept here.

        :raise TemporarilyUnavailable: the database did not answer.
        """
        rows = self.rows(self._client_connections, self._any_secret, {})
        return rows[0][0] if rows else None

    def rows(
        self, connections: Connections, statement: sa.Select[Any], parameters: Mapping[str, Any]
    ) -> Rows:
        """Read all rows of a statement.

        :raise TemporarilyUnavailable: the database did not answer.
        """
        try:
            return connections.rows(statement, parameters)
        except (SQLAlchemyError, UnicodeEncodeError) as error:
            if is_unwritable(error, parameters):
                return ()  # no row holds what the database cannot write
            said = scrubbed(error, parameters.values())
            logger.error("the token store did not answer: %s", said)
            raise TemporarilyUnavailable() from None

    def _exact_client(self, rows: Rows, sought: Any) -> Client | None:
        """Pick the client whose id is the sought one, byte for byte.

        A collation may find others as well.
        """
        for row in rows:
            if row[self._client_id] == sought and sought is not None:
                return self._client_record(tuple(row[: self._client_width]))
        return None

    def _client_record(self, values: tuple[Any, ...]) -> Client | None:
        try:
            try:
                return self._record(values)
            except TypeError:  # a value that cannot be a cache's key, such as a list
                return self.clients.read(values)
        except UNDECODABLE as error:
            client_id, problem = values[self._client_id], type(error).__name__
            logger.error("client %r cannot be read (%s); it is refused", client_id, problem)
            return None


class FoundToken(NamedTuple):
    """A token that a table holds. Most of it is read only when it is asked for.

    :ivar outline: its kind, client and audience, which are what a right looks at.
    """

    store: Store
    search: TokenSearch
    row: Sequence[Any]
    outline: Token

    def read(self) -> Token:
        """Read all of it, with the state of its client where that stands in the same database."""
        return self.search.read(self.row, self.outline)

    @property
    def token(self) -> Token:
        """Its record, as :meth:`read` reads it."""
        return self.read()

    def with_client(self) -> Token:
        """Complete the token with the state of its client.

        Call it only for permitted tokens: where the client stands in another database, it takes one
        more statement, whose time would reveal the others.

        :raise TemporarilyUnavailable: the database did not answer.
        """
        token = self.read()
        if self.search.joined:
            return token
        client = self.store.client(token.client_id) if token.client_id is not None else None
        enabled = client is not None and client.enabled
        return token._replace(client_known=client is not None, client_enabled=enabled)


class Reading:
    """What one request reads: the caller, then the token, which may come along with the caller.

    :ivar unfindable: why the presented token can be no token at all, or ``None``.
    :ivar oddities: why rows that were found are no tokens, for the host alone.
    """

    __slots__ = ("_came_along", "_searches", "_store", "_token", "oddities", "unfindable")

    def __init__(self, store: Store, token: object, searches: Sequence[TokenSearch]) -> None:
        self._store = store
        self._searches = searches
        self._token = token if isinstance(token, str) else ""
        self._came_along: list[list[tuple[Sequence[Any], Token]]] = []
        self.oddities: list[str] = []
        self.unfindable: Reason | None = None
        if len(self._token) > store.max_token_length:
            self.unfindable = Reason.TOO_LONG
        elif not _TOKEN.fullmatch(self._token):
            self.unfindable = Reason.MALFORMED

    def client(self, client_id: str, *, with_token: bool = False) -> Client | None:
        """Find a client by its id.

        :param with_token: let the token come along in the same statement.
        :raise TemporarilyUnavailable: the database did not answer.
        """
        first = self._searches[0]
        if not with_token or self.unfindable is not None or not first.joined:
            return self._store.client(client_id)
        found = self._store.client_with_token(client_id, first, self._token, self.oddities)
        client, rows = found
        if client is not None:  # without its client's row, a token doesn't come
            self._came_along = [rows]
        return client

    def tokens(self) -> Iterator[FoundToken]:
        """Find all that the tables hold under the presented token.

        The hint decides only which table is read first.

        :raise TemporarilyUnavailable: the database did not answer.
        """
        if self.unfindable is not None:
            return
        for position, search in enumerate(self._searches):
            if position < len(self._came_along):
                found = self._came_along[position]
            else:
                sought = search.sought(self._token)
                rows = self._store.rows(search.connections, search.alone, sought)
                found = search.found(rows, sought, self.oddities)
            for row, outline in found:
                yield FoundToken(self._store, search, row, outline)

    def stand_in(self) -> FoundToken:
        """Find a token that there is not, at the cost of one that there is."""
        search = self._searches[0]
        return FoundToken(self._store, search, *search.stand_in())
