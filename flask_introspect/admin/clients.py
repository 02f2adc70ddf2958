"""Add, list, rotate and disable clients."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from ..endpoint import Endpoint
from ..records import Client, Right
from ..secrets import Rotation
from ..storage import decoding
from ..storage.mapping import ClientTable, python_type
from .client_secrets import SecretColumn
from .errors import AdminError
from .mapped import only, read_client, select_clients
from .public_keys import public_jwks
from .rows import OwnTable
from .values import choice, fitting, flag, name_of, texts

__all__ = ["Clients"]


class Clients:
    """The clients of an endpoint.

    :raise AdminError: from every method, for what cannot be done.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.settings = endpoint.settings
        self.own: OwnTable[ClientTable] = OwnTable(
            endpoint,
            endpoint.store.clients,
            self.settings.prefix + "CLIENT_FIELDS",
            is_set=self.settings.client_fields is not None,
        )

    def all(self) -> Iterator[Client]:
        """Read every client, in the order of their ids.

        A client that cannot be read is given as a disabled client without anything else.
        """
        table = self.own.mapping
        with self.own.engine.connect() as connection:
            for row in connection.execute(select_clients(table)):
                yield read_client(table, row)

    def get(self, client_id: str) -> Client:
        """Read one client."""
        for client in self.all():
            if client.client_id == client_id:
                return client
        raise _unknown(client_id)

    def add(
        self,
        client_id: str,
        *,
        public: bool = False,
        secret: str | None = None,
        **registered: Any,
    ) -> str | None:
        """Add a client.

        :param secret: its secret, for a client that ends with a test: it is hashed quickly.
        :param registered: what is registered of it, by canonical fields: ``may_introspect`` (a
            :class:`~flask_introspect.Right`), ``resources``, ``visible_claims``,
            ``visible_scopes``, ``auth_method``, ``jwks``, ``tls_client_auth_subject_dn``, and
            ``introspection_signed_response_alg`` with its siblings.
        :return: its secret in clear, which is kept nowhere else; ``None`` for a client that needs
            none.
        """
        column, now = self.own.column, self.settings.clock()
        _check_id(client_id)
        if self._find(client_id) is not None:
            raise AdminError(f"There is a client {client_id!r} already")
        values = {column("client_id"): self._id(client_id), **self._values(registered)}
        if self.own.is_writable("enabled"):
            values[column("enabled")] = flag(column("enabled"), True, now)
        clear = None
        if public:
            values[column("public")] = flag(column("public"), True, now)
        elif registered.get("auth_method") not in _WITHOUT_SECRET:
            secrets = SecretColumn(self.own)
            new = secrets.new() if secret is None else secrets.passing(secret)
            values[column("client_secret")], clear = new.stored, new.clear
        self.own.insert(values)
        return clear

    def update(self, client_id: str, registered: Mapping[str, Any]) -> None:
        """Change what is registered of a client.

        :param registered: as for :meth:`add`; ``None`` clears a field.
        """
        row = self._find(client_id)
        if row is None:
            raise _unknown(client_id)
        self.own.update(row, self._values(registered))

    def delete(self, client_id: str) -> None:
        """Delete a client. Its tokens stay, and are inactive."""
        row = self._find(client_id)
        if row is None:
            raise _unknown(client_id)
        with self.own.engine.begin() as connection:
            connection.execute(sa.delete(self.own.table).where(self.own.where(row)))

    def _values(self, registered: Mapping[str, Any]) -> dict[sa.Column[Any], Any]:
        """Convert what is registered to values of the columns."""
        values: dict[sa.Column[Any], Any] = {}
        for name, given in registered.items():
            column = self.own.column(name)
            values[column] = None if given is None else _converted(column, name, given)
        return values

    def rotate(self, client_id: str, keep_for: int = 0) -> Rotation:
        """Give a client a new secret.

        :param keep_for: seconds for which the old secrets stay good.
        """
        secrets = SecretColumn(self.own)
        if keep_for:
            secrets.check_room()
        new, table = secrets.new(), self.own.table
        with self.own.engine.begin() as connection:
            row, held = self._locked(connection, client_id, secrets.column)
            client = self.get(client_id)
            if client.public or client.auth_method == "none":
                raise AdminError(f"{client_id!r} is a public client: it has no secret")
            rotation, value = secrets.rotated(held, new, keep_for, self.settings.clock())
            changed = sa.update(table).where(self.own.where(row)).values({secrets.column: value})
            connection.execute(changed)
        return rotation

    def set_enabled(self, client_id: str, enabled: bool) -> None:
        """Disable a client, or enable it again."""
        column = self.own.column("enabled")
        row = self._find(client_id)
        if row is None:
            raise _unknown(client_id)
        self.own.update(row, {column: flag(column, enabled, self.settings.clock())})

    def _id(self, client_id: str) -> Any:
        """Convert a client id to a value of its column."""
        column = self.own.column("client_id")
        found = self.own.mapping.encode_id(fitting(column, client_id, "this client id"))
        if found is None:
            raise AdminError(f"{name_of(column)} cannot hold the client id {client_id!r}")
        return found

    def _candidates(self, client_id: str, *columns: sa.Column[Any]) -> sa.Select[Any]:
        """Build the SELECT for a client; the id comes last in a row.

        A collation may find clients with merely similar ids, so the caller compares again.
        """
        column = self.own.column("client_id")
        statement = sa.select(*self.own.key, *columns, column.label("_id"))
        return statement.where(column == self._id(client_id), *only(self.own.mapping))

    def _find(self, client_id: str) -> Sequence[Any] | None:
        """Find a client's row, which begins with its primary key."""
        with self.own.engine.connect() as connection:
            rows = connection.execute(self._candidates(client_id)).all()
        return next((row for row in rows if row[-1] == self._id(client_id)), None)

    def _locked(
        self, connection: sa.Connection, client_id: str, column: sa.Column[Any]
    ) -> tuple[Sequence[Any], Any]:
        """Find a client's row and what it holds in a column, and lock it for this transaction."""
        for row in connection.execute(self._candidates(client_id, column).with_for_update()):
            if row[-1] == self._id(client_id):
                return row, tuple(row)[-2]
        raise _unknown(client_id)


#: The methods that need no secret.
_WITHOUT_SECRET = frozenset({"private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"})


def _check_id(client_id: str) -> None:
    """Refuse an id that no request could hold (:rfc:`6749` appendix A.1)."""
    if not client_id:
        raise AdminError("A client id must not be empty")
    if not client_id.isprintable():
        raise AdminError("A client id must not hold control characters")


def _converted(column: sa.Column[Any], name: str, given: Any) -> Any:
    if name == "may_introspect":
        return _right(column, given)
    if name in ("resources", "visible_claims", "visible_scopes"):
        return texts(column, given)
    if name == "jwks":
        jwks = _public(given)
        return jwks if isinstance(column.type, sa.JSON) else json.dumps(jwks)
    return fitting(column, given, f"this {name}")


def _public(given: Any) -> dict[str, Any]:
    try:
        return public_jwks(given)
    except AdminError as problem:
        raise AdminError(f"jwks: {problem}") from None


def _unknown(client_id: str) -> AdminError:
    return AdminError(f"There is no client {client_id!r}")


def _right(column: sa.Column[Any], right: Right) -> Any:
    """Convert a right to the word of a column, or to a boolean if it only says yes or no."""
    if python_type(column) not in (bool, int):
        return choice(column, right, decoding.right)
    if right is not Right.NONE:
        problem = f"{name_of(column)} says only yes or no; it cannot say {right.value!r}"
        raise AdminError(problem)
    return flag(column, False, 0)
