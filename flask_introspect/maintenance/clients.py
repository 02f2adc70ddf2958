"""The clients, written: added, rotated, disabled."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from .. import readers
from ..blueprint import Endpoint
from ..credentials import UnreadableSecret, generate_secret, hash_generated_secret, rotated
from ..mapping import python_type
from ..records import Client, Right
from .rows import MaintenanceError, Rows, choice, fitting, flag, only, texts

__all__ = ["ClientRows", "Rotation"]


@dataclass(frozen=True)
class Rotation:
    """A new secret in clear, and the epoch second in which the last of the old ones ends, if they were kept."""

    secret: str
    old_end: int | None


class ClientRows:
    """The clients, written.

    :raise MaintenanceError: from every method, when it cannot be done.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.clients = endpoint.store.clients
        self.settings = endpoint.settings
        self.rows = Rows(endpoint, self.clients.model, self.clients.mapped, endpoint.settings.prefix + "CLIENT_FIELDS")

    def all(self) -> Iterator[Client]:
        """Every client, by its id. One that cannot be read is given as a disabled client without anything else."""
        clients = self.clients
        statement = sa.select(*clients.columns).select_from(clients.from_).where(*only(clients))
        with self.rows.engine.connect() as connection:
            for row in connection.execute(statement.order_by(clients.client_id)):
                try:
                    yield clients.read(row)
                except (ValueError, TypeError):
                    yield Client(str(row[0]), enabled=False)

    def add(
        self,
        client_id: str,
        *,
        public: bool = False,
        right: Right | None = None,
        resources: Sequence[str] = (),
        visible_claims: Sequence[str] = (),
        visible_scopes: Sequence[str] = (),
    ) -> str | None:
        """Add a client.

        :return: its secret in clear, which is kept nowhere else; ``None`` for a public client.
        """
        column = self.rows.column
        if self._find(client_id) is not None:
            raise MaintenanceError(f"There is a client {client_id!r} already")
        values: dict[sa.Column[Any], Any] = {column("client_id"): self._id(client_id)}
        lists = {"resources": resources, "visible_claims": visible_claims, "visible_scopes": visible_scopes}
        values.update({column(name): texts(column(name), given) for name, given in lists.items() if given})
        if right is not None:
            values[column("may_introspect")] = _right(column("may_introspect"), right)
        if self.rows.writable("enabled"):
            values[column("enabled")] = flag(column("enabled"), True, self.settings.clock())
        secret = None
        if public:
            values[column("public")] = flag(column("public"), True, self.settings.clock())
        else:
            secret = generate_secret()
            values[column("client_secret")] = self._stored(secret)
        self.rows.insert(values)
        return secret

    def rotate(self, client_id: str, keep_for: int = 0) -> Rotation:
        """Give a client a new secret.

        :param keep_for: seconds for which the old ones stay good.
        """
        column, secret = self.rows.column("client_secret"), generate_secret()
        if keep_for and self.clients.plain_secrets:
            raise MaintenanceError(
                f"{column.table.name}.{column.name} holds one secret in plain text, as {self.rows.setting} says, which "
                "other code compares as it is: there is no room for a second one. Rotate without keeping the old one, "
                "or map the column without plain(...) and keep hashes in it"
            )
        new = self._stored(secret)
        with self.rows.engine.begin() as connection:
            row, stored = self._locked(connection, client_id, column)
            try:
                several = rotated(stored, new, keep_for=keep_for, now=self.settings.clock())
            except UnreadableSecret as error:
                raise MaintenanceError(f"The old secret cannot be kept: {error}") from None
            value = new
            if len(several) > 1:
                value = several if isinstance(column.type, sa.JSON) else json.dumps(several)  # type: ignore[assignment]
            if isinstance(value, str):
                fitting(column, value, "the list of secrets")
            connection.execute(sa.update(self.rows.table).where(self.rows.where(row)).values({column: value}))
        return Rotation(secret, max((each["expires_at"] for each in several[1:]), default=None))

    def set_enabled(self, client_id: str, enabled: bool) -> None:
        """Disable a client, or enable it again."""
        column = self.rows.column("enabled")
        self.rows.update(self._known(client_id), {column: flag(column, enabled, self.settings.clock())})

    def _stored(self, secret: str) -> str:
        """A generated secret as it is kept here."""
        if self.settings.secret_verifier is not None:
            raise MaintenanceError(
                f"Secrets are kept in a format of the host's own ({self.settings.prefix}SECRET_VERIFIER), which "
                "only the host can write"
            )
        column = self.rows.column("client_secret")
        stored = secret if self.clients.plain_secrets else hash_generated_secret(secret)
        return fitting(column, stored, "a secret")

    def _id(self, client_id: str) -> Any:
        column = self.rows.column("client_id")
        found = self.clients.encode_id(fitting(column, client_id, "this client id"))
        if found is None:
            raise MaintenanceError(f"{column.table.name}.{column.name} cannot hold the client id {client_id!r}")
        return found

    def _candidates(self, client_id: str, *columns: sa.Column[Any]) -> sa.Select[Any]:
        column = self.rows.column("client_id")
        statement = sa.select(*self.rows.key, *columns, column.label("_id")).where(column == self._id(client_id))
        return statement.where(*only(self.clients))

    def _find(self, client_id: str) -> Sequence[Any] | None:
        with self.rows.engine.connect() as connection:
            rows = connection.execute(self._candidates(client_id)).all()
        return next((row for row in rows if row[-1] == self._id(client_id)), None)

    def _known(self, client_id: str) -> Sequence[Any]:
        row = self._find(client_id)
        if row is None:
            raise MaintenanceError(f"There is no client {client_id!r}")
        return row

    def _locked(self, connection: sa.Connection, client_id: str, column: sa.Column[Any]) -> tuple[Sequence[Any], Any]:
        """A client's row and what it holds in a column; nobody else changes it before this transaction ends."""
        for row in connection.execute(self._candidates(client_id, column).with_for_update()):
            if row[-1] == self._id(client_id):
                return row, row[-2]
        raise MaintenanceError(f"There is no client {client_id!r}")


def _right(column: sa.Column[Any], right: Right) -> Any:
    if python_type(column) not in (bool, int):
        return choice(column, right, readers.right)
    if right is not Right.NONE:
        raise MaintenanceError(f"{column.table.name}.{column.name} says only yes or no; it cannot say {right.value!r}")
    return flag(column, False, 0)
