"""Authlib's tables. Nothing is mapped: their columns are found by themselves."""

from __future__ import annotations

import json
from typing import Any

from authlib.integrations.sqla_oauth2 import OAuth2ClientMixin, OAuth2TokenMixin
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .support import TableHost, filled_by

db = SQLAlchemy()


# [models]
class User(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(80), unique=True)


class Client(db.Model, OAuth2ClientMixin):
    id: Mapped[int] = mapped_column(primary_key=True)


class Token(db.Model, OAuth2TokenMixin):
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    user: Mapped[User | None] = relationship()


# [config]
CONFIG = {
    "INTROSPECT_CLIENT_MODEL": Client,
    "INTROSPECT_TOKEN_MODEL": Token,
}
# [end]

#: The same without a user that could be asked for its name.
without_user = SQLAlchemy()


class BareClient(without_user.Model, OAuth2ClientMixin):
    id: Mapped[int] = mapped_column(primary_key=True)


class BareToken(without_user.Model, OAuth2TokenMixin):
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None]


def client(model: type, client_id: str, secret: str, **columns: Any) -> Any:
    """A client; ``metadata`` as dynamic registration writes it."""
    metadata = columns.pop("metadata", {"token_endpoint_auth_method": "client_secret_basic"})
    return model(
        client_id=client_id, client_secret=secret, _client_metadata=json.dumps(metadata), **columns
    )


def token(model: type, name: str, **columns: Any) -> Any:
    """An access token with the refresh token that came with it."""
    defaults = {
        "client_id": "test_client_1",
        "token_type": "Bearer",
        "refresh_token": f"refresh of {name}",
        "scope": "read write",
        "issued_at": 1640918800,
        "expires_in": 76400,
    }
    return model(access_token=name, **{**defaults, **columns})


def _rows(client_model: type, token_model: type, user: dict[str, Any]) -> list[Any]:
    return [
        client(client_model, "test_client_1", "test_secret"),
        client(client_model, "other_client", "other_secret"),
        client(
            client_model,
            "public_client",
            "public_secret",
            metadata={"token_endpoint_auth_method": "none"},
        ),
        token(token_model, "live", refresh_token="refresh", **user),
        # The access token has ended long ago; its refresh token has not.
        token(
            token_model, "expired", refresh_token="refresh of the expired", expires_in=60, **user
        ),
        token(token_model, "revoked", access_token_revoked_at=1640920000, **user),
        token(token_model, "others", client_id="other_client", **user),
    ]


_LIVE = {
    "active": True,
    "scope": "read write",
    "client_id": "test_client_1",
    "username": "user123",
    "token_type": "Bearer",
    "exp": 1640995200,
    "iat": 1640918800,
    "sub": "user123",
    "iss": "http://localhost:4000",
}
_REFRESH = {name: value for name, value in _LIVE.items() if name not in {"token_type", "exp"}}


def _of_number_7(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer about a user of whom only the number is known."""
    return {
        name: "7" if name == "sub" else value
        for name, value in answer.items()
        if name != "username"
    }


HOST = TableHost(
    "Authlib",
    db,
    CONFIG,
    filled_by(db, lambda: _rows(Client, Token, {"user": User(username="user123")})),
    live=_LIVE,
    refresh=_REFRESH,
)
HOST_WITHOUT_USER = TableHost(
    "Authlib without users",
    without_user,
    {"INTROSPECT_CLIENT_MODEL": BareClient, "INTROSPECT_TOKEN_MODEL": BareToken},
    filled_by(without_user, lambda: _rows(BareClient, BareToken, {"user_id": 7})),
    live=_of_number_7(_LIVE),
    refresh=_of_number_7(_REFRESH),
)
