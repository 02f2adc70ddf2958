"""How hosts whose mapping cannot be written make clients and tokens in their own way."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from flask import Flask

from flask_introspect.testing import IssuedToken, RegisteredClient

from ..hosts import classic_tables, django_tables, odd_tables
from .rows import at, refuse, row_of, saved
from .toolkit_rows import django_client, django_revoke, django_token

MakeClient = Callable[..., RegisteredClient]
MakeToken = Callable[..., IssuedToken]


@dataclass(frozen=True)
class Factories:
    """A host's own factories; each gets the application first."""

    client: Callable[..., Any]
    token: Callable[..., Any]
    revoke: Callable[[Flask, str], None]


# The classic tables: a public client has no secret, a row that is deleted has a time


def classic_client(
    app: Flask, client_id: str, secret: str, public: bool, enabled: bool, **left: Any
) -> None:
    refuse(left)
    hashed = None if public else classic_tables.hashed(secret)
    deleted_at = None if enabled else at(app, 0)
    saved(app, classic_tables.Client(key=client_id, secret=hashed, deleted_at=deleted_at))


def classic_token(
    app: Flask,
    token: str,
    client_id: str,
    kind: str,
    expires_in: int,
    revoked: bool,
    scope: str = "read",
    **left: Any,
) -> None:
    refuse(left)
    names = {"access_token": "AccessToken", "refresh_token": "RefreshToken"}
    row = getattr(classic_tables, names[kind])(
        token=token,
        client=row_of(app, classic_tables.Client, key=client_id),
        scope=scope,
        created_at=at(app, min(expires_in, 0) - 60),
        expires_at=at(app, expires_in),
        deleted_at=at(app, 0) if revoked else None,
    )
    saved(app, row)


def classic_revoke(app: Flask, token: str) -> None:
    for model in (classic_tables.AccessToken, classic_tables.RefreshToken):
        with suppress(AttributeError):
            row_of(app, model, token=token).deleted_at = at(app, 0)
    app.extensions["sqlalchemy"].session.commit()


# The odd tables: a document for the client, a letter for the kind of token, and milliseconds


def odd_client(
    app: Flask,
    client_id: str,
    secret: str,
    public: bool,
    enabled: bool,
    resources: list[str] | None = None,
    **left: Any,
) -> None:
    refuse(left)
    party = odd_tables.program(client_id, secret, public=public, resources=resources)
    party.state = "open" if enabled else "closed"
    saved(app, party)


def odd_token(
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
    refuse(left)
    now = int(app.config["INTROSPECT_CLOCK"]() * 1000)
    row = odd_tables.grant(
        token,
        row_of(app, odd_tables.Party, handle=client_id),
        letter={"access_token": "a", "refresh_token": "r"}[kind],
        may=scope.split(),
        for_whom=list(aud),
        made_ms=now - 60_000 + min(expires_in, 0) * 1000,
        ends_ms=now + expires_in * 1000,
        fate="dead" if revoked else "alive",
    )
    saved(app, row)


def odd_revoke(app: Flask, token: str) -> None:
    fingerprint = odd_tables.grant(token, odd_tables.Party()).fingerprint
    app.extensions["sqlalchemy"].session.rollback()
    row_of(app, odd_tables.Grant, fingerprint=fingerprint).fate = "dead"
    app.extensions["sqlalchemy"].session.commit()


#: The hosts that write in their own way; Authlib's tables are written through the mapping.
OWN_WAYS: Mapping[str, Factories] = {
    classic_tables.HOST.name: Factories(classic_client, classic_token, classic_revoke),
    odd_tables.HOST.name: Factories(odd_client, odd_token, odd_revoke),
    django_tables.HOST.name: Factories(django_client, django_token, django_revoke),
}


def client_factory(app: Flask, own: Factories) -> MakeClient:
    def make(
        client_id: str | None = None,
        *,
        secret: str | None = None,
        public: bool = False,
        enabled: bool = True,
        **more: Any,
    ) -> RegisteredClient:
        client_id = client_id or f"client-{secrets.token_hex(8)}"
        secret = secret or secrets.token_urlsafe(16)
        with app.app_context():
            own.client(app, client_id, secret, public, enabled, **more)
        return RegisteredClient(client_id, None if public else secret)

    return make


def token_factory(app: Flask, own: Factories) -> MakeToken:
    def make(
        client: RegisteredClient,
        *,
        kind: str = "access_token",
        expires_in: int = 3600,
        revoked: bool = False,
        **more: Any,
    ) -> IssuedToken:
        token = secrets.token_urlsafe(24)
        with app.app_context():
            own.token(app, token, client.client_id, kind, expires_in, revoked, **more)
        return IssuedToken(token)

    return make


def revoker(app: Flask, own: Factories) -> Callable[[str], None]:
    def revoke(token: str) -> None:
        with app.app_context():
            own.revoke(app, token)

    return revoke
