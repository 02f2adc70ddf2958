"""A small OAuth 2.0 authorization server to copy from.

Flask, Authlib, SQLite, and Flask-Introspect over its tables.

``python -m example_app`` seeds the database and serves on http://localhost:4000. With gunicorn, run
``flask --app example_app seed`` first, then ``gunicorn "example_app:create_app()"``. Variables
of the environment count: ``PORT`` (4000, for gunicorn too), ``ISSUER`` (``http://localhost:PORT``),
``DATABASE_URL``, ``KEYS_FOLDER`` (the instance folder), and, where there are several workers,
``SECRET_KEY``, which lets them share the browser's session.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from typing import Any

from flask import Flask

from flask_introspect import introspect_bp

from . import page, views
from .demo import seed
from .jwts import generate_access_token, make_keys
from .models import Client, Token, db
from .oauth import server


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    app = Flask(__name__)
    port = _port(os.environ.get("PORT", "4000"))
    app.config.update(
        PORT=port,
        SECRET_KEY=os.environ.get("SECRET_KEY") or secrets.token_hex(),
        SESSION_COOKIE_SAMESITE="Lax",
        # Flask-SQLAlchemy puts a relative SQLite path into the instance folder.
        SQLALCHEMY_DATABASE_URI=os.environ.get("DATABASE_URL", "sqlite:///example.db"),
        KEYS_FOLDER=os.environ.get("KEYS_FOLDER", app.instance_path),
        OAUTH2_REFRESH_TOKEN_GENERATOR=True,
        OAUTH2_TOKEN_EXPIRES_IN={
            "authorization_code": 3600,
            "client_credentials": 3600,
            "refresh_token": 3600,
        },
        OAUTH2_SCOPES_SUPPORTED=["read", "write"],
        # The APIs that this server issues tokens for; the second asks for JWTs.
        AUDIENCE="my_api",
        JWT_AUDIENCE="https://jwt-api.example",
        OAUTH2_ACCESS_TOKEN_GENERATOR=generate_access_token,
        INTROSPECT_CLIENT_MODEL=Client,
        INTROSPECT_TOKEN_MODEL=Token,
        INTROSPECT_ISSUER=os.environ.get("ISSUER", f"http://localhost:{port}"),
        # Every way to authenticate that needs no certificate.
        INTROSPECT_AUTH_METHODS=[
            "client_secret_basic",
            "client_secret_post",
            "private_key_jwt",
            "client_secret_jwt",
            "bearer",
        ],
    )
    app.config.update(config or {})
    keys = make_keys(app.config["KEYS_FOLDER"])
    app.config.update(INTROSPECT_JWT_KEYS=keys, INTROSPECT_SIGNING_KEYS=keys)

    db.init_app(app)
    server.init_app(app)
    app.register_blueprint(views.bp)
    app.register_blueprint(page.bp)
    app.register_blueprint(introspect_bp)
    app.add_url_rule("/jwks.json", view_func=introspect_bp.jwks_view)
    app.add_url_rule("/openapi.json", view_func=introspect_bp.openapi_view)
    app.cli.command("seed")(seed)
    return app


def _port(text: str) -> int:
    """Read a port, or end with a line that says what would be one."""
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise SystemExit(f"PORT holds {text!r}. Give a number from 1 to 65535")
    return int(text)
