"""The endpoint as a host with our mixins has it: default configuration, nothing switched off."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import argon2
import bcrypt
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from werkzeug.security import generate_password_hash

from flask_introspect import introspect_bp
from flask_introspect.models import ClientMixin, TokenMixin
from flask_introspect.secrets import hash_generated_secret

from .scene import (
    AUDIENCE,
    CALLERS,
    EXPIRES_AT,
    ISSUED_AT,
    ISSUER,
    OWNER,
    SCOPE,
    SECRET,
    USERNAME,
    jti,
    token,
)

db = SQLAlchemy()


class Client(db.Model, ClientMixin): ...


class Token(db.Model, TokenMixin): ...


HASHES: dict[str, Callable[[str], str]] = {
    "sha256": hash_generated_secret,
    "scrypt": generate_password_hash,
    "argon2": argon2.PasswordHasher().hash,
    "bcrypt": lambda secret: bcrypt.hashpw(secret.encode(), bcrypt.gensalt()).decode(),
}


def make_ours(url: str, **config: Any) -> Flask:
    """Make a host of our endpoint."""
    app = Flask("ours")
    app.config.update(
        SQLALCHEMY_DATABASE_URI=url,
        INTROSPECT_CLIENT_MODEL=Client,
        INTROSPECT_TOKEN_MODEL=Token,
        INTROSPECT_ISSUER=ISSUER,
        **config,
    )
    db.init_app(app)
    app.register_blueprint(introspect_bp)
    return app


def seed_clients() -> None:
    """Add the owner of the tokens, and a resource server for each kind of hash.

    Call it in an app context.
    """
    db.create_all()
    db.session.add(Client(client_id=OWNER, client_secret=HASHES["scrypt"](SECRET)))
    for scheme, client_id in CALLERS.items():
        db.session.add(
            Client(client_id=client_id, client_secret=HASHES[scheme](SECRET), resources=[AUDIENCE])
        )
    db.session.commit()


def add_clients(client_ids: Iterable[str]) -> None:
    """Add clients that share one hash, since a slow one for each takes long.

    Call it in an app context.
    """
    stored = HASHES["scrypt"](SECRET)
    db.session.add_all(Client(client_id=each, client_secret=stored) for each in client_ids)
    db.session.commit()


def seed(tokens: int) -> None:
    """Add clients and some tokens. Call it in an app context."""
    seed_clients()
    for number in range(tokens):
        row, _ = Token.issue(
            OWNER,
            token=token(number),
            scope=SCOPE,
            username=USERNAME,
            aud=AUDIENCE,
            jti=jti(number),
            iat=ISSUED_AT,
            nbf=ISSUED_AT,
            exp=EXPIRES_AT,
        )
        db.session.add(row)
    db.session.commit()
