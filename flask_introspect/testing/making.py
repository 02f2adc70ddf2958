"""Make clients and tokens through the host's mapping, and remove them again."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from ..admin import (
    NEVER,
    AdminError,
    Clients,
    database_problem,
    delete_token,
    issue_token,
    joining,
    revoke_token,
)
from ..endpoint import Endpoint
from ..errors import ConfigError
from ..records import Kind, Right
from ..storage.mapping import CLIENT_FIELDS, TOKEN_FIELDS, python_type
from .values import CannotMake, IssuedToken, RegisteredClient, nearest

__all__ = ["MappedRows"]

#: Seconds before its end that a token was issued which has expired.
_LIFETIME = 3600

#: What stands in the place of some canonical fields: for the list of what would be right.
_CLIENT_ARGUMENTS: Mapping[str, Iterable[str]] = {
    "client_secret": ["secret"],
    "client_secret_expires_at": [],
}
_TOKEN_ARGUMENTS: Mapping[str, Iterable[str]] = {
    "client_id": ["client"],
    "exp": ["expires_in", "never_expires"],
    "nbf": ["starts_in"],
    "iat": [],
    "user_enabled": [],
    "refresh_exp": [],
    "refresh_revoked": [],
}


class MappedRows:
    """Writes clients and tokens as the commands do, and remembers what it wrote.

    :param app: the host.
    :param endpoint: the endpoint whose tables are written.
    :raise CannotMake: from every method, for what the mapping does not let be written.
    """

    def __init__(self, app: Flask, endpoint: Endpoint) -> None:
        self._app = app
        self._endpoint = endpoint
        self._clients: list[str] = []
        self._tokens: list[str] = []

    def make_client(
        self,
        client_id: str | None = None,
        *,
        secret: str | None = None,
        public: bool = False,
        enabled: bool = True,
        **registered: Any,
    ) -> RegisteredClient:
        """Register a client.

        :param client_id: a random one when left out, and so is the secret.
        :param public: whether it has no secret.
        :param enabled: whether it may be used.
        :param registered: further canonical fields of a client: ``may_introspect`` (a
            :class:`~flask_introspect.Right` or its word), ``resources`` (a list)...
        """
        _check_names("client", registered, CLIENT_FIELDS, _CLIENT_ARGUMENTS)
        if "may_introspect" in registered:
            registered["may_introspect"] = Right(registered["may_introspect"])
        if not public and secret is None:
            secret = secrets.token_urlsafe(24)
        with self._writing():
            clients = Clients(self._endpoint)
            if client_id is None:
                client_id = _new_id(clients.own.column("client_id"))
            if not enabled:
                clients.own.column("enabled")  # or the client would stay, and be enabled
            clients.add(client_id, public=public, secret=secret, **registered)
            self._clients.append(client_id)
            if not enabled:
                clients.set_enabled(client_id, False)
        return RegisteredClient(client_id, secret)

    def make_token(
        self,
        client: RegisteredClient | str | None = None,
        *,
        kind: Kind | str = Kind.ACCESS,
        expires_in: int | None = None,
        never_expires: bool = False,
        starts_in: int | None = None,
        revoked: bool = False,
        **fields: Any,
    ) -> IssuedToken:
        """Issue a token.

        :param client: whom it is issued to; a new client when left out.
        :param expires_in: seconds from now, before now if negative; ``None`` for an hour, or for a
            refresh token whose end the table cannot hold, for ever.
        :param starts_in: seconds from now before which it is not valid yet.
        :param fields: further canonical fields of a token: ``scope``, ``username``, ``sub``,
            ``aud`` (a list).
        """
        _check_names("token", fields, TOKEN_FIELDS, _TOKEN_ARGUMENTS)
        if client is None:
            client = self.make_client()
        holder = None if isinstance(client, str) else client
        client_id = client if isinstance(client, str) else client.client_id
        now = self._endpoint.settings.clock()
        issued_at = now
        if never_expires:
            expires_in = NEVER
        elif expires_in is not None and expires_in <= 0:
            issued_at, expires_in = now + expires_in - _LIFETIME, _LIFETIME
        if starts_in is not None:
            fields["nbf"] = int(now) + starts_in
        with self._writing():
            new = issue_token(
                self._endpoint, client_id, Kind(kind), expires_in, fields, issued_at=issued_at
            )
            self._tokens.append(new.clear)
            if revoked:
                revoke_token(self._endpoint, new.clear)
        return IssuedToken(new.clear, holder)

    def revoke(self, token: str) -> None:
        """Revoke any token."""
        with self._writing():
            revoke_token(self._endpoint, token)

    def remove(self) -> None:
        """Delete what was made, if it is still there."""
        try:
            with self._writing():
                self._delete()
        except CannotMake as error:
            raise CannotMake(
                f"What this test made could not be deleted: {error}. Delete what refers to it, or "
                "override the fixture keeps_introspection_rows"
            ) from None

    def _delete(self) -> None:
        while self._tokens:
            delete_token(self._endpoint, self._tokens.pop())
        clients = Clients(self._endpoint)
        while self._clients:
            with suppress(AdminError):  # there is none of that id any more
                clients.delete(self._clients.pop())

    def _open_transaction(self) -> sa.Connection | None:
        """Find the transaction that the endpoint reads in and the host's tests roll back."""
        settings = self._endpoint.settings
        given: Any = None if settings.session is None else settings.session()
        if hasattr(given, "get_bind"):
            given = given.get_bind(sa.inspect(settings.client_model))
        return given if isinstance(given, sa.Connection) and given.in_transaction() else None

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            with self._app.app_context(), joining(self._open_transaction()):
                yield
        except (AdminError, ConfigError) as error:
            raise CannotMake(str(error)) from None
        except SQLAlchemyError as error:
            raise CannotMake(database_problem(error)) from None


def _check_names(
    what: str,
    given: Iterable[str],
    fields: Iterable[str],
    arguments: Mapping[str, Iterable[str]],
) -> None:
    """Refuse what is no field at all: no column could hold it, and none need be added."""
    known = set(fields)
    for name in given:
        if name not in known:
            shown = known - set(arguments) | {each for some in arguments.values() for each in some}
            raise CannotMake(
                f"There is no field {name!r} of a {what}. The fields are, the nearest first: "
                + nearest(name, shown)
            )


def _new_id(column: sa.Column[Any]) -> str:
    """Make a client id that a column can hold."""
    if python_type(column) is int:
        return str(secrets.randbelow(2**31))
    if python_type(column) is uuid.UUID:
        return str(uuid.uuid4())
    return f"test-{secrets.token_hex(8)}"
