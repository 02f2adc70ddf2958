"""A host's code, as its author's type checker sees it: mypy and pyright, both strict, must find
nothing in it.

Nothing here runs. Each ``assert_type`` pins what a user of the public names is promised.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from flask import Flask
from sqlalchemy.orm import DeclarativeBase

from flask_introspect import (
    Client,
    ConfigError,
    IntrospectBlueprint,
    IntrospectError,
    Introspection,
    InvalidClient,
    InvalidRequest,
    Kind,
    Reason,
    Refusal,
    RequestRefused,
    Right,
    TemporarilyUnavailable,
    Token,
    TokenIntrospected,
    UnauthorizedClient,
    check_secret,
    introspect,
    introspect_bp,
    json_key,
    plain,
    request_refused,
    sha256,
    token_introspected,
)
from flask_introspect.models import ClientMixin, TokenMixin

if sys.version_info >= (3, 11):
    from typing import assert_type
else:
    from typing_extensions import assert_type


class Base(DeclarativeBase): ...


class ClientRow(Base, ClientMixin):
    __tablename__ = "clients"


class TokenRow(Base, TokenMixin):
    __tablename__ = "tokens"


def may_see(caller: Client, token: Token) -> bool:
    assert_type(caller.right, Right | None)
    assert_type(caller.resources, frozenset[str])
    assert_type(token.kind, Kind)
    assert_type(token.aud, tuple[str, ...])
    return token.client_id == caller.client_id


def own_claims(token: Token, caller: Client | None) -> Mapping[str, Any]:
    return {"tenant": token.claims and token.claims.get("tenant")}


@token_introspected.connect
def note_answer(sender: Flask, event: TokenIntrospected) -> None:
    assert_type(event.client_id, str)
    assert_type(event.reason, Reason)
    assert_type(event.seconds, float)


@request_refused.connect
def note_refusal(sender: Flask, event: RequestRefused) -> None:
    assert_type(event.client_id, str | None)
    assert_type(event.reason, Refusal)
    assert_type(event.fingerprint, str | None)


def verify(stored: str, presented: str) -> bool:
    return stored == presented


def hash_(secret: str) -> str:
    return secret[::-1]


def create_app() -> Flask:
    app = Flask(__name__)
    app.config.update(  # pyright: ignore[reportUnknownMemberType]  # a dict of Flask's, of anything
        INTROSPECT_CLIENT_MODEL=ClientRow,
        INTROSPECT_TOKEN_MODEL=[TokenRow],
        INTROSPECT_CLIENT_FIELDS={
            "client_secret": plain("secret"),
            "resources": json_key("data", "resources"),
        },
        INTROSPECT_TOKEN_FIELDS=[
            {"access_token": [sha256("digest"), plain("token")], "aud": TokenRow.aud}
        ],
        INTROSPECT_POLICY=may_see,
        INTROSPECT_EXTRA_CLAIMS=own_claims,
        INTROSPECT_SECRET_VERIFIER=verify,
        INTROSPECT_SECRET_HASHER=hash_,
    )
    assert_type(introspect_bp, IntrospectBlueprint)
    app.register_blueprint(introspect_bp)
    app.register_blueprint(
        IntrospectBlueprint(
            "tenant_a", config_prefix="TENANT_A_INTROSPECT_", url_prefix="/a/oauth", subdomain="a"
        )
    )
    with app.app_context():
        assert_type(introspect_bp.metadata(), dict[str, Any])
        assert_type(introspect_bp.jwks(), dict[str, Any])
        assert_type(introspect_bp.openapi(), dict[str, Any])
    app.add_url_rule("/jwks.json", view_func=introspect_bp.jwks_view)
    app.add_url_rule("/openapi.json", view_func=introspect_bp.openapi_view)
    return app


def judge(token: str) -> str | None:
    try:
        found = introspect(token, hint="access_token", caller="my_api", endpoint="tenant_a")
    except (InvalidClient, UnauthorizedClient, InvalidRequest) as error:
        assert_type(error.status, int)
        assert_type(error.description, str)
        return None
    except TemporarilyUnavailable:
        return None
    except ConfigError as error:
        assert_type(error.key, str)
        raise
    except IntrospectError:
        raise
    assert_type(found, Introspection)
    assert_type(found.active, bool)
    assert_type(found.known, bool)
    assert_type(found.claims, Mapping[str, Any])
    assert_type(found.kind, Kind | None)
    if found.reason is Reason.EXPIRED:
        return found.reason
    return None


def administer() -> None:
    client, secret = ClientRow.create("app", may_introspect=Right.AUDIENCE, resources=["my_api"])
    assert_type(client, ClientRow)
    assert_type(secret, str | None)
    assert_type(client.set_secret(), str)
    assert_type(client.check_secret("presented"), bool)
    assert_type(check_secret("app", "presented", endpoint="tenant_a"), bool)
    row, token = TokenRow.issue("app", expires_in=None, kind=Kind.REFRESH, scope="read")
    assert_type(row, TokenRow)
    assert_type(token, str)
    assert_type(row.exp, int | None)
    row.revoke()
