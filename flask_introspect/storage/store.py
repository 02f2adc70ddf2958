"""Finding clients, and rows: the only SQL of the request path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from ..errors import TemporarilyUnavailable
from ..logs import logger
from ..records import Client
from ..texts import is_storable
from .connections import Connections
from .decoding import UNDECODABLE
from .failures import is_unwritable, scrubbed
from .mapping import ClientTable, TokenTable, left_join
from .statements import TokenSearch, is_client

__all__ = ["Rows", "Store"]

Rows = Sequence[Sequence[Any]]

Source = tuple[TokenTable, Connections, ClientTable | None]

#: How many clients' stored secrets are sampled to learn how they are kept here.
_SAMPLE = 100

#: How many clients' records are kept, by the content of their rows.
_CLIENT_RECORDS = 1024


class Store:
    """The host's clients and token tables.

    :param clients: the client table; :param client_connections: reads its database.
    :param tokens: the token tables, each with what reads its database.

    :ivar sources: the token tables, each with what reads its database, and with the client table if
        that is in the same one.
    """

    def __init__(
        self,
        clients: ClientTable,
        client_connections: Connections,
        tokens: Sequence[tuple[TokenTable, Connections]],
    ) -> None:
        self.clients = clients
        self.tokens = tuple(table for table, _ in tokens)
        self._client_connections = client_connections
        self._client_width = len(clients.columns)
        self._client_id = list(clients.columns).index("client_id")
        source, secret = left_join(clients.table, clients.joins), clients.columns["client_secret"]
        self._by_id = (
            sa.select(*clients.columns.values()).select_from(source).where(is_client(clients))
        )
        self._some_secrets = (
            sa.select(secret)
            .select_from(source)
            .where(secret.is_not(None))
            .order_by(clients.client_id)  # the same for each worker
            .limit(_SAMPLE)
        )
        self.sources: Sequence[Source] = [
            (table, each, clients if each is client_connections else None) for table, each in tokens
        ]
        # A record is made once for each row content, so it is never older than the row.
        self._record = lru_cache(_CLIENT_RECORDS)(clients.read)

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

    def client_with_rows(
        self, client_id: str, search: TokenSearch, sought: Mapping[str, Any]
    ) -> tuple[Client | None, Rows]:
        """Find a client and a table's rows with one statement.

        :raise TemporarilyUnavailable: the database did not answer.
        """
        sought_id = self.clients.encode_id(client_id)
        parameters = {**sought, "client_id": sought_id}
        rows = self.rows(search.connections, search.with_caller, parameters)
        client = self._exact_client(rows, sought_id)
        return client, [row[self._client_width :] for row in rows]

    def some_stored_secrets(self) -> Sequence[Any]:
        """Read stored secrets of some clients: a sample of how secrets are kept here.

        :raise TemporarilyUnavailable: the database did not answer.
        """
        return [row[0] for row in self.rows(self._client_connections, self._some_secrets, {})]

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
