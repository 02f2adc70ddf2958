"""Finding clients and tokens: the only SQL of the request path."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from .credentials import is_storable
from .engines import Reader, Rows
from .errors import TemporarilyUnavailable
from .mapping import CLIENT_FIELDS, TOKEN_FIELDS, ClientTable, Key, TokenTable, left_join
from .readers import UNREADABLE
from .records import Client, Kind, Reason, Token

__all__ = ["Reading", "Store", "matches"]

logger = logging.getLogger(__package__)

#: What a token is made of (:rfc:`6749` appendix A.12): nothing else is worth a look-up.
_TOKEN = re.compile(r"[\x20-\x7e]+")

_CLIENT_WIDTH = len(CLIENT_FIELDS)
_SECRET = list(CLIENT_FIELDS).index("client_secret")
_KIND = list(TOKEN_FIELDS).index("kind")
_CLIENT_ID = list(TOKEN_FIELDS).index("client_id")
_EXP = list(TOKEN_FIELDS).index("exp")
_REVOKED = list(TOKEN_FIELDS).index("revoked")
_REFRESH_EXP = list(TOKEN_FIELDS).index("refresh_exp")
_REFRESH_REVOKED = list(TOKEN_FIELDS).index("refresh_revoked")

#: How many clients' records are kept, by the content of their rows.
_CLIENT_RECORDS = 1024


class _TokenSearch:
    """One token table: its statements, made once, and how to find and read the token among the rows.

    :param clients: the client table, where it stands in the same database: then the token's client, and the caller,
        come in the same row.
    """

    def __init__(self, table: TokenTable, reader: Reader, clients: ClientTable | None) -> None:
        self.table = table
        self.reader = reader
        self.joined = clients is not None
        self._is_enabled = clients.is_enabled if clients is not None else None
        self.kinds = set(Kind) if table.has_kind else {key.kind for key in table.keys}
        self._keys = {hint: _hinted_first(table.keys, hint) for hint in (None, *Kind)}
        self._columns = slice(len(table.keys), len(table.keys) + len(TOKEN_FIELDS))
        condition = sa.or_(*(key.column == sa.bindparam(f"key_{n}") for n, key in enumerate(table.keys)))
        if table.only is not None:
            condition = sa.and_(condition, table.only)
        columns = [*(key.column for key in table.keys), *table.columns]
        joins = list(table.joins)
        if clients is not None:
            issued_to = clients.issued_to
            joins += issued_to.joined_to(table.columns[_CLIENT_ID])
            columns += [issued_to.client_id, issued_to.enabled]
            along = left_join(clients.table, [(table.from_, condition), *joins, *clients.joins])
            self.with_caller = sa.select(*clients.columns, *columns).select_from(along).where(_is_client(clients))
        self.alone = sa.select(*columns).select_from(left_join(table.from_, joins)).where(condition)

    def sought(self, token: str) -> dict[str, Any]:
        """What the token would look like in each key's column."""
        return {f"key_{n}": key.encode(token) for n, key in enumerate(self.table.keys)}

    def token(self, rows: Sequence[Sequence[Any]], sought: Mapping[str, Any], hint: Kind | None) -> Token | None:
        """The token among the rows: the one whose key is the sought one, byte for byte.

        A collation may find more: other cases, trailing blanks. The hint decides only which key is looked at first.
        Of several rows of one token (django-oauth-toolkit keeps those that it revoked) the one that is good counts.
        """
        found: Token | None = None
        for n, key in self._keys[hint]:
            for row in rows:
                if not matches(row, n, key, sought[f"key_{n}"]):
                    continue
                token = self._read(row, key)
                if token is not None and token.client_known and not token.revoked:
                    return token
                if found is None or (token is not None and token.client_known and not found.client_known):
                    found = token
        return found

    def _read(self, row: Sequence[Any], key: Key) -> Token | None:
        """A token's record, or ``None`` for a row that holds no token of a known kind."""
        values = list(row[self._columns])
        readers = self.table.readers
        kind = key.kind
        if self.table.has_kind:
            try:
                kind = readers[_KIND](values[_KIND])
            except ValueError:
                return None
        if kind is Kind.REFRESH:
            self._take_refresh_state(values)
        values[_KIND] = None
        known, enabled = True, True
        try:
            if self._is_enabled is not None:
                known, enabled = row[-2] is not None and row[-2] == values[_CLIENT_ID], self._is_enabled(row[-1])
            fields = [reader(value) for reader, value in zip(readers, values, strict=True)]
        except UNREADABLE:
            return self._unreadable(kind, values)
        fields[_KIND] = kind
        return Token._make((*fields[:_REFRESH_EXP], known, enabled, None))

    def _take_refresh_state(self, values: list[Any]) -> None:
        """A refresh token's state is its own: in a row that it shares, its end is not the access token's."""
        if self.table.shared or "refresh_exp" in self.table.mapped:
            values[_EXP] = values[_REFRESH_EXP]
        if "refresh_revoked" in self.table.mapped:
            values[_REVOKED] = values[_REFRESH_REVOKED]

    def _unreadable(self, kind: Kind, values: list[Any]) -> Token:
        """A record that is never active, and that only the client may see which the token was issued to."""
        readable: dict[str, Any] = {}
        for name, reader, value in zip(TOKEN_FIELDS, self.table.readers, values, strict=True):
            try:
                readable[name] = reader(value)
            except UNREADABLE:
                logger.error("%s.%s cannot be read; the token is not active", self.table.model.__name__, name)
                unreadable = name
        return Token(kind, readable.get("client_id"), unreadable=unreadable)


class Store:
    """The host's clients and tokens.

    :param clients: the client table; :param client_reader: reads its database.
    :param tokens: the token tables, each with what reads its database.
    :param max_token_length: characters; a longer token is not looked for.
    """

    def __init__(
        self,
        clients: ClientTable,
        client_reader: Reader,
        tokens: Sequence[tuple[TokenTable, Reader]],
        max_token_length: int,
    ) -> None:
        self.clients = clients
        self.tokens = tuple(table for table, _ in tokens)
        self.max_token_length = max_token_length
        self._client_reader = client_reader
        self._client = sa.select(*clients.columns).select_from(clients.from_).where(_is_client(clients))
        self._secrets = (
            sa.select(clients.columns[_SECRET])
            .select_from(clients.from_)
            .where(clients.columns[_SECRET].is_not(None))
            .limit(1)
        )
        searches = [
            _TokenSearch(table, reader, clients if reader is client_reader else None) for table, reader in tokens
        ]
        self._searches = {
            hint: sorted(searches, key=lambda search: hint is not None and hint not in search.kinds)
            for hint in (None, *Kind)
        }
        # A record is made once per content of a row, so it is never older than the row.
        self._record = lru_cache(_CLIENT_RECORDS)(clients.read)

    def reading(self, token: object, hint: object = None) -> Reading:
        """Begin to read for one request.

        :param token: as presented; anything that is no text is never found.
        :param hint: as presented; what is no hint is ignored.
        """
        return Reading(self, token, _HINTS.get(hint) if isinstance(hint, str) else None)

    def client(self, client_id: str) -> Client | None:
        """A client by its id, exactly as it is written.

        :raise TemporarilyUnavailable: the database did not answer.
        """
        if not is_storable(client_id):
            return None
        sought = self.clients.encode_id(client_id)
        return self._exact_client(self._rows(self._client_reader, self._client, {"client_id": sought}), sought)

    def any_stored_secret(self) -> Any:
        """Some client's stored secret or secrets: a sample of how secrets are kept here.

        :raise TemporarilyUnavailable: the database did not answer.
        """
        rows = self._rows(self._client_reader, self._secrets, {})
        return rows[0][0] if rows else None

    def _client_with_token(
        self, client_id: str, search: _TokenSearch, token: str, hint: Kind | None
    ) -> tuple[Client | None, Token | None]:
        sought, sought_id = search.sought(token), self.clients.encode_id(client_id)
        rows = self._rows(search.reader, search.with_caller, {**sought, "client_id": sought_id})
        return self._exact_client(rows, sought_id), search.token([row[_CLIENT_WIDTH:] for row in rows], sought, hint)

    def _token(self, search: _TokenSearch, token: str, hint: Kind | None) -> Token | None:
        sought = search.sought(token)
        return search.token(self._rows(search.reader, search.alone, sought), sought, hint)

    def _exact_client(self, rows: Rows, sought: Any) -> Client | None:
        """The client whose id is the sought one byte for byte; a collation may find others as well."""
        for row in rows:
            if row[0] == sought and sought is not None:
                return self._client_record(row[:_CLIENT_WIDTH])
        return None

    def _client_record(self, values: tuple[Any, ...]) -> Client | None:
        try:
            try:
                return self._record(values)
            except TypeError:  # a value that cannot be a cache's key, such as a list
                return self.clients.read(values)
        except UNREADABLE as error:
            logger.error("client %r cannot be read (%s); it is refused", values[0], type(error).__name__)
            return None

    def _rows(self, reader: Reader, statement: sa.Select[Any], parameters: Mapping[str, Any]) -> Rows:
        try:
            return reader.rows(statement, parameters)
        except (SQLAlchemyError, UnicodeEncodeError) as error:
            if _unwritable(error, parameters):
                return ()  # no row holds what the database cannot write
            logger.error("the token store did not answer: %s", _cause(error, parameters))
            raise TemporarilyUnavailable() from None


class Reading:
    """What one request reads: the caller, then the token, which may come along with the caller.

    :ivar unfindable: why the presented token can be no token at all, or ``None``.
    """

    __slots__ = ("_came_along", "_hint", "_joined", "_searches", "_store", "_token", "unfindable")

    def __init__(self, store: Store, token: object, hint: Kind | None) -> None:
        self._store = store
        self._hint = hint
        self._searches = store._searches[hint]
        self._token = token if isinstance(token, str) else ""
        self._came_along: list[Token | None] = []
        self._joined = True
        self.unfindable: Reason | None = None
        if len(self._token) > store.max_token_length:
            self.unfindable = Reason.TOO_LONG
        elif not _TOKEN.fullmatch(self._token):
            self.unfindable = Reason.MALFORMED

    def client(self, client_id: str, *, with_token: bool = False) -> Client | None:
        """A client by its id.

        :param with_token: let the token come along in the same statement.
        :raise TemporarilyUnavailable: the database did not answer.
        """
        first = self._searches[0]
        if not with_token or self.unfindable is not None or not first.joined:
            return self._store.client(client_id)
        client, token = self._store._client_with_token(client_id, first, self._token, self._hint)
        if client is not None:  # without its client's row, a token does not come
            self._came_along = [token]
        return client

    def tokens(self) -> Iterator[Token]:
        """Whatever the tables hold under the presented token, one table after the other, the hinted kind first.

        :raise TemporarilyUnavailable: the database did not answer.
        """
        if self.unfindable is not None:
            return
        for position, search in enumerate(self._searches):
            if position < len(self._came_along):
                token = self._came_along[position]
            else:
                token = self._store._token(search, self._token, self._hint)
            if token is not None:
                self._joined = search.joined
                yield token

    def with_client(self, token: Token) -> Token:
        """The token that :meth:`tokens` gave last, with the state of its client, if that stands in another database.

        Asked only about tokens that the caller may see: one statement more would tell a token for others from none.

        :raise TemporarilyUnavailable: the database did not answer.
        """
        if self._joined:
            return token
        client = self._store.client(token.client_id) if token.client_id is not None else None
        return token._replace(client_known=client is not None, client_enabled=client is not None and client.enabled)


_HINTS = {kind.value: kind for kind in Kind}


def _hinted_first(keys: Sequence[Key], hint: Kind | None) -> list[tuple[int, Key]]:
    return sorted(enumerate(keys), key=lambda item: hint is not None and item[1].kind is not hint)


def _is_client(clients: ClientTable) -> sa.ColumnElement[bool]:
    condition = clients.client_id == sa.bindparam("client_id")
    return condition if clients.only is None else condition & clients.only


def matches(row: Sequence[Any], n: int, key: Key, sought: Any) -> bool:
    """Whether a row's key is the sought one, and no better key of the same token is set."""
    if sought is None or row[n] != sought:
        return False
    return not key.before or all(row[better] is None for better in range(n - key.before, n))


def _unwritable(error: SQLAlchemyError | UnicodeEncodeError, parameters: Mapping[str, Any]) -> bool:
    """Whether a database refused a lookup because its encoding, or the column's, lacks a character of what is sought.

    A client id may be any text.
    """
    if all(value.isascii() for value in parameters.values() if isinstance(value, str)):
        return False
    cause = getattr(error, "orig", None)
    state = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    number = next(iter(getattr(cause, "args", ())), None)
    return isinstance(error, UnicodeEncodeError) or state in _UNTRANSLATABLE or number in _UNTRANSLATABLE


#: PostgreSQL's "untranslatable character" and "character not in repertoire", MariaDB's "illegal mix of collations".
_UNTRANSLATABLE = frozenset({"22P05", "22021", 1267})


def _cause(error: SQLAlchemyError | UnicodeEncodeError, parameters: Mapping[str, Any]) -> str:
    """What a database error says, without the values that were sent."""
    cause = getattr(error, "orig", None) or error
    text = str(cause) if cause is not error else str(error).partition("[SQL:")[0]
    for value in parameters.values():
        if value:
            text = text.replace(str(value), "[...]")
    return f"{type(cause).__name__}: {' '.join(text.split())}"
