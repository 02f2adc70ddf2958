"""Replace tokens in plain text by their digests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from ..endpoint import Endpoint
from ..records import Kind
from ..storage.mapping import Key, python_type
from .batches import Batches
from .errors import AdminError
from .mapped import only
from .token_tables import OwnTokens, token_tables
from .values import PLACEHOLDER, fitting, is_placeholder, name_of, placeholder

__all__ = ["Hashing", "hashings", "plain_only"]


class Hashing(Batches):
    """Moves the tokens of a plain-text column into the digest column that is searched first.

    :param plain: the key that holds the tokens in plain text.
    :param better: the keys of the same kind that are searched before it, a digest first.
    :raise AdminError: a column cannot be written, or is too short.
    """

    def __init__(self, own: OwnTokens, plain: Key, better: Sequence[Key]) -> None:
        super().__init__(own)
        self._encode = better[0].encode
        self._better = [own.key_column(key) for key in better]
        self._digest = self._better[0]
        self._plain = own.key_column(plain)
        sample = self._encode("")
        if isinstance(sample, str):
            fitting(self._digest, sample, "a digest")
        self._nullable = _is_nullable(own, self._plain)
        if not self._nullable:
            if not self._is_text():
                raise AdminError(f"{name_of(self._plain)} must be nullable, to be emptied")
            fitting(self._plain, placeholder(), "what stands there for a hashed token")

    @property
    def column(self) -> str:
        """The name of the plain-text column."""
        return self._plain.name

    def needed(self) -> sa.ColumnElement[bool]:
        held: sa.ColumnElement[bool] = self._plain.is_not(None)
        if self._is_text():
            held = sa.and_(held, self._plain != "", self._plain.not_like(PLACEHOLDER + "%"))
        return sa.and_(held, *only(self.own.mapping))

    def columns(self) -> Sequence[sa.Column[Any]]:
        return self._plain, *self._better

    def work(self, connection: sa.Connection, found: Sequence[Sequence[Any]]) -> int:
        width = len(self.own.key)
        to_hash: list[dict[str, Any]] = []
        to_empty: list[dict[str, Any]] = []
        for row in found:
            held, better = row[width], row[width + 1 :]
            if is_placeholder(held):
                continue
            values = {f"key_{n}": value for n, value in enumerate(row[:width])}
            values |= {"held": held, "left": None if self._nullable else placeholder()}
            if any(value is not None for value in better):
                # The token that counts is hashed already; this one is never found.
                to_empty.append(values)
            else:
                to_hash.append({**values, "digest": self._encode(str(held))})
        hashed = self._write(connection, to_hash, digest=True)
        return hashed + self._write(connection, to_empty, digest=False)

    def _write(
        self, connection: sa.Connection, values: list[dict[str, Any]], *, digest: bool
    ) -> int:
        """Empty the plain-text column of some rows, if they are still as they were read.

        :param digest: whether the token's digest is written as well.
        """
        if not values:
            return 0
        unhashed = sa.and_(*(column.is_(None) for column in self._better))
        same = [column == sa.bindparam(f"key_{n}") for n, column in enumerate(self.own.key)]
        statement = sa.update(self.own.table).where(
            *same,
            self._plain == sa.bindparam("held"),
            unhashed if digest else sa.not_(unhashed),
        )
        statement = statement.values({self._plain: sa.bindparam("left")})
        if digest:
            statement = statement.values({self._digest: sa.bindparam("digest")})
        return connection.execute(statement, values).rowcount

    def _is_text(self) -> bool:
        return python_type(self._plain) in (None, str)


def hashings(endpoint: Endpoint) -> list[Hashing]:
    """List the hashings, one for each plain-text column that has digests before it.

    :raise AdminError: a mapping has plain text before digests, or cannot be written.
    """
    return [
        hashing
        for own in token_tables(endpoint)
        for kind in Kind
        for hashing in _hashings_of(own, kind)
    ]


def _hashings_of(own: OwnTokens, kind: Kind) -> Iterator[Hashing]:
    keys = own.keys_of(kind)
    if all(key.encoding == "plain" for key in keys):
        return
    for n, key in enumerate(keys):
        if key.encoding != "plain":
            continue
        if n == 0:
            raise AdminError(
                f"{own.setting} has plain(...) before sha256(...) for {kind.value!r} of "
                f"{own.name}, so a hashed token would not be found. Put sha256(...) first"
            )
        yield Hashing(own, key, keys[:n])


def plain_only(own: OwnTokens) -> list[Key]:
    """List the keys that hold tokens in plain text and have no digests before them."""
    return [key for key in own.mapping.keys if key.encoding == "plain" and not key.before]


def _is_nullable(own: OwnTokens, column: sa.Column[Any]) -> bool:
    """Tell whether a column may be empty; the database is the authority."""
    live = sa.inspect(own.engine).get_columns(own.table.name, schema=own.table.schema)
    known = (bool(each["nullable"]) for each in live if each["name"] == column.name)
    return next(known, bool(column.nullable))
