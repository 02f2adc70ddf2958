"""The toolkit's tables, which have more columns than the models declare."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import Flask

from flask_introspect.testing import CannotMake

from ..hosts import django_tables
from ..support import quick_hash
from .rows import at, refuse, row_of


def django_client(
    app: Flask, client_id: str, secret: str, public: bool, enabled: bool, **left: Any
) -> None:
    refuse({**left, **({} if enabled else {"enabled": enabled})})
    values = {
        "client_id": client_id,
        "client_secret": quick_hash(secret),
        "client_type": "public" if public else "confidential",
        "authorization_grant_type": "authorization-code",
    }
    _insert(app, django_tables.Application, values)


def django_token(
    app: Flask,
    token: str,
    client_id: str,
    kind: str,
    expires_in: int,
    revoked: bool,
    scope: str = "read",
    aud: tuple[str, ...] = (),
    **left: Any,
) -> None:
    application = row_of(app, django_tables.Application, client_id=client_id)
    values = {"token": token, "application_id": application.id, "created": at(app, -60)}
    if kind == "refresh_token":
        refuse({**left, **({} if expires_in > 0 else {"expires_in": expires_in})})
        user = row_of(app, django_tables.User, username="user123")
        values |= {"user_id": user.id, "revoked": at(app, 0) if revoked else None, "resource": "[]"}
        _insert(app, django_tables.RefreshToken, values | _checksum(token))
        return
    refuse({**left, **({"revoked": revoked} if revoked else {})})  # it deletes the row
    values |= {"scope": scope, "expires": at(app, expires_in), "resource": list(aud)}
    _insert(app, django_tables.AccessToken, values | _checksum(token))


def django_revoke(app: Flask, token: str) -> None:
    refresh_token = row_of(app, django_tables.RefreshToken, **_checksum(token))
    if refresh_token is None:
        raise CannotMake("The toolkit deletes an access token that is revoked")
    refresh_token.revoked = at(app, 0)
    app.extensions["sqlalchemy"].session.commit()


def _checksum(token: str) -> dict[str, str]:
    return {"token_checksum": hashlib.sha256(token.encode()).hexdigest()}


def _insert(app: Flask, model: Any, values: Mapping[str, Any]) -> None:
    """Insert a row, with something empty in the columns that the model does not declare."""
    db = app.extensions["sqlalchemy"]
    table = sa.Table(model.__tablename__, sa.MetaData(), autoload_with=db.engine)
    declared = {column.name: column.type for column in model.__table__.c}
    empty = {str: "", int: 0, bool: False, datetime: at(app, 0)}
    filled = {
        column.name: empty[column.type.python_type]
        for column in table.c
        if not column.nullable and not column.primary_key and column.name not in values
    }
    for name, value in {**filled, **values}.items():
        filled[name] = sa.literal(value, declared.get(name, table.c[name].type))
    db.session.execute(sa.insert(table).values(filled))
    db.session.commit()
