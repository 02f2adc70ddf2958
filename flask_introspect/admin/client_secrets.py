"""How a client's secret is written into the host's column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import sqlalchemy as sa

from ..models import ClientMixin
from ..secrets import (
    HashFormat,
    NewSecret,
    Rotation,
    StoredSecret,
    UnreadableSecret,
    format_of,
    hash_generated_secret,
    new_secret,
    reading_advice,
    rotate,
    stored_secrets,
)
from ..storage.mapping import ClientTable
from .errors import AdminError
from .rows import OwnTable
from .values import fitting, name_of

__all__ = ["SecretColumn", "advice_for"]

#: How many stored secrets are looked at.
_SAMPLE = 100


class SecretColumn:
    """The column of the clients' secrets.

    Other code may read it as well, so only what that code can read is written: the format of the
    existing secrets, or the host's choice.

    :raise AdminError: the mapping does not let it be written.
    """

    def __init__(self, own: OwnTable[ClientTable]) -> None:
        self.column = own.column("client_secret")
        self._own = own
        self._settings = own.endpoint.settings
        self._is_ours = issubclass(own.mapping.model, ClientMixin)

    def new(self) -> NewSecret:
        """Make a secret, stored as the column's other readers expect it.

        :raise AdminError: their format is unknown, or the column is too short.
        """
        made = new_secret(store=self._store())
        fitting(self.column, made.stored, "a secret")
        return made

    def passing(self, clear: str) -> NewSecret:
        """Store a secret for a client that lives only for a test.

        The endpoint alone reads it, so that a quick hash will do, whatever else stands there.

        :raise AdminError: as for :meth:`new`.
        """
        settings = self._settings
        is_free = settings.secret_hasher is None and settings.secret_verifier is None
        if is_free and not self._own.mapping.plain_secrets:
            made = new_secret(clear, store=hash_generated_secret)
            if len(made.stored) <= (getattr(self.column.type, "length", None) or len(made.stored)):
                return made
        made = new_secret(clear, store=self._store())
        fitting(self.column, made.stored, "a secret")
        return made

    def _store(self) -> Callable[[str], str]:
        """Choose the function that makes the stored form of a secret."""
        prefix = self._settings.prefix
        if self._settings.secret_hasher is not None:
            return partial(_hashed_by, self._settings.secret_hasher, f"{prefix}SECRET_HASHER")
        if self._settings.secret_verifier is not None:
            raise AdminError(
                f"Secrets are kept in a format of the host's own ({prefix}SECRET_VERIFIER). Say "
                f"how to write it: set {prefix}SECRET_HASHER"
            )
        if self._own.mapping.plain_secrets:
            return str
        if self._is_ours:
            return hash_generated_secret
        found = self._format_there()
        if found is None:
            raise AdminError(self._unknown_format())
        return partial(_hashed_as, found)

    def _unknown_format(self) -> str:
        """Say why the format for a new secret is unknown, and how to set it."""
        hasher = f"{self._settings.prefix}SECRET_HASHER"
        if self._held():
            return (
                f"{name_of(self.column)} holds secrets in no known hash format, so it is not known "
                f"how other code reads them. {advice_for(self._own)}, and {hasher} to what "
                "makes one"
            )
        return (
            f"{name_of(self.column)} holds no secret yet, so it is not known in which format "
            f"other code reads it. Set {hasher} to what hashes a secret"
        )

    def _format_there(self) -> HashFormat | None:
        """Find the format that most of the stored secrets have."""
        formats = (format_of(secret.value) for secrets in self._sample() for secret in secrets)
        counted = Counter(each for each in formats if each is not None)
        return counted.most_common(1)[0][0] if counted else None

    def _sample(self) -> Iterator[Sequence[StoredSecret]]:
        """Read some clients' stored secrets, as far as they can be read."""
        for raw in self._held():
            with suppress(UnreadableSecret):
                yield stored_secrets(raw)

    def _held(self) -> Sequence[Any]:
        """Read the column in some clients' rows."""
        statement = sa.select(self.column).where(self.column.is_not(None)).limit(_SAMPLE)
        with self._own.engine.connect() as connection:
            return [raw for raw in connection.execute(statement).scalars() if raw]

    def check_room(self) -> None:
        """Refuse to keep an old secret beside a new one if other code could not read both.

        :raise AdminError: the column is not ours, and no client has several secrets yet.
        """
        takes_lists = self._is_ours or isinstance(self.column.type, sa.JSON)
        if not takes_lists and not any(len(secrets) > 1 for secrets in self._sample()):
            raise AdminError(
                f"{name_of(self.column)} holds one secret, which other code reads as it is: there "
                "is no room for a second one. Rotate without --keep, or use ClientMixin's column"
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


def advice_for(own: OwnTable[ClientTable]) -> str:
    """Say how stored secrets of a client table are read that are in no known hash format."""
    spec = own.mapping.mapped["client_secret"]
    name = spec if isinstance(spec, str) else "column"
    return reading_advice(own.endpoint.prefix, None if own.mapping.plain_secrets else name)


def _hashed_by(hasher: Callable[[str], Any], setting: str, secret: str) -> str:
    """Hash a secret as the host says.

    :raise AdminError: the result is nothing that a column of secrets can hold.
    """
    try:
        stored = hasher(secret)
    except Exception as error:  # its text might hold the secret
        raise AdminError(f"{setting} raised {type(error).__name__}") from None
    if not isinstance(stored, str):
        raise AdminError(f"{setting} returned {type(stored).__name__}, and not a text")
    if not stored:
        raise AdminError(f"{setting} returned an empty text")
    return stored


def _hashed_as(format_: HashFormat, secret: str) -> str:
    """Hash a secret in a format.

    :raise AdminError: the extra that the format needs is missing.
    """
    try:
        return format_.hash(secret)
    except ImportError:
        raise AdminError(
            f"The secrets there are {format_.name} hashes, which need: "
            f"pip install Flask-Introspect[{format_.extra}]"
        ) from None
