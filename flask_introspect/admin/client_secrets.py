"""How a client's secret is written into the host's column."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ..secrets import NewSecret, Rotation, UnreadableSecret, new_secret, rotate
from ..storage.mapping import ClientTable
from .errors import AdminError
from .rows import OwnTable
from .values import fitting, name_of

__all__ = ["SecretColumn"]


class SecretColumn:
    """The column of the clients' secrets.

    :raise AdminError: the mapping does not let it be written.
    """

    def __init__(self, own: OwnTable[ClientTable]) -> None:
        self.column = own.column("client_secret")
        self._settings = own.endpoint.settings
        self._setting = own.setting
        self._plain = own.mapping.plain_secrets

    def new(self) -> NewSecret:
        """Make a secret, stored as the column's other readers expect it.

        :raise AdminError: only the host can write that, or the column is too short.
        """
        if self._settings.secret_verifier is not None:
            raise AdminError(
                "Secrets are kept in a format of the host's own "
                f"({self._settings.prefix}SECRET_VERIFIER), which only the host can write"
            )
        made = new_secret(store=str) if self._plain else new_secret()
        fitting(self.column, made.stored, "a secret")
        return made

    def check_room(self) -> None:
        """Refuse to keep an old secret beside a new one where other code compares the column.

        :raise AdminError: the column holds one secret in plain text.
        """
        if self._plain:
            raise AdminError(
                f"{name_of(self.column)} holds one secret in plain text, as {self._setting} says, "
                "which other code compares as it is: there is no room for a second one. Rotate "
                "without keeping the old one, or map the column without plain(...) and keep hashes "
                "in it"
            )

    def rotated(self, held: Any, new: NewSecret, keep_for: int, now: float) -> tuple[Rotation, Any]:
        """Put a new secret before the ones that a row holds.

        :return: the rotation, and what the column holds from now on.
        :raise AdminError: the old secrets cannot be read, or the column is too short.
        """
        try:
            rotation = rotate(held, new, keep_for=keep_for, now=now)
        except UnreadableSecret as error:
            raise AdminError(f"The old secret cannot be kept: {error}") from None
        value = rotation.value(as_json=isinstance(self.column.type, sa.JSON))
        if isinstance(value, str):
            fitting(self.column, value, "the list of secrets")
        return rotation, value
