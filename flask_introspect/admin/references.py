"""Write a field behind a relationship, such as ``user.username``."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapper

from .errors import AdminError
from .rows import OwnTable

__all__ = ["reference"]


def reference(own: OwnTable[Any], name: str, value: Any) -> dict[sa.Column[Any], Any]:
    """Find the row that a field means, and what its table must hold to refer to it.

    :param name: the canonical field, mapped to a path of one relationship.
    :raise AdminError: the field is mapped to something else, or there is no such row.
    """
    spec = own.mapping.mapped.get(name)
    if not isinstance(spec, str) or spec.count(".") != 1:
        own.column(name)  # says why it cannot be written
    relationship_name, attribute = str(spec).split(".")
    mapper: Mapper[Any] = sa.inspect(own.mapping.model)
    relationship = mapper.relationships[relationship_name]
    named = getattr(relationship.mapper.class_, attribute)  # an expression of the model's as well
    pairs = relationship.local_remote_pairs or []
    wanted = sa.select(*(remote for _, remote in pairs)).where(named == value)
    with own.engine.connect() as connection:
        rows = connection.execute(wanted.limit(2)).all()
    if len(rows) != 1:
        problem = "There is no" if not rows else "There is more than one"
        raise AdminError(f"{problem} {relationship_name} whose {attribute} is {value!r}")
    columns: list[Any] = [local for local, _ in pairs]
    return dict(zip(columns, rows[0], strict=True))
