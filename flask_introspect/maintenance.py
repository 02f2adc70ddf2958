"""Writing the host's tables through its mapping: clients, tokens, and the long work on many rows.

Every statement is SQLAlchemy Core on columns of the model's own table, so it works the same on our mixins, on Authlib's
and on a host's own tables. What is mapped to anything else can be read, but not written, and is said so.
"""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError, StatementError
from sqlalchemy.orm import Mapper
from sqlalchemy.sql import visitors

from . import readers
from .blueprint import Endpoint, _bind_key
from .credentials import UnreadableSecret, generate_secret, generate_token, hash_generated_secret
from .errors import IntrospectError
from .mapping import TOKEN_FIELDS, ClientTable, JSONKey, Key, Lookup, TokenTable, left_join
from .models import rotated
from .records import Client, Kind, Right
from .store import _matches

__all__ = [
    "ClientRows",
    "Hashing",
    "MaintenanceError",
    "Purge",
    "Rotation",
    "TokenRows",
    "database_problem",
    "hashings",
    "is_placeholder",
    "issue_token",
    "plain_only",
    "purges",
    "revoke_token",
    "token_tables",
]

#: What stands in a NOT NULL column instead of a token. DEL is in no token (:rfc:`6749` appendix A.12), so the endpoint
#: looks for nothing of the kind; the random rest keeps the column unique, and keeps other code from being fooled.
_PLACEHOLDER = "hashed\x7f"


class MaintenanceError(IntrospectError):
    """What was asked for cannot be done. The text says why, and never holds a token or a secret."""


def database_problem(error: SQLAlchemyError) -> str:
    """What a database error says, as far as it cannot hold a token, a secret, or a digest."""
    cause = getattr(error, "orig", None) or error
    name = type(cause).__name__
    if isinstance(error, (IntegrityError, DataError)):  # these quote the values
        return f"The database refused what was to be written ({name}): a constraint of the table, or of a column"
    if not isinstance(error, StatementError):
        return f"The database could not be used: {error}"
    sent = error.params if isinstance(error.params, (list, tuple)) else [error.params]
    text = " ".join(str(cause).split())
    for values in sent:
        for value in values.values() if isinstance(values, dict) else values or ():
            if isinstance(value, (str, bytes)) and value:
                text = text.replace(str(value), "[...]")
    return f"The database did not do it ({name}): {text}"


# A model's own table


class Rows:
    """A model's own table, and which of its columns the canonical fields are mapped to.

    :param mapped: from canonical field to what it is mapped to.
    :param setting: the configuration key that the mapping stands under, for errors.
    :raise MaintenanceError: the model is not one table.
    """

    def __init__(self, endpoint: Endpoint, model: type, mapped: Mapping[str, Any], setting: str) -> None:
        mapper: Mapper[Any] = sa.inspect(model)
        table = mapper.local_table
        if not isinstance(table, sa.Table) or len(mapper.tables) > 1:
            raise MaintenanceError(f"{model.__name__} is not mapped to one table, so it cannot be written")
        self.endpoint = endpoint
        self.model = model
        self.mapped = mapped
        self.setting = setting
        self.table = table
        self.key = list(mapper.primary_key)
        self.engine = _writing_engine(endpoint, model)
        self.identity: dict[Any, Any] = (
            {mapper.polymorphic_on: mapper.polymorphic_identity}
            if mapper.polymorphic_on is not None and mapper.polymorphic_identity is not None
            else {}
        )

    def own(self, spec: Any) -> sa.Column[Any] | None:
        """The column of this table that a mapping names, or ``None`` for everything else."""
        if isinstance(spec, Lookup):
            spec = spec.column
        if isinstance(spec, str):
            spec = getattr(self.model, spec, None)  # a path has a dot, and no attribute has
        element = spec.__clause_element__() if hasattr(spec, "__clause_element__") else spec
        return element if isinstance(element, sa.Column) and self.table.c.contains_column(element) else None

    def writable(self, name: str) -> bool:
        """Whether a canonical field can be written."""
        return self.own(self.mapped.get(name)) is not None

    def column(self, name: str) -> sa.Column[Any]:
        """The column of a canonical field.

        :raise MaintenanceError: there is none, or it cannot be written through the mapping.
        """
        spec = self.mapped.get(name)
        column = self.own(spec)
        if column is not None:
            return column
        if spec is None:
            raise MaintenanceError(
                f"{self.model.__name__} has no column for {name!r}. Add one and map it in {self.setting}"
            )
        what = repr(spec) if isinstance(spec, str) else "an expression"
        raise MaintenanceError(
            f"{name!r} of {self.model.__name__} is mapped to {what}, which can be read but not written: "
            f"it is no column of {self.table.name}. Change it in the host's own way, or map such a column in "
            f"{self.setting}"
        )

    def where(self, row: Sequence[Any]) -> sa.ColumnElement[bool]:
        """The condition for the row with this primary key."""
        return sa.and_(*(column == value for column, value in zip(self.key, row, strict=False)))

    def insert(self, values: Mapping[sa.Column[Any], Any]) -> None:
        """Add a row.

        :raise MaintenanceError: a column must be filled that nothing is known about.
        """
        filled: dict[sa.Column[Any], Any] = {**self.identity, **values}
        given = {column.name for column in filled}
        missing = [column.name for column in self.table.c if column.name not in given and _must_be_given(column)]
        if missing:
            raise MaintenanceError(
                f"{self.table.name} cannot be added to: it needs a value for {', '.join(missing)}, and the "
                "mapping gives none"
            )
        with self.engine.begin() as connection:
            connection.execute(sa.insert(self.table), {column.key: value for column, value in filled.items()})

    def update(self, row: Sequence[Any], values: Mapping[sa.Column[Any], Any]) -> None:
        """Change a row."""
        with self.engine.begin() as connection:
            connection.execute(sa.update(self.table).where(self.where(row)).values(dict(values)))


def _must_be_given(column: sa.Column[Any]) -> bool:
    filled_by_itself = (
        column.nullable
        or column.default is not None
        or column.server_default is not None
        or column is column.table.autoincrement_column
    )
    return not filled_by_itself


def _writing_engine(endpoint: Endpoint, model: type) -> sa.Engine:
    """The engine to write with, which logs no value: Flask-SQLAlchemy's, else that of ``INTROSPECT_SESSION``."""
    db = current_app.extensions.get("sqlalchemy")
    session = endpoint.settings.session
    mapper: Mapper[Any] = sa.inspect(model)
    metadata = mapper.local_table.metadata  # type: ignore[attr-defined]
    if db is not None and (session is None or metadata in db.metadatas.values()):
        engine = db.engines[_bind_key(model)]
    else:
        assert session is not None  # the endpoint could not have been made without
        given = session()
        engine = given if isinstance(given, sa.Engine) else getattr(given, "engine", None) or given.get_bind(model)
        engine = engine.engine  # of a Connection, which a Session may be bound to
    quiet: sa.Engine = engine.execution_options()
    quiet.hide_parameters = True
    quiet._should_log_debug = _never  # type: ignore[method-assign]  # it would log the rows that are read
    return quiet


def _never() -> bool:
    return False


# What a column takes


def _python_type(expression: sa.ColumnElement[Any]) -> type | None:
    try:
        return expression.type.python_type
    except NotImplementedError:
        return None


def _moment(expression: sa.ColumnElement[Any], epoch: float) -> Any:
    """A time as a column holds times: a datetime (naive ones are UTC), or epoch seconds."""
    if _python_type(expression) is not datetime:
        return int(epoch)
    found = datetime.fromtimestamp(int(epoch), UTC)
    return found if getattr(expression.type, "timezone", False) else found.replace(tzinfo=None)


def _flag(column: sa.Column[Any], on: bool, now: float) -> Any:
    """A flag as a column holds it: a boolean, a small number, or the time when it was set."""
    if _python_type(column) is bool:
        return on
    if isinstance(column.type, sa.SmallInteger):
        return int(on)
    if on:
        return _moment(column, now)
    return None if column.nullable else 0


def _texts(column: sa.Column[Any], values: Sequence[str]) -> Any:
    """Several names as a column holds them: a list, or a text with one name or with a JSON list."""
    if isinstance(column.type, (sa.JSON, sa.ARRAY)):
        return list(values)
    return values[0] if len(values) == 1 else json.dumps(list(values))


def _name(column: sa.Column[Any], text: str) -> Any:
    """A text as a column holds it, for columns of numbers and UUIDs."""
    kind = _python_type(column)
    try:
        return kind(text) if kind in (int, uuid.UUID) else text
    except ValueError:
        raise MaintenanceError(f"{column.table.name}.{column.name} holds values of type {column.type!r} only") from None


def _fitting(column: sa.Column[Any], text: str, what: str) -> str:
    length = getattr(column.type, "length", None)
    if length is not None and len(text) > length:
        raise MaintenanceError(
            f"{column.table.name}.{column.name} holds {length} characters, and {what} needs {len(text)}. "
            "Widen the column"
        )
    return text


# Clients


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
        statement = sa.select(*clients.columns).select_from(clients.from_).where(*_only(clients))
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
        values.update({column(name): _texts(column(name), given) for name, given in lists.items() if given})
        if right is not None:
            values[column("may_introspect")] = _right(column("may_introspect"), right)
        if self.rows.writable("enabled"):
            values[column("enabled")] = _flag(column("enabled"), True, self.settings.clock())
        secret = None
        if public:
            values[column("public")] = _flag(column("public"), True, self.settings.clock())
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
                _fitting(column, value, "the list of secrets")
            connection.execute(sa.update(self.rows.table).where(self.rows.where(row)).values({column: value}))
        return Rotation(secret, max((each["expires_at"] for each in several[1:]), default=None))

    def set_enabled(self, client_id: str, enabled: bool) -> None:
        """Disable a client, or enable it again."""
        column = self.rows.column("enabled")
        self.rows.update(self._known(client_id), {column: _flag(column, enabled, self.settings.clock())})

    def _stored(self, secret: str) -> str:
        """A generated secret as it is kept here."""
        if self.settings.secret_verifier is not None:
            raise MaintenanceError(
                f"Secrets are kept in a format of the host's own ({self.settings.prefix}SECRET_VERIFIER), which "
                "only the host can write"
            )
        column = self.rows.column("client_secret")
        stored = secret if self.clients.plain_secrets else hash_generated_secret(secret)
        return _fitting(column, stored, "a secret")

    def _id(self, client_id: str) -> Any:
        column = self.rows.column("client_id")
        found = self.clients.encode_id(_fitting(column, client_id, "this client id"))
        if found is None:
            raise MaintenanceError(f"{column.table.name}.{column.name} cannot hold the client id {client_id!r}")
        return found

    def _candidates(self, client_id: str, *columns: sa.Column[Any]) -> sa.Select[Any]:
        column = self.rows.column("client_id")
        statement = sa.select(*self.rows.key, *columns, column.label("_id")).where(column == self._id(client_id))
        return statement.where(*_only(self.clients))

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
    if _python_type(column) not in (bool, int):
        return _choice(column, right, readers.right)
    if right is not Right.NONE:
        raise MaintenanceError(f"{column.table.name}.{column.name} says only yes or no; it cannot say {right.value!r}")
    return _flag(column, False, 0)


def _choice(column: sa.Column[Any], wanted: Right | Kind, reader: readers.Reader) -> Any:
    """A word as a column holds it: of the words that an enumeration knows, the one that is read as the wanted one."""
    if isinstance(column.type, sa.Enum):
        for word in column.type.enum_class or column.type.enums:
            try:
                if reader(word) is wanted:
                    return word
            except ValueError:
                continue
    return wanted.value


# Tokens


class TokenRows(Rows):
    """One token table, written."""

    def __init__(self, endpoint: Endpoint, table: TokenTable) -> None:
        super().__init__(endpoint, table.model, table.mapped, endpoint.settings.prefix + "TOKEN_FIELDS")
        self.tokens = table

    def keys_of(self, kind: Kind) -> list[Key]:
        """The keys by which tokens of a kind are searched, the best first."""
        return [key for key in self.tokens.keys if key.kind is kind]

    def key_column(self, key: Key) -> sa.Column[Any]:
        """The column of a key.

        :raise MaintenanceError: it cannot be written.
        """
        column = self.own(key.column)
        if column is None:
            raise MaintenanceError(
                f"{key.kind.value!r} of {self.model.__name__} is mapped to no column of {self.table.name}, so it "
                "cannot be written"
            )
        return column

    def state(self, kind: Kind) -> tuple[str | None, str | None]:
        """The fields that say when a token of a kind ends, and whether it was revoked."""
        exp, revoked = "exp", "revoked"
        if kind is Kind.REFRESH:
            exp = "refresh_exp" if self.tokens.shared or "refresh_exp" in self.mapped else exp
            revoked = "refresh_revoked" if "refresh_revoked" in self.mapped else revoked
        return exp if exp in self.mapped else None, revoked if revoked in self.mapped else None

    def value(self, name: str) -> sa.ColumnElement[Any]:
        """The SQL expression of a field, for conditions on this table alone.

        :raise MaintenanceError: the field needs more than this table, or than SQL.
        """
        expression = self.tokens.columns[list(TOKEN_FIELDS).index(name)]
        columns = [each for each in visitors.iterate(expression) if isinstance(each, sa.Column)]
        inside_json = isinstance(self.mapped[name], JSONKey) or _is_text_of_json(expression)
        if inside_json or not all(self.table.c.contains_column(column) for column in columns):
            raise MaintenanceError(
                f"{name!r} of {self.model.__name__} is not made of columns of {self.table.name} alone, so rows cannot "
                f"be chosen by it. Map such columns in {self.setting}"
            )
        return expression


def _is_text_of_json(expression: sa.ColumnElement[Any]) -> bool:
    return isinstance(expression, sa.Cast) and isinstance(expression.clause.type, sa.JSON)


def token_tables(endpoint: Endpoint) -> list[TokenRows]:
    """The endpoint's token tables."""
    return [TokenRows(endpoint, table) for table in endpoint.store.tokens]


def issue_token(
    endpoint: Endpoint, client_id: str, kind: Kind, expires_in: int | None, fields: Mapping[str, Any]
) -> tuple[str, int | None]:
    """Issue a token.

    :param expires_in: seconds; ``None`` for a token that never expires.
    :param fields: further canonical fields: ``username``, ``sub``, ``scope``, ``aud`` (a list).
    :return: the token in clear, which is kept nowhere else, and when it ends.
    :raise MaintenanceError: a field cannot be written, or there is no such client.
    """
    if endpoint.store.client(client_id) is None:
        raise MaintenanceError(f"There is no client {client_id!r}")
    able = [rows for rows in token_tables(endpoint) if rows.tokens.has_kind or rows.keys_of(kind)]
    if not able:
        raise MaintenanceError(f"No token model holds tokens of the kind {kind.value!r}")
    rows, token, now = able[0], generate_token(), endpoint.settings.clock()
    keys = rows.keys_of(kind) or list(rows.tokens.keys)
    values = _key_values(rows, keys, token)
    values[rows.column("client_id")] = _name(rows.column("client_id"), client_id)
    for name, given in fields.items():
        values[rows.column(name)] = _field_value(rows.column(name), name, given)
    if rows.writable("kind"):
        values[rows.column("kind")] = _choice(rows.column("kind"), kind, readers.kind)
    if kind is Kind.ACCESS and rows.writable("token_type"):
        values[rows.column("token_type")] = "Bearer"
    for name in ("iat", "nbf"):  # the latter only where it must be: other machines' clocks may be behind
        if rows.writable(name) and (name == "iat" or _must_be_given(rows.column(name))):
            values[rows.column(name)] = _moment(rows.column(name), now)
    end = None
    if expires_in is not None:
        end = int(now) + expires_in
        column = rows.column(_end_field(rows, kind))
        values[column] = _moment(column, end)
    rows.insert(values)
    return token, end


def _end_field(rows: TokenRows, kind: Kind) -> str:
    return rows.state(kind)[0] or ("refresh_exp" if kind is Kind.REFRESH and rows.tokens.shared else "exp")


def _key_values(rows: TokenRows, keys: Sequence[Key], token: str) -> dict[sa.Column[Any], Any]:
    """The token as the best key holds it. A plain column behind that one holds none."""
    values = {}
    for key in keys[:1]:
        column, value = rows.key_column(key), key.encode(token)
        if value is None:
            raise MaintenanceError(f"{rows.table.name}.{column.name} cannot hold a token of random characters")
        values[column] = _fitting(column, value, "a token") if isinstance(value, str) else value
    for key in keys[1:]:
        column = rows.key_column(key)
        if _must_be_given(column):
            values[column] = _placeholder()
    return values


def _field_value(column: sa.Column[Any], name: str, value: Any) -> Any:
    if name == "scope" and isinstance(column.type, (sa.JSON, sa.ARRAY)):
        return str(value).split()
    if name == "aud":
        one = len(value) == 1 and isinstance(column.type, sa.JSON)
        return value[0] if one else _texts(column, value)
    return _name(column, value)


def revoke_token(endpoint: Endpoint, token: str) -> list[Kind]:
    """Revoke a token; with a refresh token goes the access token of the same row (:rfc:`7009` section 2.1).

    :return: the kinds of what is revoked now.
    :raise MaintenanceError: there is no such token, or it cannot be revoked through the mapping.
    """
    if endpoint.store.reading(token).unfindable is None:
        for rows in token_tables(endpoint):
            found = _find_token(rows, token)
            if found is not None:
                row, kind = found
                return _revoke(rows, row, kind)
    raise MaintenanceError("There is no such token")


def _find_token(rows: TokenRows, token: str) -> tuple[Sequence[Any], Kind] | None:
    """The primary key of the token's row, and which of the row's tokens it is."""
    table = rows.tokens
    sought = [key.encode(token) for key in table.keys]
    either = [key.column == value for key, value in zip(table.keys, sought, strict=True) if value is not None]
    if not either:
        return None
    kind = table.columns[list(TOKEN_FIELDS).index("kind")]
    statement = (
        sa.select(*(key.column for key in table.keys), kind, *rows.key)
        .select_from(left_join(table.from_, table.joins))
        .where(sa.or_(*either), *_only(table))
    )
    with rows.engine.connect() as connection:
        for row in connection.execute(statement):
            for n, key in enumerate(table.keys):
                if _matches(row, n, key, sought[n]):
                    reader = table.readers[list(TOKEN_FIELDS).index("kind")]
                    found: Kind = reader(row[len(table.keys)]) if table.has_kind else key.kind
                    return row[len(table.keys) + 1 :], found
    return None


def _revoke(rows: TokenRows, row: Sequence[Any], kind: Kind) -> list[Kind]:
    kinds = [kind, Kind.ACCESS] if kind is Kind.REFRESH and rows.tokens.shared else [kind]
    columns = {each: rows.column(rows.state(each)[1] or "revoked") for each in kinds}
    now = rows.endpoint.settings.clock()
    with rows.engine.begin() as connection:
        held = connection.execute(sa.select(*columns.values()).where(rows.where(row)).with_for_update()).one()
        fresh = {
            column: _flag(column, True, now)
            for column, value in zip(columns.values(), held, strict=True)
            if not readers.flag(value)  # one that was revoked before stays as it was
        }
        if fresh:
            connection.execute(sa.update(rows.table).where(rows.where(row)).values(fresh))
    return kinds


def _only(table: ClientTable | TokenTable) -> list[sa.ColumnElement[bool]]:
    return [] if table.only is None else [table.only]


# Many rows, in batches


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
        self._needed = sa.and_(self._all_dead(), *self._unreferenced(tables), *_only(rows.tokens))

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
            *(sa.or_(each.is_(None), each == "") if _python_type(each) is str else each.is_(None) for each in columns)
        )

    def _dead(self, kind: Kind) -> sa.ColumnElement[bool]:
        exp, revoked = self.rows.state(kind)
        grounds: list[sa.ColumnElement[bool]] = []
        if exp is not None:
            end = self.rows.value(exp)
            grounds.append(end <= _moment(end, self._before))
        if revoked is not None:
            moment = self.rows.value(revoked)
            if _python_type(moment) is datetime:
                grounds.append(moment <= _moment(moment, self._before))
            elif _python_type(moment) in (int, float, Decimal):
                # 1 is a flag, not a time. Of a token whose flag alone says that it was revoked, the end counts.
                grounds.append(sa.and_(moment > 1, moment <= int(self._before)))
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
            _fitting(self._digest, sample, "a digest")
        self._nullable = _nullable(rows, self._plain)
        if not self._nullable and not self._is_text():
            raise MaintenanceError(f"{self.table}.{self._plain.name} must be nullable, to be emptied")
        if not self._nullable:
            _fitting(self._plain, _placeholder(), "what stands there for a hashed token")

    @property
    def column(self) -> str:
        """The name of the plain-text column."""
        return self._plain.name

    def needed(self) -> sa.ColumnElement[bool]:
        held: sa.ColumnElement[bool] = self._plain.is_not(None)
        if self._is_text():
            held = sa.and_(held, self._plain != "", self._plain.not_like(_PLACEHOLDER + "%"))
        return sa.and_(held, *_only(self.rows.tokens))

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
            values |= {"held": held, "left": None if self._nullable else _placeholder()}
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
        return _python_type(self._plain) in (None, str)


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


def is_placeholder(value: Any) -> bool:
    """Whether a column holds what :class:`Hashing` leaves in it, and no token."""
    return isinstance(value, str) and value.startswith(_PLACEHOLDER)


def _placeholder() -> str:
    return _PLACEHOLDER + secrets.token_hex(16)


def _nullable(rows: Rows, column: sa.Column[Any]) -> bool:
    """Whether the column may be empty, as the database itself says."""
    live = sa.inspect(rows.engine).get_columns(rows.table.name, schema=rows.table.schema)
    return next((bool(each["nullable"]) for each in live if each["name"] == column.name), bool(column.nullable))
