"""What an installed wheel must do: ``python -I installed.py [EXTRA]``; see ``make package``.

It runs where nothing but the wheel is installed, with one extra or none, so it imports nothing of
the tests.
"""

from __future__ import annotations

import importlib.metadata
import importlib.resources
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy

import flask_introspect
from flask_introspect import introspect_bp
from flask_introspect.models import ClientMixin, TokenMixin

SIGNED = "application/token-introspection+jwt"

db = SQLAlchemy()


class Client(db.Model, ClientMixin): ...


class Token(db.Model, TokenMixin): ...


def ask(accept: str = "*/*", stored: str | None = None, **config: Any) -> tuple[Flask, Any]:
    """Make an application, and ask it about a token that is good.

    :param stored: the secret as the database holds it; hashed as ever where it is left out.
    """
    app = Flask(__name__)
    app.config.update(
        SQLALCHEMY_DATABASE_URI="sqlite://",
        INTROSPECT_CLIENT_MODEL=Client,
        INTROSPECT_TOKEN_MODEL=Token,
        INTROSPECT_ISSUER="http://localhost:5000",
        **{f"INTROSPECT_{name}": value for name, value in config.items()},
    )
    db.init_app(app)
    app.register_blueprint(introspect_bp)
    with app.app_context():
        db.create_all()
        client, secret = Client.create("my_api", secret="test_secret")
        client.client_secret = stored or client.client_secret
        row, token = Token.issue("my_api", scope="read")
        db.session.add_all([client, row])
        db.session.commit()
    answer = app.test_client().post(
        "/v1/oauth/introspect",
        json={"token": token},
        auth=("my_api", secret),
        headers={"Accept": accept},
    )
    assert answer.status_code == 200, answer.data
    return app, answer


def nothing() -> None:
    """Without extras the first request works, and what the wheel must hold is there."""
    assert ask()[1].json["active"] is True
    assert importlib.resources.files("flask_introspect").joinpath("py.typed").is_file()
    distribution = importlib.metadata.distribution("Flask-Introspect")
    assert distribution.version == flask_introspect.__version__
    # One that does not load breaks every `flask` command of a host.
    assert [point.load().name for point in distribution.entry_points] == ["introspect"]


def argon2() -> None:
    from argon2 import PasswordHasher

    ask(stored=PasswordHasher().hash("test_secret"))


def bcrypt() -> None:
    import bcrypt

    ask(stored=bcrypt.hashpw(b"test_secret", bcrypt.gensalt(4)).decode())


def jwt() -> None:
    from flask_introspect.admin.keys import generate_keys

    with tempfile.TemporaryDirectory() as folder:
        keys = Path(folder, "keys.json")
        generate_keys(keys, "ES256", 2048)
        methods = ["client_secret_basic", "private_key_jwt"]
        _, answer = ask(SIGNED, SIGNING_KEYS=keys, JWT_KEYS=keys, AUTH_METHODS=methods)
    assert answer.mimetype == SIGNED


def redis() -> None:
    ask(LIMIT_STORAGE_URI="redis://127.0.0.1:1/0", LIMIT_FAILURE="open")  # where none answers


def metrics() -> None:
    import prometheus_client

    ask(METRICS=True)
    assert b"introspect" in prometheus_client.generate_latest()


def otel() -> None:
    ask(TRACING=True)


def openapi() -> None:
    app, _ = ask()
    with app.app_context():
        assert "/v1/oauth/introspect" in introspect_bp.openapi()["paths"]


def testing() -> None:
    import flask_introspect.testing as kit

    assert [name for name in kit.__all__ if not hasattr(kit, name)] == []


EXTRAS: Mapping[str, Callable[[], None]] = {
    each.__name__: each for each in (argon2, bcrypt, jwt, redis, metrics, otel, openapi)
}


def everything() -> None:
    for promise in EXTRAS.values():
        promise()


if __name__ == "__main__":
    extra = sys.argv[1] if len(sys.argv) > 1 else ""
    {**EXTRAS, "": nothing, "all": everything, "testing": testing}[extra]()
    print(f"the wheel works{f' with {extra}' if extra else ''}")
