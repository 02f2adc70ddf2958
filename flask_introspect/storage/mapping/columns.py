"""From what a mapping names to the SQL expression behind it, and the joins on the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

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

from ...errors import ConfigError
from ...texts import a_type
from .joins import Join
from .padding import unpadded

__all__ = ["Source", "as_text", "python_type", "tables_of"]


class Source:
    """A model whose columns are being collected, and the joins that relationship paths need.

    The columns are plain Core columns. Mapped attributes would make every SELECT an ORM statement,
    which adds its own conditions for models that share a table.

    :param setting: the configuration key that the mapping stands under, for errors.
    :param again: whether the table is in the statement already. Then it is aliased.
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
        return _over(self.table, self.mapper.polymorphic_on, self.mapper).in_(identities)

    def column(self, field_name: str, spec: Any) -> sa.ColumnElement[Any]:
        """Find the SQL expression that a mapping names.

        :raise ConfigError: there is no such column, or no such relationship.
        """
        if isinstance(spec, str):
            *path, name = spec.split(".")
            entity = self._joined(field_name, spec, tuple(path))
            return self._attribute(field_name, spec, entity, name)
        if isinstance(spec, QueryableAttribute) and _is_relationship(spec):
            raise self.error(
                field_name,
                f"{spec} is a relationship",
                "Name a column behind it, as 'user.username'",
            )
        own_row = _over(self.table, self._element(field_name, spec), self.mapper)
        element = _correlated(self.table, own_row)
        own = set(tables_of(self.table))
        for table in sa.select(element).get_final_froms():
            if table is not self.table and not set(tables_of(table)) <= own:
                raise self.error(
                    field_name,
                    f"{spec} belongs to another table, {getattr(table, 'name', table)}",
                    "Name what lies behind a relationship by its path, as 'user.username'",
                )
        return element

    def leads_nowhere(self, spec: str) -> sa.ColumnElement[bool]:
        """Make the condition that a row has nothing at the end of a relationship path.

        That is so if a foreign key on the way is NULL; not if the row that it names is gone.

        :param spec: the path, whose columns were found by :meth:`column` before.
        """
        *path, _ = spec.split(".")
        ends: list[sa.ColumnElement[bool]] = []
        for position, name in enumerate(path):
            entity = self._aliases[tuple(path[:position])] if position else self._entity
            table, mapper = sa.inspect(entity).selectable, sa.inspect(entity).mapper
            keys = [local for local, _ in mapper.relationships[name].local_remote_pairs or ()]
            end = sa.or_(*(_over(table, key, mapper).is_(None) for key in keys))
            if position:
                ids = (_over(table, key, mapper) for key in mapper.primary_key)
                end &= sa.and_(*(key.is_not(None) for key in ids))
            ends.append(end)
        return sa.or_(*ends)

    def error(self, field_name: str, problem: str, remedy: str) -> ConfigError:
        """Make an error about one field of the mapping."""
        return ConfigError(
            self.setting, f"{field_name!r} of {self.model.__name__}: {problem}", remedy
        )

    def _element(self, field_name: str, spec: Any) -> sa.ColumnElement[Any]:
        element = spec.__clause_element__() if hasattr(spec, "__clause_element__") else spec
        if not isinstance(element, sa.ColumnElement):
            raise self.error(
                field_name,
                f"{a_type(spec)} is no column",
                "Give a column's name, a relationship path such as 'user.username', or an SQL "
                "expression",
            )
        return element

    def _joined(self, field_name: str, spec: str, path: tuple[str, ...]) -> Any:
        """Find the model at the end of a relationship path, aliased and joined."""
        if not path:
            return self._entity
        if path not in self._aliases:
            parent = self._joined(field_name, spec, path[:-1])
            attribute = self._relationship(field_name, spec, parent, path[-1])
            target = aliased(attribute.property.entity, flat=True)
            # A relationship always has a condition, so this is never None.
            onclause: Any = outerjoin(parent, target, attribute).onclause
            for entity in (parent, target):
                onclause = _over(sa.inspect(entity).selectable, onclause)
            self.joins.append((sa.inspect(target).selectable, onclause))
            self._aliases[path] = target
        return self._aliases[path]

    def _relationship(self, field_name: str, spec: str, parent: Any, name: str) -> Any:
        attribute = getattr(parent, name, None)
        if attribute is None or not _is_relationship(attribute):
            known = ", ".join(sorted(sa.inspect(parent).mapper.relationships.keys())) or "none"
            raise self.error(
                field_name, f"{name!r} in {spec!r} is no relationship", f"There are: {known}"
            )
        if attribute.property.direction is not MANYTOONE:
            raise self.error(
                field_name,
                f"the relationship {name!r} in {spec!r} leads to many rows",
                "Only many-to-one relationships can be followed",
            )
        return attribute

    def _attribute(
        self, field_name: str, spec: str, entity: Any, name: str
    ) -> sa.ColumnElement[Any]:
        mapper = sa.inspect(entity).mapper
        descriptor: InspectionAttr | None = mapper.all_orm_descriptors.get(name)
        if descriptor is None:
            known = ", ".join(sorted(attribute.key for attribute in mapper.column_attrs))
            problem = f"{mapper.class_.__name__} has no column {name!r}"
            raise self.error(field_name, problem, f"It has: {known}")
        try:
            attribute = getattr(entity, name)
        except Exception as error:  # a hybrid property may do what only works on instances
            problem = f"{spec!r} has no SQL form ({error})"
            raise self.error(field_name, problem, "Give it one, or name a column") from error
        if _is_relationship(attribute):
            remedy = f"Name a column behind it, as '{spec}.username'"
            raise self.error(field_name, f"{spec!r} is a relationship", remedy)
        return _over(sa.inspect(entity).selectable, self._element(field_name, attribute), mapper)


def _is_relationship(attribute: Any) -> bool:
    return isinstance(getattr(attribute, "property", None), RelationshipProperty)


def _over(
    table: sa.FromClause, expression: sa.ColumnElement[Any], mapper: Mapper[Any] | None = None
) -> sa.ColumnElement[Any]:
    """Put the columns of a table, or of an alias of it, in place of mapped attributes.

    Other aliases of the same table stay what they are: they stand for other rows.

    :param mapper: whose attributes are meant, besides those of ``table`` itself.
    """
    plain_columns = {column: column for column in table.c}
    meant = set(tables_of(table))
    if mapper is not None:
        meant.update(mapper.tables, tables_of(mapper.selectable))

    def column(element: Any, **_: Any) -> Any:
        if not isinstance(element, sa.ColumnClause) or element.table not in meant:
            return None
        found = table.corresponding_column(element)
        return None if found is None else plain_columns[found]

    replaced: sa.ColumnElement[Any] = visitors.replacement_traverse(expression, {}, column)
    return replaced


def _correlated(table: sa.FromClause, expression: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Make the subqueries of an expression mean this table's row.

    Other tables of the statement may have columns of the same names.
    """

    def subquery(element: Any, **_: Any) -> Any:
        if isinstance(element, (sa.ScalarSelect, sa.Exists)):
            return element.correlate(*tables_of(table))
        return None

    correlated: sa.ColumnElement[Any] = visitors.replacement_traverse(expression, {}, subquery)
    return correlated


def tables_of(table: sa.FromClause) -> Iterator[sa.FromClause]:
    """List the tables of a join; a table alone is its own."""
    if isinstance(table, sa.Join):
        yield from tables_of(table.left)
        yield from tables_of(table.right)
    else:
        yield table


def as_text(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Read a JSON column as text, and a text without its padding.

    Text can be a cache's key, and NULL costs no parsing.
    """
    return sa.cast(column, sa.Text) if isinstance(column.type, sa.JSON) else unpadded(column)


def python_type(column: sa.ColumnElement[Any]) -> type | None:
    """Return the Python type of a column's values, as far as its type says."""
    if isinstance(column.type, (sa.types.NullType, sa.JSON)):
        return None
    try:
        return column.type.python_type
    except NotImplementedError:
        return None
