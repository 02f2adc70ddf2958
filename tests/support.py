"""What the tests share: a host on our mixins, a clock to turn, requests in both dialects."""

from __future__ import annotations

import base64
import io
import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from werkzeug.security import generate_password_hash
from werkzeug.test import TestResponse

from flask_introspect import introspect_bp
from flask_introspect.models import ClientMixin, TokenMixin

from .sentinel import sentinel

PATH = "/v1/oauth/introspect"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"

#: Both dialects, as parameters of a test.
DIALECTS = [pytest.param(JSON, id="json"), pytest.param(FORM, id="form")]

#: An hour after the documented token was issued, and long before it ends.
NOW = 1640922400

#: The documented answer, member by member in its order.
DOCUMENTED: Mapping[str, Any] = {
    "active": True,
    "scope": "read write",
    "client_id": "test_client_1",
    "username": "user123",
    "token_type": "Bearer",
    "exp": 1640995200,
    "iat": 1640918800,
    "nbf": 1640918800,
    "sub": "user123",
    "aud": "my_api",
    "iss": "http://localhost:4000",
    "jti": "b8e3bc09-cf9a-40c5-a5ad-e5f1240c2f4a",
}
INACTIVE = b'{"active": false}'

#: What every answer carries, besides its length.
HEADERS: Mapping[str, str] = {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    "Pragma": "no-cache",
    "X-Content-Type-Options": "nosniff",
}
CHALLENGE = 'Basic realm="token introspection", charset=UTF-8'

db = SQLAlchemy()


class Client(db.Model, ClientMixin): ...


class Token(db.Model, TokenMixin): ...


class Clock:
    """A clock that stands still until it is turned."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def turn_back(self) -> None:
        """Stand at an hour after the documented token was issued."""
        self.now = NOW


class Tables:
    """The tables of our mixins in a database, made once and emptied between tests."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = sa.create_engine(url)
        db.metadata.create_all(self._engine)
        self._deletes = [table.delete() for table in reversed(db.metadata.sorted_tables)]

    def clear(self) -> None:
        with self._engine.begin() as connection:
            for delete in self._deletes:
                connection.execute(delete)

    def dispose(self) -> None:
        self._engine.dispose()


def spoken(value: Any) -> str:
    """A parameter's id that is the same in every process: functions by their names."""
    return str(getattr(value, "__name__", value))


def quick_hash(secret: str) -> str:
    """A real stored secret that costs a test nothing."""
    return generate_password_hash(secret, "pbkdf2:sha256:1")


def basic(client_id: str, secret: str) -> dict[str, str]:
    """The header of ``client_secret_basic``, unencoded, as most clients send it."""
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


def envelope(status: int, text: str) -> bytes:
    """An error body of the documented API, byte for byte."""
    return json.dumps(
        {"code": f"{status}000", "status_code": status, "status": "undefined", "error": text}
    ).encode()


def rfc_error(error: str, description: str) -> bytes:
    """An error body of RFC 6749, byte for byte."""
    return json.dumps({"error": error, "error_description": description}).encode()


def error_body(dialect: str, status: int, error: str, text: str) -> bytes:
    """An error body of either dialect, byte for byte."""
    return envelope(status, text) if dialect == JSON else rfc_error(error, text)


def errors_in(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """What went wrong in the host; besides, there is a line for each refusal."""
    return [each for each in caplog.records if each.levelno == logging.ERROR]


@contextmanager
def statements() -> Iterator[list[str]]:
    """The SQL that goes to any database while this is open."""
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)


class Endless(io.RawIOBase):
    """A body that never ends, and counts how much of it was read."""

    taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        buffer[:] = b"x" * len(buffer)
        self.taken += len(buffer)
        return len(buffer)


def stream(body: io.IOBase, **environ: Any) -> dict[str, Any]:
    """The request of a body that the server hands on as a stream."""
    return {"environ_overrides": {"wsgi.input": body, **environ}}


CHUNKED = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}


class Host:
    """A host application on our mixins.

    Every request runs in its own application context, as on a real server.
    """

    def __init__(self, app: Flask, clock: Clock) -> None:
        self.app = app
        self.clock = clock

    def save(self, *rows: Any) -> None:
        """Write rows, as the host's own code would."""
        with self.app.app_context():
            db.session.add_all(rows)
            db.session.commit()

    def change(self, model: type, where: Mapping[str, Any], **values: Any) -> None:
        """Change the one row that matches."""
        with self.app.app_context():
            row = db.session.scalars(db.select(model).filter_by(**where)).one()
            for name, value in values.items():
                setattr(row, name, value)
            db.session.commit()

    def add_client(
        self, client_id: str = "test_client_1", secret: str = "test_secret", **columns: Any
    ) -> None:
        """Add a client; its secret is hashed, quickly."""
        columns.setdefault("client_secret", quick_hash(secret))
        sentinel.note(secret, columns["client_secret"])
        self.save(Client(client_id=client_id, **columns))

    def add_token(
        self, token: str = "documented", client_id: str = "test_client_1", **columns: Any
    ) -> str:
        """Add a token, by default with everything of the documented one."""
        documented = {
            name: DOCUMENTED[name]
            for name in ("scope", "username", "exp", "iat", "nbf", "sub", "aud", "jti")
        }
        row, clear = Token.issue(client_id, token=token, **{**documented, **columns})
        sentinel.note(clear, row.token_digest)
        self.save(row)
        return clear

    def add_documented(self) -> None:
        """Add the documented client, and the documented token under ``documented``."""
        self.add_client(resources=["my_api"])
        self.add_token()

    def ask(
        self,
        token: Any = None,
        *,
        dialect: str = JSON,
        caller: tuple[str, str] | None = ("test_client_1", "test_secret"),
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        **parameters: Any,
    ) -> TestResponse:
        """Ask the endpoint.

        :param token: the ``token`` parameter; :param parameters: further ones.
        :param caller: id and secret for ``client_secret_basic``; ``None`` for no credentials in
            the header.
        :param body: the raw body, instead of parameters.
        """
        if token is not None:
            parameters = {"token": token, **parameters}
        if body is None:
            body = json.dumps(parameters) if dialect == JSON else None
        return self.send(
            parameters if body is None else body, dialect, caller=caller, headers=headers
        )

    def send(
        self,
        body: Any = None,
        content_type: str | None = None,
        *,
        caller: tuple[str, str] | None = ("test_client_1", "test_secret"),
        headers: Mapping[str, str] | None = None,
        method: str = "POST",
        path: str = PATH,
        **options: Any,
    ) -> TestResponse:
        """Send any request at all.

        :param caller: as for :meth:`ask`.
        :param options: further ones for Werkzeug's ``EnvironBuilder``.
        """
        sent = {**(basic(*caller) if caller else {}), **(headers or {})}
        return self.app.test_client().open(
            path, method=method, data=body, content_type=content_type, headers=sent, **options
        )


def make_app(url: str, **config: Any) -> Flask:
    """An application with the endpoint, on our mixins' tables."""
    app = Flask(__name__)
    app.config.update(
        {
            "SQLALCHEMY_DATABASE_URI": url,
            "INTROSPECT_CLIENT_MODEL": Client,
            "INTROSPECT_TOKEN_MODEL": Token,
            "INTROSPECT_ISSUER": "http://localhost:4000",
            # Most tests fail on purpose, again and again; those of limits ask for the defaults.
            "INTROSPECT_FAILED_AUTH_LIMIT": "off",
            "INTROSPECT_FAILED_AUTH_ADDRESS_LIMIT": "off",
            **config,
        }
    )
    db.init_app(app)
    app.register_blueprint(introspect_bp)
    return app
