"""The host's columns under our names: found by themselves, or mapped by the host; checked at registration."""

from __future__ import annotations

import base64
import hashlib
import logging
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import (
    MANYTOONE,
    InspectionAttr,
    Mapper,
    QueryableAttribute,
    RelationshipProperty,
    aliased,
    outerjoin,
)
from sqlalchemy.sql import visitors

from . import readers
from .credentials import has_surrogate
from .errors import ConfigError
from .readers import Reader
from .records import Client, Kind

__all__ = [
    "CLIENT_FIELDS",
    "TOKEN_FIELDS",
    "ClientTable",
    "Key",
    "Lookup",
    "TokenTable",
    "json_key",
    "map_client",
    "map_token",
    "plain",
    "python_type",
    "sha256",
]

logger = logging.getLogger(__package__)

# What a host writes in a mapping


@dataclass(frozen=True)
class Lookup:
    """How a column holds a token or a secret. Made by :func:`plain` and :func:`sha256`."""

    column: Any
    encoding: str


def plain(column: Any) -> Lookup:
    """Say by name that a column holds tokens, or client secrets, in plain text.

    :param column: the column's name, a relationship path, or an SQL expression on the host's model.
    """
    return Lookup(column, "plain")


def sha256(column: Any, encoding: str = "hex") -> Lookup:
    """Say that a column holds the SHA-256 digests of tokens.

    :param column: the column's name, a relationship path, or an SQL expression on the host's model.
    :param encoding: ``"hex"`` (lower case), ``"base64"``, ``"base64url"`` (unpadded), or ``"bytes"``.
    """
    return Lookup(column, f"sha256:{encoding}")


@dataclass(frozen=True)
class JSONKey:
    """A value inside a JSON document. Made by :func:`json_key`."""

    column: Any
    path: tuple[str, ...]


def json_key(column: Any, *path: str) -> JSONKey:
    """Map a canonical field to a value inside a column of JSON, or of text that holds JSON.

    :param column: the column's name, a relationship path, or an SQL expression on the host's model.
    :param path: the keys that lead to the value.
    """
    return JSONKey(column, path)


# The canonical fields, in the order of the SELECT list


@dataclass(frozen=True)
class _Field:
    reader: Reader
    #: Python types of the columns that can be mapped to it; none given: any.
    types: tuple[type, ...] = ()
    #: What is selected where the host maps nothing.
    absent: Any = None


_TEXT = (str, bytes, int, uuid.UUID)
_TIME = (int, float, Decimal, datetime)
_FLAG = (bool, *_TIME)
_LIST = (str, list, dict, tuple)

CLIENT_FIELDS: Mapping[str, _Field] = {
    "client_id": _Field(readers.text, _TEXT),
    "client_secret": _Field(readers.as_is, (str, bytes, list, dict)),
    "client_secret_expires_at": _Field(readers.epoch, _TIME),
    "enabled": _Field(readers.flag, _FLAG, absent=True),
    "public": _Field(readers.flag, _FLAG, absent=False),
    "may_introspect": _Field(readers.right, (str, bool, int, Enum)),
    "resources": _Field(readers.names, _LIST),
    "visible_claims": _Field(readers.names_or_all, _LIST),
    "visible_scopes": _Field(readers.names_or_all, _LIST),
    "auth_method": _Field(readers.text, (str,)),
    "jwks": _Field(readers.document, (str, bytes, dict, list)),
}

TOKEN_FIELDS: Mapping[str, _Field] = {
    "kind": _Field(readers.kind, (str, Enum)),
    "client_id": _Field(readers.text, _TEXT),
    "username": _Field(readers.text, _TEXT),
    "sub": _Field(readers.text, _TEXT),
    "scope": _Field(readers.scope, _LIST),
    "aud": _Field(readers.strings, _LIST),
    "iss": _Field(readers.text, (str,)),
    "jti": _Field(readers.text, _TEXT),
    "token_type": _Field(readers.text, (str,)),
    "iat": _Field(readers.epoch, _TIME),
    "exp": _Field(readers.epoch, _TIME),
    "nbf": _Field(readers.epoch, _TIME),
    "revoked": _Field(readers.flag, _FLAG),
    "claims": _Field(readers.claims, (str, bytes, dict)),
    "refresh_exp": _Field(readers.epoch, _TIME),
    "refresh_revoked": _Field(readers.flag, _FLAG),
}

_ENABLED = list(CLIENT_FIELDS).index("enabled")

_CLIENT_ID = list(TOKEN_FIELDS).index("client_id")

#: Mapped like the fields above, but searched by: their columns must hold the token, or its digest.
_KEY_FIELDS: Mapping[str, Kind] = {"access_token": Kind.ACCESS, "refresh_token": Kind.REFRESH}


# From a model to the parts of a statement

#: A table to be joined, and on what condition.
Join = tuple[sa.FromClause, sa.ColumnElement[bool]]


def left_join(start: sa.FromClause, joins: Iterable[Join]) -> sa.FromClause:
    """A table with others joined to it, where they have a matching row."""
    for table, condition in joins:
        start = start.outerjoin(table, condition)
    return start


class _Source:
    """A model whose columns are being collected, and the joins that relationship paths need on the way.

    The columns are plain Core columns: those of mapped attributes would make an ORM statement of every SELECT, which
    adds conditions of its own for models that share a table.

    :param setting: the configuration key that the mapping stands under, for errors.
    :param again: whether the table stands in the statement already, and is needed a second time, under another name.
    """

    def __init__(self, model: type, setting: str, *, again: bool = False) -> None:
        self.model = model
        self.setting = setting
        self.mapper: Mapper[Any] = sa.inspect(model)
        self.joins: list[Join] = []
        self._entity: Any = aliased(model, flat=True) if again else model
        self.table: sa.FromClause = sa.inspect(self._entity).selectable
        self._aliases: dict[tuple[str, ...], Any] = {}

    @property
    def only(self) -> sa.ColumnElement[bool] | None:
        """The rows of a model that shares its parent's table (single-table inheritance)."""
        if not self.mapper.single or self.mapper.polymorphic_on is None:
            return None
        identities = [each.polymorphic_identity for each in self.mapper.self_and_descendants]
        return self._own(self.mapper.polymorphic_on).in_(identities)

    def column(self, field_name: str, spec: Any) -> sa.ColumnElement[Any]:
        """The SQL expression that a mapping names.

        :raise ConfigError: there is no such column, or no such relationship.
        """
        if isinstance(spec, str):
            *path, name = spec.split(".")
            return self._attribute(field_name, spec, self._joined(field_name, spec, tuple(path)), name)
        if isinstance(spec, QueryableAttribute) and isinstance(spec.property, RelationshipProperty):
            raise self.error(field_name, f"{spec} is a relationship", "Name a column behind it, as 'user.username'")
        element = _correlated(self.table, self._own(self._element(field_name, spec)))
        for table in sa.select(element).get_final_froms():
            if table is not self.table and not set(_tables(table)) <= set(_tables(self.table)):
                raise self.error(
                    field_name,
                    f"{spec} belongs to another table, {table}",
                    "Name what lies behind a relationship by its path, as 'user.username'",
                )
        return element

    def error(self, field_name: str, problem: str, remedy: str) -> ConfigError:
        return ConfigError(self.setting, f"{field_name!r} of {self.model.__name__}: {problem}", remedy)

    def _element(self, field_name: str, spec: Any) -> sa.ColumnElement[Any]:
        element = spec.__clause_element__() if hasattr(spec, "__clause_element__") else spec
        if not isinstance(element, sa.ColumnElement):
            raise self.error(
                field_name,
                f"a {type(spec).__name__} is no column",
                "Give a column's name, a relationship path such as 'user.username', or an SQL expression",
            )
        return element

    def _own(self, element: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """The same expression over this source's table."""
        return _over(self.table, element)

    def _joined(self, field_name: str, spec: str, path: tuple[str, ...]) -> Any:
        """The model at the end of a relationship path, aliased and joined."""
        if not path:
            return self._entity
        if path not in self._aliases:
            parent = self._joined(field_name, spec, path[:-1])
            attribute = getattr(parent, path[-1], None)
            relationship = getattr(attribute, "property", None)
            if not isinstance(relationship, RelationshipProperty):
                raise self.error(field_name, f"{path[-1]!r} in {spec!r} is no relationship", "Check the path")
            if relationship.direction is not MANYTOONE:
                raise self.error(
                    field_name,
                    f"the relationship {path[-1]!r} in {spec!r} leads to many rows",
                    "Only many-to-one relationships can be followed",
                )
            target = aliased(relationship.entity, flat=True)
            onclause: Any = outerjoin(parent, target, attribute).onclause  # never None: a relationship always has one
            table = sa.inspect(target).selectable
            self.joins.append((table, _over(table, _over(sa.inspect(parent).selectable, onclause))))
            self._aliases[path] = target
        return self._aliases[path]

    def _attribute(self, field_name: str, spec: str, entity: Any, name: str) -> sa.ColumnElement[Any]:
        mapper = sa.inspect(entity).mapper
        descriptor: InspectionAttr | None = mapper.all_orm_descriptors.get(name)
        if descriptor is None:
            known = ", ".join(sorted(attribute.key for attribute in mapper.column_attrs))
            raise self.error(field_name, f"{mapper.class_.__name__} has no column {name!r}", f"It has: {known}")
        try:
            attribute = getattr(entity, name)
        except Exception as error:  # whatever a hybrid property does that was written for instances alone
            raise self.error(
                field_name, f"{spec!r} has no SQL form ({error})", "Give it one, or name a column"
            ) from error
        if isinstance(getattr(attribute, "property", None), RelationshipProperty):
            raise self.error(
                field_name, f"{spec!r} is a relationship", f"Name a column behind it, as '{spec}.username'"
            )
        return _over(sa.inspect(entity).selectable, self._element(field_name, attribute))


def _over(table: sa.FromClause, expression: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """An expression with the columns of a table, or of what it is an alias of, in place of mapped attributes."""
    plain_columns = {column: column for column in table.c}

    def column(element: Any, **_: Any) -> Any:
        found = table.corresponding_column(element) if isinstance(element, sa.ColumnClause) else None
        return None if found is None else plain_columns[found]

    replaced: sa.ColumnElement[Any] = visitors.replacement_traverse(expression, {}, column)
    return replaced


def _correlated(table: sa.FromClause, expression: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """An expression whose subqueries mean a table's row, and not another of the tables that stand in the statement."""

    def subquery(element: Any, **_: Any) -> Any:
        return element.correlate(*_tables(table)) if isinstance(element, (sa.ScalarSelect, sa.Exists)) else None

    correlated: sa.ColumnElement[Any] = visitors.replacement_traverse(expression, {}, subquery)
    return correlated


def _tables(table: sa.FromClause) -> Iterator[sa.FromClause]:
    """The tables of a join; a table alone is its own."""
    if isinstance(table, sa.Join):
        yield from _tables(table.left)
        yield from _tables(table.right)
    else:
        yield table


def _as_text(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """JSON columns are read as text: what is made of a text can be cached by it, and need not be made at all."""
    return sa.cast(column, sa.Text) if isinstance(column.type, sa.JSON) else column


def python_type(column: sa.ColumnElement[Any]) -> type | None:
    """What a column's values are in Python, as far as its type tells."""
    if isinstance(column.type, (sa.types.NullType, sa.JSON)):
        return None
    try:
        return column.type.python_type
    except NotImplementedError:
        return None


def _unindexed(column: sa.ColumnElement[Any]) -> str | None:
    """A column that a lookup cannot find by an index or unique constraint, as ``"table.column"``."""
    while isinstance(column, (sa.Label, sa.TypeCoerce)):  # these change nothing in the database
        column = column.element if isinstance(column, sa.Label) else column.clause
    tables = {base.table for base in _columns(column)}
    if any(_is(start, column) for table in tables for start in _index_starts(table)):
        return None
    names = sorted(f"{base.table.name}.{base.name}" for base in _columns(column))
    return names[0] if names else None


def _columns(expression: sa.ColumnElement[Any]) -> list[sa.Column[Any]]:
    """The tables' own columns that an expression is made of."""
    return [
        base
        for element in visitors.iterate(expression)
        if isinstance(element, sa.ColumnElement)
        for base in element.base_columns
        if isinstance(base, sa.Column) and isinstance(base.table, sa.Table)
    ]


def _index_starts(table: sa.Table) -> Iterator[Any]:
    """What the indexes of a table are sorted by first. Those that hold only some of the rows find only some."""
    for index in table.indexes:
        if not any(options.get("where") is not None for options in index.dialect_options.values()):
            yield next(iter(index.expressions), None)
    for constraint in table.constraints:
        if isinstance(constraint, (sa.UniqueConstraint, sa.PrimaryKeyConstraint)):
            yield next(iter(constraint.columns), None)


def _is(start: Any, column: sa.ColumnElement[Any]) -> bool:
    return start is column or (isinstance(start, sa.ColumnElement) and start.compare(column))


def _warn_unindexed(source: _Source, field_name: str, column: sa.ColumnElement[Any]) -> str | None:
    """The name of a lookup column without an index, after a warning about it."""
    name = _unindexed(column)
    if name is not None:
        logger.warning(
            "%s: lookups by %r go through %s, and the model declares no index for them; "
            "without one, every request reads the whole table",
            source.setting,
            field_name,
            name,
        )
    return name


@dataclass(frozen=True)
class Key:
    """A column that tokens are searched by.

    :ivar kind: the kind of token that it holds; where a kind column says, that counts instead.
    :ivar column: the SQL expression.
    :ivar encoding: ``"plain"``, or ``"sha256:"`` and how the digest is written.
    :ivar encode: from a presented token to what the column would hold; ``None`` if it cannot hold it.
    :ivar before: how many keys directly before this one hold the same token in a better way. This one counts only
        where they are all NULL: a row whose token was hashed is never found by what stands in the old column.
    """

    kind: Kind
    column: sa.ColumnElement[Any]
    encoding: str
    encode: Callable[[str], Any]
    before: int = 0


def _plain_encoder(column: sa.ColumnElement[Any]) -> Callable[[str], Any]:
    """From a presented text to a value of a column's type, or ``None`` where no value is written so."""
    held = python_type(column)
    if held is uuid.UUID:
        return _as_uuid
    if held is int:
        return _as_int
    return _as_bytes if held is bytes else _as_text_itself


def _as_text_itself(text: str) -> str | None:
    return None if "\0" in text or has_surrogate(text) else text  # no database keeps these in a text


def _as_bytes(text: str) -> bytes | None:
    return None if has_surrogate(text) else text.encode()


def _as_uuid(text: str) -> uuid.UUID | None:
    try:
        value = uuid.UUID(text)
    except ValueError:
        return None
    return value if str(value) == text else None


def _as_int(text: str) -> int | None:
    if not (text.isascii() and text.isdigit() and len(text) < 19) or text != str(int(text)):
        return None
    return int(text)


_DIGEST_ENCODERS: Mapping[str, Callable[[bytes], Any]] = {
    "sha256:hex": bytes.hex,
    "sha256:base64": lambda digest: base64.b64encode(digest).decode(),
    "sha256:base64url": lambda digest: base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
    "sha256:bytes": bytes,
}


def _key_encoder(source: _Source, field_name: str, lookup: Lookup, column: sa.ColumnElement[Any]) -> Any:
    held = python_type(column)
    if lookup.encoding == "plain":
        if held not in (None, str, uuid.UUID):
            raise source.error(field_name, f"its column is of type {column.type!r}", "Tokens are texts")
        return _plain_encoder(column)
    write = _DIGEST_ENCODERS.get(lookup.encoding)
    if write is None:
        known = ", ".join(repr(name.partition(":")[2]) for name in _DIGEST_ENCODERS)
        raise source.error(field_name, f"sha256 knows no encoding {lookup.encoding[7:]!r}", f"Use one of {known}")
    wanted: type = bytes if lookup.encoding == "sha256:bytes" else str
    if held not in (None, wanted):
        raise source.error(
            field_name, f"its column is of type {column.type!r}", f"{lookup.encoding} is kept as {wanted.__name__}"
        )
    return lambda token: write(hashlib.sha256(token.encode()).digest())


class IssuedTo(NamedTuple):
    """The client table once more in a statement, for the client that a token was issued to.

    :ivar table: the table; :ivar joins: what must be joined to it.
    :ivar only: a condition that every row must meet.
    """

    table: sa.FromClause
    joins: tuple[Join, ...]
    only: sa.ColumnElement[bool] | None
    client_id: sa.ColumnElement[Any]
    enabled: sa.ColumnElement[Any]

    def joined_to(self, client_id: sa.ColumnElement[Any]) -> list[Join]:
        """The joins that bring the client with an id.

        :param client_id: the token's column.
        """
        condition = self.client_id == client_id
        return [(self.table, condition if self.only is None else condition & self.only), *self.joins]


@dataclass(frozen=True)
class ClientTable:
    """The client model as parts of a statement.

    :ivar columns: one expression per canonical field, in the order of :data:`CLIENT_FIELDS`.
    :ivar table: the table; :ivar joins: what must be joined to it, with the conditions.
    :ivar only: a condition that every row must meet, for models that share a table.
    :ivar issued_to: the same table once more.
    :ivar encode_id: from a presented client id to a value of its column's type, or ``None``.
    :ivar plain_secrets: whether a stored secret that is no hash is the secret itself.
    :ivar unindexed: lookup columns without an index, as ``"table.column"``.
    """

    model: type
    columns: tuple[sa.ColumnElement[Any], ...]
    table: sa.FromClause
    joins: tuple[Join, ...]
    only: sa.ColumnElement[bool] | None
    issued_to: IssuedTo
    encode_id: Callable[[str], Any]
    plain_secrets: bool
    mapped: Mapping[str, Any]
    unindexed: tuple[str, ...]
    readers: tuple[Reader, ...] = field(repr=False, default=())

    @property
    def from_(self) -> sa.FromClause:
        """The table with its joins."""
        return left_join(self.table, self.joins)

    @property
    def client_id(self) -> sa.ColumnElement[Any]:
        """The column that clients are searched by."""
        return self.columns[0]

    def is_enabled(self, value: Any) -> bool:
        """What the ``enabled`` column says of the client that a token was issued to."""
        return bool(self.readers[_ENABLED](value))

    def read(self, values: Sequence[Any]) -> Client:
        """A client's record from its part of a row.

        :raise ValueError: a column holds something that its field cannot be read from.
        """
        return Client(*(reader(value) for reader, value in zip(self.readers, values, strict=True)))


@dataclass(frozen=True)
class TokenTable:
    """A token model as parts of a statement.

    :ivar keys: what tokens are searched by, access tokens first.
    :ivar columns: one expression per canonical field, in the order of :data:`TOKEN_FIELDS`.
    :ivar from_: the table; :ivar joins: what must be joined to it, with the conditions.
    :ivar only: a condition that every row must meet, for models that share a table.
    :ivar shared: whether access and refresh token stand in one row, each with a state of its own.
    """

    model: type
    keys: tuple[Key, ...]
    columns: tuple[sa.ColumnElement[Any], ...]
    from_: sa.FromClause
    joins: tuple[tuple[sa.FromClause, sa.ColumnElement[bool]], ...]
    only: sa.ColumnElement[bool] | None
    mapped: Mapping[str, Any]
    unindexed: tuple[str, ...]
    readers: tuple[Reader, ...] = field(repr=False, default=())

    @property
    def has_kind(self) -> bool:
        """Whether a column says of each row what kind of token it holds."""
        return "kind" in self.mapped

    @property
    def shared(self) -> bool:
        """Whether access and refresh token stand in one row, each with a state of its own."""
        return {key.kind for key in self.keys} == set(Kind)


# Finding the columns

#: Authlib's mixins, told by their columns, which differ from the canonical names.
_AUTHLIB_TOKEN = {"access_token", "refresh_token", "issued_at", "expires_in"}
_AUTHLIB_CLIENT = {"client_secret_expires_at", "_client_metadata"}


def _names_of(mapper: Mapper[Any]) -> set[str]:
    return {attribute.key for attribute in mapper.column_attrs}


def _found_client_fields(model: type) -> dict[str, Any]:
    """The columns that need no mapping: those with canonical names, and Authlib's."""
    names = _names_of(sa.inspect(model))
    fields: dict[str, Any] = {name: name for name in CLIENT_FIELDS if name in names}
    if names >= _AUTHLIB_CLIENT:
        # Never rights or resources: with dynamic registration a client writes its own metadata.
        fields["client_secret"] = plain("client_secret")
        fields.setdefault("auth_method", json_key("_client_metadata", "token_endpoint_auth_method"))
        fields.setdefault("jwks", json_key("_client_metadata", "jwks"))
        expires_at = model.client_secret_expires_at  # type: ignore[attr-defined]
        fields["client_secret_expires_at"] = sa.case((expires_at > 0, expires_at), else_=None)
    return fields


def _found_token_fields(model: type) -> dict[str, Any]:
    """The columns that need no mapping: those with canonical names, our digest, and Authlib's."""
    mapper: Mapper[Any] = sa.inspect(model)
    names = _names_of(mapper)
    fields: dict[str, Any] = {name: name for name in TOKEN_FIELDS if name in names}
    if "token_digest" in names:
        fields["access_token"] = sha256("token_digest")
        if "revoked_at" in names:
            fields.setdefault("revoked", "revoked_at")
    elif names >= _AUTHLIB_TOKEN:
        issued_at, expires_in = model.issued_at, model.expires_in  # type: ignore[attr-defined]
        fields["access_token"], fields["refresh_token"] = plain("access_token"), plain("refresh_token")
        fields["iat"] = "issued_at"
        # Two 32-bit integers; their sum may be none.
        fields["exp"] = sa.case((expires_in > 0, sa.cast(issued_at, sa.BigInteger) + expires_in), else_=None)
        if "access_token_revoked_at" in names:
            fields["revoked"], fields["refresh_revoked"] = "access_token_revoked_at", "refresh_token_revoked_at"
        fields.setdefault("username", _authlib_username(mapper))
        if fields["username"] is None and "user_id" in names:
            fields.setdefault("sub", "user_id")
    return {name: spec for name, spec in fields.items() if spec is not None}


def _authlib_username(mapper: Mapper[Any]) -> str | None:
    user = mapper.relationships.get("user")
    if user is not None and user.direction is MANYTOONE and "username" in _names_of(user.mapper):
        return "user.username"
    return None


# Checking a mapping


def _merged(setting: str, found: dict[str, Any], given: Any, known: set[str]) -> dict[str, Any]:
    if given is not None and not isinstance(given, Mapping):
        raise ConfigError(setting, f"it holds a {type(given).__name__}", "Give a dict from canonical field to column")
    unknown = sorted(str(name) for name in set(given or ()) - known)
    if unknown:
        raise ConfigError(setting, f"there is no field {unknown[0]!r}", f"The fields are: {', '.join(sorted(known))}")
    merged = {**found, **(given or {})}
    return {name: spec for name, spec in merged.items() if spec is not None}


def _value_column(source: _Source, name: str, spec: Any, known: _Field) -> tuple[sa.ColumnElement[Any], Reader]:
    """The expression to select for a canonical field, and how to read what it brings."""
    if isinstance(spec, JSONKey):
        column = source.column(name, spec.column)
        if python_type(column) not in (None, str, bytes, dict, list):
            raise source.error(name, f"its column is of type {column.type!r}", "json_key needs JSON, or text")
        return _as_text(column), readers.from_json(known.reader, spec.path)
    column = source.column(name, spec)
    held = python_type(column)
    if held is not None and known.types and not issubclass(held, known.types):
        wanted = ", ".join(sorted({wanted.__name__ for wanted in known.types}))
        raise source.error(name, f"its column is of type {column.type!r}", f"It must hold one of: {wanted}")
    if held is bool and bool not in known.types:
        raise source.error(name, f"its column is of type {column.type!r}", "A boolean does not fit here")
    if isinstance(column.type, sa.JSON):
        if known.types and not {list, dict} & set(known.types):
            raise source.error(name, f"its column is of type {column.type!r}", "Name a value inside it by json_key")
        return _as_text(column), readers.from_json(known.reader)
    return column, known.reader


def _value_columns(
    source: _Source, fields: Mapping[str, _Field], mapped: Mapping[str, Any]
) -> tuple[tuple[sa.ColumnElement[Any], ...], tuple[Reader, ...]]:
    pairs = [
        _value_column(source, name, mapped[name], known) if name in mapped else (_absent(known), known.reader)
        for name, known in fields.items()
    ]
    return tuple(column for column, _ in pairs), tuple(reader for _, reader in pairs)


def _absent(known: _Field) -> sa.ColumnElement[Any]:
    """What is selected for a field that the host maps to nothing."""
    return sa.literal_column({True: "1", False: "0", None: "NULL"}[known.absent])


def _check_client_id(source: _Source, mapped: Mapping[str, Any]) -> None:
    if "client_id" not in mapped:
        raise source.error("client_id", "no column is known for it", "Map it in " + source.setting)
    if isinstance(mapped["client_id"], JSONKey):
        raise source.error("client_id", "clients are not looked up inside JSON", "Map it to a column")


def map_client(model: type, given: Any, settings_key: str) -> ClientTable:
    """Find the client columns of a model.

    :param model: the host's mapped class.
    :param given: the host's mapping, or ``None``.
    :param settings_key: the configuration key that the mapping stands under.
    :raise ConfigError: a field is missing, or its column is missing or of a wrong type.
    """
    source = _Source(model, settings_key)
    mapped = _merged(settings_key, _found_client_fields(model), given, set(CLIENT_FIELDS))
    _check_client_id(source, mapped)
    if "client_secret" not in mapped:
        raise source.error("client_secret", "no column is known for it", "Map it in " + settings_key)
    secret = mapped["client_secret"]
    if isinstance(secret, Lookup):
        if secret.encoding != "plain":
            raise source.error(
                "client_secret", "secrets are not looked up by digest", "Name the column, or plain(...) for plain text"
            )
        mapped["client_secret"] = secret.column
    columns, column_readers = _value_columns(source, CLIENT_FIELDS, mapped)
    unindexed = _warn_unindexed(source, "client_id", columns[0])
    return ClientTable(
        model=model,
        columns=columns,
        table=source.table,
        joins=tuple(source.joins),
        only=source.only,
        issued_to=_issued_to(model, settings_key, mapped),
        encode_id=_plain_encoder(columns[0]),
        plain_secrets=isinstance(secret, Lookup),
        mapped=mapped,
        unindexed=(unindexed,) if unindexed else (),
        readers=column_readers,
    )


def _issued_to(model: type, settings_key: str, mapped: Mapping[str, Any]) -> IssuedTo:
    source = _Source(model, settings_key, again=True)
    fields = {name: CLIENT_FIELDS[name] for name in ("client_id", "enabled")}
    (client_id, enabled), _ = _value_columns(source, fields, mapped)
    return IssuedTo(source.table, tuple(source.joins), source.only, client_id, enabled)


def map_token(model: type, given: Any, settings_key: str, clients: ClientTable) -> TokenTable:
    """Find the token columns of a model.

    :param model: the host's mapped class.
    :param given: the host's mapping, or ``None``.
    :param settings_key: the configuration key that the mapping stands under.
    :param clients: the clients that the tokens are issued to.
    :raise ConfigError: a field is missing, or its column is missing or of a wrong type.
    """
    source = _Source(model, settings_key)
    known = {*TOKEN_FIELDS, *_KEY_FIELDS}
    mapped = _merged(settings_key, _found_token_fields(model), given, known)
    _check_client_id(source, mapped)
    keys = tuple(
        key for name, kind in _KEY_FIELDS.items() if name in mapped for key in _keys(source, name, kind, mapped)
    )
    if not keys:
        raise source.error(
            "access_token",
            "no column is known to search tokens by",
            "Map it, or 'refresh_token', to sha256('column') or plain('column')",
        )
    columns, column_readers = _value_columns(source, TOKEN_FIELDS, mapped)
    _check_same_type(source, columns[_CLIENT_ID], clients)
    unindexed = (_warn_unindexed(source, key.kind.value, key.column) for key in keys)
    return TokenTable(
        model=model,
        keys=keys,
        columns=columns,
        from_=source.table,
        joins=tuple(source.joins),
        only=source.only,
        mapped=mapped,
        unindexed=tuple(name for name in unindexed if name),
        readers=column_readers,
    )


def _keys(source: _Source, name: str, kind: Kind, mapped: Mapping[str, Any]) -> Iterator[Key]:
    spec = mapped[name]
    for position, lookup in enumerate(spec if isinstance(spec, (list, tuple)) else [spec]):
        if not isinstance(lookup, Lookup):
            raise source.error(
                name,
                "it does not say how the column holds the token",
                "Use sha256('column') for digests, or plain('column') for tokens in plain text",
            )
        joins = len(source.joins)
        column = source.column(name, lookup.column)
        if len(source.joins) > joins:
            raise source.error(name, f"{lookup.column!r} lies in another table", "Name the model that holds the tokens")
        yield Key(kind, column, lookup.encoding, _key_encoder(source, name, lookup, column), before=position)


def _check_same_type(source: _Source, column: sa.ColumnElement[Any], clients: ClientTable) -> None:
    """A token's client id is compared with the clients' own: with a foreign key's number, that never fits."""
    mine, theirs = python_type(column), python_type(clients.client_id)
    if mine is not theirs and None not in (mine, theirs):
        raise source.error(
            "client_id",
            f"its column is of type {column.type!r}, "
            f"but that of {clients.model.__name__} is {clients.client_id.type!r}",
            "Map both to the same id; behind a foreign key, by a relationship path such as 'client.client_id'",
        )
