"""What one request reads: the caller, then what the tables hold under the presented token."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from ..records import Client, Kind, Reason, Token
from .statements import TokenSearch
from .store import Rows, Store

__all__ = ["Found", "FoundToken", "Reading", "StoredTokens", "TokenSource"]

#: The characters of a token (:rfc:`6749` appendix A.12). Nothing else is worth a look-up.
_TOKEN = re.compile(r"[\x20-\x7e]+")

_HINTS = {kind.value: kind for kind in Kind}


class Found(Protocol):
    """A token that may be the presented one."""

    @property
    def outline(self) -> Token:
        """Its kind, client and audience, which are what a right looks at."""
        ...

    def read(self) -> Token:
        """Read all of it."""
        ...

    def with_client(self) -> Token:
        """Complete it with whatever else decides whether it is good now.

        Call it only for permitted tokens: its time would reveal the others.

        :raise RequestError: that cannot be found out now.
        """
        ...


class FoundToken(NamedTuple):
    """A token in a table. Most of it is read only on demand.

    :ivar outline: its kind, client and audience, which are what a right looks at.
    """

    store: Store
    search: TokenSearch
    row: Sequence[Any]
    outline: Token

    def read(self) -> Token:
        """Read all of it, with the state of its client where that stands in the same database."""
        return self.search.read(self.row, self.outline)

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

    :ivar unfindable: why the presented token cannot be a token at all, or ``None``.
    :ivar against: why it is none where nothing is found.
    :ivar oddities: why rows that were found are no tokens, for the host alone.
    """

    __slots__ = (
        "_came_along",
        "_searches",
        "_store",
        "_token",
        "against",
        "oddities",
        "unfindable",
    )

    def __init__(
        self, store: Store, token: object, searches: Sequence[TokenSearch], max_length: int
    ) -> None:
        self._store = store
        self._searches = searches
        self._token = token if isinstance(token, str) else ""
        self._came_along: tuple[Rows, Mapping[str, Any]] | None = None
        self.oddities: list[str] = []
        self.unfindable: Reason | None = None
        if len(self._token) > max_length:
            self.unfindable = Reason.TOO_LONG
        elif not _TOKEN.fullmatch(self._token):
            self.unfindable = Reason.MALFORMED
        self.against = self.unfindable or Reason.UNKNOWN

    def client(self, client_id: str, *, with_token: bool = False) -> Client | None:
        """Find a client by its id.

        :param with_token: let the token come along in the same statement.
        :raise TemporarilyUnavailable: the database did not answer.
        """
        first = self._searches[0]
        if not with_token or self.unfindable is not None or not first.joined:
            return self._store.client(client_id)
        sought = self._sought(0)
        client, rows = self._store.client_with_rows(client_id, first, sought)
        if client is not None:  # without its client's row, a token doesn't come
            self._came_along = rows, sought
        return client

    def tokens(self) -> Iterator[Found]:
        """Find all tokens that the tables hold under the presented value.

        The hint decides only which table is read first.

        :raise TemporarilyUnavailable: the database did not answer.
        """
        if self.unfindable is not None:
            return
        for position, search in enumerate(self._searches):
            rows, sought = self._read(position)
            for row, outline in search.found(rows, sought, self.oddities):
                yield FoundToken(self._store, search, row, outline)

    def stand_in(self) -> FoundToken:
        """Find a token that doesn't exist, at the cost of one that does."""
        search = self._searches[0]
        return FoundToken(self._store, search, *search.stand_in())

    def _sought(self, position: int) -> Mapping[str, Any]:
        """Write what is sought in one of the tables."""
        return self._searches[position].sought(self._token)

    def _read(self, position: int) -> tuple[Rows, Mapping[str, Any]]:
        """Read one of the tables, unless its rows came along with the caller."""
        if position == 0 and self._came_along is not None:
            return self._came_along
        search, sought = self._searches[position], self._sought(position)
        return self._store.rows(search.connections, search.alone, sought), sought


class TokenSource(Protocol):
    """Where tokens are found."""

    def reading(self, token: object, hint: object = None) -> Reading:
        """Begin to read for one request.

        :param token: as presented; anything but a text is never found.
        :param hint: as presented; anything but a hint is ignored.
        """
        ...


class StoredTokens:
    """Finds tokens in the host's tables.

    :param max_length: characters; a longer token is not looked for.
    """

    def __init__(self, store: Store, max_length: int) -> None:
        self._store = store
        self._max_length = max_length
        searches = [TokenSearch(*source) for source in store.sources]
        self._searches = {
            hint: sorted(searches, key=lambda search: hint is not None and hint not in search.kinds)
            for hint in (None, *Kind)
        }

    def reading(self, token: object, hint: object = None) -> Reading:
        """Begin to read for one request, as :class:`TokenSource` says."""
        known = _HINTS.get(hint) if isinstance(hint, str) else None
        return Reading(self._store, token, self._searches[known], self._max_length)
