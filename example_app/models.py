"""Authlib's tables, plus the few columns that introspection answers from.

Flask-Introspect finds Authlib's columns by itself, and those that carry one of its own names: here
``may_introspect`` and ``resources`` of the client, ``aud``, ``jti`` and ``nbf`` of the token, and
the ``username`` of
the token's ``user``.
"""

from __future__ import annotations

import re
import time
from uuid import uuid4

from authlib.integrations.sqla_oauth2 import (
    OAuth2AuthorizationCodeMixin,
    OAuth2ClientMixin,
    OAuth2TokenMixin,
)
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Mapped, mapped_column, relationship

from flask_introspect import check_secret

db = SQLAlchemy()


class User(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(db.String(80), unique=True)
    password_hash: Mapped[str] = mapped_column(db.String(255))


class Client(db.Model, OAuth2ClientMixin):
    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(db.String(48), unique=True)
    #: Which tokens it may look into: "none", "own", "audience" or "any"; NULL means the server's
    #: default.
    may_introspect: Mapped[str | None] = mapped_column(db.String(8))
    #: The audiences it answers to as a resource server.
    resources: Mapped[list[str] | None] = mapped_column(db.JSON)

    def check_client_secret(self, client_secret: str) -> bool:
        # As the introspection endpoint would. Authlib's own fails for public clients, which have no
        # secret, and for text that is not ASCII.
        return check_secret(self.client_id, client_secret)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        # RFC 8252 7.3: on the loopback interface a client may listen on any port. Bringing the row
        # up to date at each start would do for one server on its own port, but not for a forwarded
        # port, nor for two servers on one database.
        return _any_port(redirect_uri) in map(_any_port, self.redirect_uris)

    def get_allowed_scope(self, scope: str | None) -> str | None:
        # RFC 6749 3.3: no scope asked for means the client's registered one; None makes Authlib say
        # invalid_scope.
        return super().get_allowed_scope(scope or self.scope) or None


def _any_port(uri: str) -> str:
    """Leave out the port of a loopback address; whatever else there is must be the same."""
    return re.sub(r"^(http://(?:localhost|127\.0\.0\.1)):\d{1,5}/", r"\1/", uri)


class AuthorizationCode(db.Model, OAuth2AuthorizationCodeMixin):
    """A code stays when it is spent: what was issued on it hangs on it, to be revoked together."""

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(db.ForeignKey(User.id))
    user: Mapped[User] = relationship()
    spent: Mapped[bool] = mapped_column(default=False)
    tokens: Mapped[list[Token]] = relationship(back_populates="code")

    def revoke_tokens(self) -> None:
        now = int(time.time())
        for token in self.tokens:
            token.access_token_revoked_at = token.access_token_revoked_at or now
            token.refresh_token_revoked_at = token.refresh_token_revoked_at or now


class Token(db.Model, OAuth2TokenMixin):
    """An access token and the refresh token that came with it, if one did; each has its own
    ``revoked_at``.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Nobody's, when a client got it for itself.
    user_id: Mapped[int | None] = mapped_column(db.ForeignKey(User.id))
    user: Mapped[User | None] = relationship()
    #: The code that the grant began with, also after refreshing.
    code_id: Mapped[int | None] = mapped_column(db.ForeignKey(AuthorizationCode.id), index=True)
    code: Mapped[AuthorizationCode | None] = relationship(back_populates="tokens")
    aud: Mapped[str | None] = mapped_column(db.String(255))
    jti: Mapped[str] = mapped_column(db.String(36), unique=True, default=lambda: str(uuid4()))
    nbf: Mapped[int]
