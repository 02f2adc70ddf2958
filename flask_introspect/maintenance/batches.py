"""Many rows, in batches, while the server runs: purging dead tokens, hashing those in plain text."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from ..blueprint import Endpoint
from ..mapping import Key, python_type
from ..records import Kind
from .rows import MaintenanceError, Rows, fitting, moment, only
from .tokens import PLACEHOLDER, TokenRows, is_placeholder, placeholder, token_tables

__all__ = ["Hashing", "Purge", "hashings", "plain_only", "purges"]


class _Batches:
    """Work on the rows of one table that need it, batch by batch in the order of the primary key.

    Each batch is a transaction of its own, short enough not to keep the running server waiting, and says again in its
    writes what a row must be like: whatever was changed since it was chosen stays. To break off loses nothing.
    """

    def __init__(self, rows: TokenRows) -> None:
        self.rows = rows

    @property
    def table(self) -> str:
        """The name of the table."""
        return self.rows.table.name

    def needed(self) -> sa.ColumnElement[bool]:
        """The condition for rows that need the work."""
        raise NotImplementedError

    def columns(self) -> Sequence[sa.Column[Any]]:
        """What must be read of them, besides the primary key."""
        return ()

    def work(self, connection: sa.Connection, found: Sequence[Sequence[Any]]) -> int:
        """Do the work on some rows.

        :return: how many it was done on.
        """
        raise NotImplementedError

    def count(self) -> int:
        """How many rows need the work."""
        with self.rows.engine.connect() as connection:
            statement = sa.select(sa.func.count()).select_from(self.rows.table).where(self.needed())
            return int(connection.execute(statement).scalar_one())

    def run(self, batch: int) -> Iterator[int]:
        """Do the work.

        :param batch: how many rows one transaction takes.
        :return: yields after each batch on how many rows it was done.
        """
        key, width = self.rows.key, len(self.rows.key)
        statement = sa.select(*key, *self.columns()).where(self.needed()).order_by(*key).limit(batch)
        after = statement
        while True:
            with self.rows.engine.connect() as connection:
                found = connection.execute(after).all()
            if found:
                with self.rows.engine.begin() as connection:
                    done = self.work(connection, found)
                yield done
            if len(found) < batch:
                return
            last = found[-1][:width]
            after = statement.where(key[0] > last[0] if width == 1 else sa.tuple_(*key) > sa.tuple_(*last))


class Purge(_Batches):
    """Deletes the rows of a table in which every token ended, or was revoked, before a given time.

    :param before: epoch seconds.
    :param tables: the tables of the endpoint, to keep rows that others of them refer to.
    """

    def __init__(self, rows: TokenRows, before: float, tables: Collection[sa.Table]) -> None:
        super().__init__(rows)
        self._before = before
        self._needed = sa.and_(self._all_dead(), *self._unreferenced(tables), *only(rows.tokens))

    def needed(self) -> sa.ColumnElement[bool]:
        return self._needed

    def work(self, connection: sa.Connection, found: Sequence[Sequence[Any]]) -> int:
        key = self.rows.key
        chosen = (
            key[0].in_([row[0] for row in found])
            if len(key) == 1
            else sa.tuple_(*key).in_([tuple(row) for row in found])
        )
        return connection.execute(sa.delete(self.rows.table).where(chosen, self._needed)).rowcount

    def _all_dead(self) -> sa.ColumnElement[bool]:
        """Every token of the row is dead: a refresh token keeps the access token's row alive."""
        table = self.rows.tokens
        access, refresh = self._dead(Kind.ACCESS), self._dead(Kind.REFRESH)
        if table.has_kind:
            if self.rows.state(Kind.ACCESS) == self.rows.state(Kind.REFRESH):
                return access
            kind = sa.func.lower(sa.cast(self.rows.value("kind"), sa.String(32)))
            is_refresh = kind.in_(["refresh", "refresh_token"])
            return sa.or_(sa.and_(is_refresh, refresh), sa.and_(sa.not_(is_refresh), access))
        if table.shared:
            return sa.and_(
                sa.or_(self._absent(Kind.ACCESS), access),
                sa.or_(self._absent(Kind.REFRESH), refresh),
            )
        return access if self.rows.keys_of(Kind.ACCESS) else refresh

    def _absent(self, kind: Kind) -> sa.ColumnElement[bool]:
        columns = [key.column for key in self.rows.keys_of(kind)]
        return sa.and_(
            *(sa.or_(each.is_(None), each == "") if python_type(each) is str else each.is_(None) for each in columns)
        )

    def _dead(self, kind: Kind) -> sa.ColumnElement[bool]:
        exp, revoked = self.rows.state(kind)
        grounds: list[sa.ColumnElement[bool]] = []
        if exp is not None:
            end = self.rows.value(exp)
            grounds.append(end <= moment(end, self._before))
        if revoked is not None:
            since = self.rows.value(revoked)
            if python_type(since) is datetime:
                grounds.append(since <= moment(since, self._before))
            elif python_type(since) in (int, float, Decimal):
                # 1 is a flag, not a time. Of a token whose flag alone says that it was revoked, the end counts.
                grounds.append(sa.and_(since > 1, since <= int(self._before)))
        return sa.or_(*grounds) if grounds else sa.false()

    def _unreferenced(self, tables: Collection[sa.Table]) -> Iterator[sa.ColumnElement[bool]]:
        """No row of another table needs this one. Those of the host's that the database itself takes care of don't."""
        for other in self.rows.table.metadata.tables.values():
            for reference in other.foreign_key_constraints:
                cared_for = (reference.ondelete or "").upper() in ("CASCADE", "SET NULL", "SET DEFAULT")
                if reference.referred_table is self.rows.table and (other in tables or not cared_for):
                    alias = other.alias()
                    pointing = [alias.c[each.parent.key] == each.column for each in reference.elements]
                    yield ~sa.exists().where(*pointing).correlate(self.rows.table)


def purges(endpoint: Endpoint, older_than: int) -> list[Purge]:
    """What deletes dead tokens, one for each table; those that refer to others come first.

    :param older_than: seconds since a token ended or was revoked.
    :raise MaintenanceError: a mapping does not let rows be chosen.
    """
    rows = token_tables(endpoint)
    order = sa.schema.sort_tables([each.table for each in rows])
    before = endpoint.settings.clock() - endpoint.settings.leeway - older_than
    return [Purge(each, before, order) for each in sorted(rows, key=lambda each: -order.index(each.table))]


class Hashing(_Batches):
    """Moves the tokens of one plain-text column into the digest column before it.

    :param plain: the key that holds the tokens; :param better: those of the same kind before it, a digest first.
    :raise MaintenanceError: a column cannot be written, or is too short.
    """

    def __init__(self, rows: TokenRows, plain: Key, better: Sequence[Key]) -> None:
        super().__init__(rows)
        self.kind = plain.kind
        self._encode = better[0].encode
        self._digest = rows.key_column(better[0])
        self._better = [rows.key_column(key) for key in better]
        self._plain = rows.key_column(plain)
        sample = self._encode("")
        if isinstance(sample, str):
            fitting(self._digest, sample, "a digest")
        self._nullable = _nullable(rows, self._plain)
        if not self._nullable and not self._is_text():
            raise MaintenanceError(f"{self.table}.{self._plain.name} must be nullable, to be emptied")
        if not self._nullable:
            fitting(self._plain, placeholder(), "what stands there for a hashed token")

    @property
    def column(self) -> str:
        """The name of the plain-text column."""
        return self._plain.name

    def needed(self) -> sa.ColumnElement[bool]:
        held: sa.ColumnElement[bool] = self._plain.is_not(None)
        if self._is_text():
            held = sa.and_(held, self._plain != "", self._plain.not_like(PLACEHOLDER + "%"))
        return sa.and_(held, *only(self.rows.tokens))

    def columns(self) -> Sequence[sa.Column[Any]]:
        return self._plain, *self._better

    def work(self, connection: sa.Connection, found: Sequence[Sequence[Any]]) -> int:
        width = len(self.rows.key)
        to_hash: list[dict[str, Any]] = []
        to_empty: list[dict[str, Any]] = []
        for row in found:
            held, better = row[width], row[width + 1 :]
            if is_placeholder(held):
                continue
            values = {f"key_{n}": value for n, value in enumerate(row[:width])}
            values |= {"held": held, "left": None if self._nullable else placeholder()}
            if any(value is not None for value in better):
                to_empty.append(values)  # it counts no more
            else:
                to_hash.append({**values, "digest": self._encode(str(held))})
        return self._write(connection, to_hash, digest=True) + self._write(connection, to_empty, digest=False)

    def _write(self, connection: sa.Connection, values: list[dict[str, Any]], *, digest: bool) -> int:
        if not values:
            return 0
        unhashed = sa.and_(*(column.is_(None) for column in self._better))
        same = [column == sa.bindparam(f"key_{n}") for n, column in enumerate(self.rows.key)]
        statement = sa.update(self.rows.table).where(
            *same, self._plain == sa.bindparam("held"), unhashed if digest else sa.not_(unhashed)
        )
        statement = statement.values({self._plain: sa.bindparam("left")})
        if digest:
            statement = statement.values({self._digest: sa.bindparam("digest")})
        return connection.execute(statement, values).rowcount

    def _is_text(self) -> bool:
        return python_type(self._plain) in (None, str)


def hashings(endpoint: Endpoint) -> list[Hashing]:
    """What hashes the tokens that are held in plain text, one for each column with digests before it.

    :raise MaintenanceError: a mapping has the plain text before the digests, or cannot be written.
    """
    found = []
    for rows in token_tables(endpoint):
        for kind in Kind:
            keys = rows.keys_of(kind)
            for n, key in enumerate(keys):
                if key.encoding != "plain" or all(each.encoding == "plain" for each in keys):
                    continue
                if keys[0].encoding == "plain":
                    raise MaintenanceError(
                        f"{rows.setting} has plain(...) before sha256(...) for {kind.value!r} of "
                        f"{rows.model.__name__}, so a hashed token would not be found. Put sha256(...) first"
                    )
                found.append(Hashing(rows, key, keys[:n]))
    return found


def plain_only(rows: TokenRows) -> list[Key]:
    """The keys of a table that hold tokens in plain text and have no digests before them."""
    return [key for key in rows.tokens.keys if key.encoding == "plain" and not key.before]


def _nullable(rows: Rows, column: sa.Column[Any]) -> bool:
    """Whether the column may be empty, as the database itself says."""
    live = sa.inspect(rows.engine).get_columns(rows.table.name, schema=rows.table.schema)
    return next((bool(each["nullable"]) for each in live if each["name"] == column.name), bool(column.nullable))
