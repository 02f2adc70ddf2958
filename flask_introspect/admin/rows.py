"""A model's own table: which fields can be written, and with which engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Mapper

from ..endpoint import Endpoint
from ..storage.mapping import ClientTable, Lookup, TokenTable
from ..storage.quiet import quiet
from ..wiring import host_engine
from .errors import AdminError
from .values import is_required

__all__ = ["OwnTable", "joining"]

MappedTable = TypeVar("MappedTable", ClientTable, TokenTable)


#: The connection whose open transaction is joined, if one is.
_joined: ContextVar[sa.Connection | None] = ContextVar("joined", default=None)


@contextmanager
def joining(connection: sa.Connection | None) -> Iterator[None]:
    """Write on a connection, in its open transaction, while this context is open.

    It is for tests that roll back. Commands commit what they write.

    :param connection: ``None`` for the engine that the host writes with, as always.
    """
    before = _joined.set(connection)
    try:
        yield
    finally:
        _joined.reset(before)


class _Joined:
    """An open transaction in place of an engine."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        with self._connection.begin_nested():
            yield self._connection

    @contextmanager
    def connect(self) -> Iterator[sa.Connection]:
        yield self._connection


#: The options that fill the canonical fields of a client and of a token.
OPTIONS: Mapping[str, str] = {
    "may_introspect": "--right",
    "resources": "--resource",
    "visible_claims": "--claim",
    "visible_scopes": "--scope",
    "auth_method": "--method",
    "jwks": "--jwks",
    "tls_client_auth_subject_dn": "--subject-dn",
    "introspection_signed_response_alg": "--signed-alg",
    "introspection_encrypted_response_alg": "--encrypted-alg",
    "introspection_encrypted_response_enc": "--encrypted-enc",
    "scope": "--scope",
    "username": "--username",
    "sub": "--sub",
    "aud": "--aud",
}

#: The remedy if nothing is mapped by hand, since such a column is found automatically.
_ADD = "Add one of that name"


class OwnTable(Generic[MappedTable]):
    """A model's own table, and the columns in it that the canonical fields are mapped to.

    :param mapping: how the model is mapped.
    :param setting: the configuration key of the mapping, for errors.
    :param is_set: whether the host set that key. Otherwise it is no remedy: names do.
    :raise AdminError: the model has not one table, but none or several.
    """

    def __init__(
        self, endpoint: Endpoint, mapping: MappedTable, setting: str, *, is_set: bool
    ) -> None:
        mapper: Mapper[Any] = sa.inspect(mapping.model)
        table = mapper.local_table
        if not isinstance(table, sa.Table) or len(mapper.tables) > 1:
            problem = (
                f"{mapping.model.__name__} is not mapped to one table, so it cannot be written"
            )
            raise AdminError(problem)
        self.endpoint = endpoint
        self.mapping: MappedTable = mapping
        self.setting = setting
        self._is_set = is_set
        self.table = table
        self.key = list(mapper.primary_key)
        connection = _joined.get()
        self.engine: sa.Engine = (
            quiet(_writing_engine(endpoint, mapping.model))
            if connection is None
            else _Joined(connection)  # type: ignore[assignment]  # as much of one as is used
        )
        self._identity: dict[Any, Any] = (
            {mapper.polymorphic_on: mapper.polymorphic_identity}
            if mapper.polymorphic_on is not None and mapper.polymorphic_identity is not None
            else {}
        )

    @property
    def name(self) -> str:
        """The name of the model."""
        model: type = self.mapping.model
        return model.__name__

    def own_column(self, spec: Any) -> sa.Column[Any] | None:
        """Return the column of this table that a mapping names; ``None`` for anything else."""
        if isinstance(spec, Lookup):
            spec = spec.column
        if isinstance(spec, str):  # no attribute has the dot of a path
            spec = getattr(self.mapping.model, spec, None)
        element = spec.__clause_element__() if hasattr(spec, "__clause_element__") else spec
        is_own = isinstance(element, sa.Column) and self.table.c.contains_column(element)
        return element if is_own else None

    def is_writable(self, name: str) -> bool:
        """Tell whether a canonical field can be written."""
        return self.own_column(self.mapping.mapped.get(name)) is not None

    def column(self, name: str) -> sa.Column[Any]:
        """Return the column of a canonical field.

        :raise AdminError: there is none, or it cannot be written through the mapping.
        """
        spec = self.mapping.mapped.get(name)
        column = self.own_column(spec)
        if column is not None:
            return column
        if spec is None:
            remedy = f"Add one and map it in {self.setting}" if self._is_set else _ADD
            raise AdminError(f"{self.name} has no column for {name!r}. {remedy}")
        what = repr(spec) if isinstance(spec, str) else "an expression"
        remedy = f", or map such a column in {self.setting}" if self._is_set else ""
        raise AdminError(
            f"{name!r} of {self.name} is mapped to {what}, which can be read but not written: "
            f"it is no column of {self.table.name}. Change it in the host's own way{remedy}"
        )

    def where(self, row: Sequence[Any]) -> sa.ColumnElement[bool]:
        """Build the condition for the row that has this primary key.

        :param row: the values of the key; more may follow them.
        """
        values = row[: len(self.key)]
        return sa.and_(*(column == value for column, value in zip(self.key, values, strict=True)))

    def insert(self, values: Mapping[sa.Column[Any], Any]) -> None:
        """Add a row.

        :raise AdminError: a column needs a value, and none was given.
        """
        filled: dict[sa.Column[Any], Any] = {**self._identity, **values}
        given = {column.name for column in filled}
        required = [column.name for column in self.table.c if is_required(column)]
        missing = [name for name in required if name not in given]
        if missing:
            raise AdminError(self._needs(missing))
        with self.engine.begin() as connection:
            by_key = {column.key: value for column, value in filled.items()}
            connection.execute(sa.insert(self.table), by_key)

    def _needs(self, missing: Sequence[str]) -> str:
        """Say what a new row needs, and which option provides it."""
        options = {
            column.name: option
            for name, option in OPTIONS.items()
            for column in self._filled_by(name)
            if column.name in missing
        }
        rest = ", ".join(name for name in missing if name not in options)
        names = ", ".join(missing)
        said = [f"{self.table.name} cannot be added to: it needs a value for {names}"]
        if options:
            said.append(f"Give {' and '.join(sorted(set(options.values())))}")
        if rest:
            said.append(f"No option fills {rest}: give the model a default")
        return ". ".join(said)

    def _filled_by(self, name: str) -> Sequence[sa.Column[Any]]:
        """List the columns of this table that a field fills, also as a reference."""
        spec = self.mapping.mapped.get(name)
        own = self.own_column(spec)
        if own is not None:
            return [own]
        mapper: Mapper[Any] = sa.inspect(self.mapping.model)
        through = spec.partition(".")[0] if isinstance(spec, str) and spec.count(".") == 1 else ""
        if through not in mapper.relationships:
            return []
        pairs = mapper.relationships[through].local_remote_pairs or []
        return [local for local, _ in pairs if isinstance(local, sa.Column)]

    def update(self, row: Sequence[Any], values: Mapping[sa.Column[Any], Any]) -> None:
        """Change the row that has this primary key."""
        with self.engine.begin() as connection:
            connection.execute(sa.update(self.table).where(self.where(row)).values(dict(values)))


def _writing_engine(endpoint: Endpoint, model: type) -> sa.Engine:
    """Find the engine that the host writes a model with.

    Flask-SQLAlchemy has one for its models. Others have only the one behind the host's session.
    """
    session = endpoint.settings.session
    mapper: Mapper[Any] = sa.inspect(model)
    metadata = mapper.local_table.metadata  # type: ignore[attr-defined]
    db = current_app.extensions.get("sqlalchemy")
    if session is None or (db is not None and metadata in db.metadatas.values()):
        return host_engine(current_app, endpoint.settings, model)
    given = session()
    engine = getattr(given, "engine", None) or given.get_bind(model)
    found: sa.Engine = engine.engine  # a Session may be bound to a Connection
    return found
