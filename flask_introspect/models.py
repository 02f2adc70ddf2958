"""Optional mixins for hosts without tables. No column ever holds a token, or a secret in plain text."""

from __future__ import annotations

import json
import time
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from .records import Kind, Right
from .secrets import (
    generate_secret,
    generate_token,
    hash_generated_secret,
    hash_secret,
    rotated,
    token_digest,
)

__all__ = ["ClientMixin", "TokenMixin"]

ClientType = TypeVar("ClientType", bound="ClientMixin")
TokenType = TypeVar("TokenType", bound="TokenMixin")

#: SQLite numbers its rows by INTEGER alone.
_RowId = sa.BigInteger().with_variant(sa.Integer, "sqlite")


class ClientMixin:
    """The columns of a client: ``class Client(db.Model, ClientMixin)``."""

    id: Mapped[int] = mapped_column(_RowId, primary_key=True)
    client_id: Mapped[str] = mapped_column(sa.String(255), unique=True)
    #: One stored secret, or several as a JSON list of ``{"hash": ..., "expires_at": ...}``.
    client_secret: Mapped[str | None] = mapped_column(sa.Text)
    enabled: Mapped[bool] = mapped_column(default=True)
    public: Mapped[bool] = mapped_column(default=False)
    #: ``"none"``, ``"own"``, ``"audience"``, ``"any"``, or ``None`` for the endpoint's default.
    may_introspect: Mapped[str | None] = mapped_column(sa.String(16))
    #: The audience names it answers to; ``"*"`` stands for all.
    resources: Mapped[list[str] | None] = mapped_column(sa.JSON(none_as_null=True))
    #: The only claims it is told, or ``None`` for all.
    visible_claims: Mapped[list[str] | None] = mapped_column(sa.JSON(none_as_null=True))
    #: The only scopes it is told, or ``None`` for all.
    visible_scopes: Mapped[list[str] | None] = mapped_column(sa.JSON(none_as_null=True))

    @classmethod
    def create(
        cls: type[ClientType],
        client_id: str,
        *,
        secret: str | None = None,
        may_introspect: Right | str | None = None,
        **columns: Any,
    ) -> tuple[ClientType, str]:
        """Make a client with a secret. The caller adds it to a session.

        :param client_id: the identifier.
        :param secret: a secret that somebody chose, kept as a slow hash; left out, one of 256 random bits is made.
        :param may_introspect: its right.
        :param columns: the other columns of the model.
        :return: the client, and its secret in clear, which is kept nowhere else.
        """
        right = Right(may_introspect).value if may_introspect is not None else None
        client = cls(  # type: ignore[call-arg]  # a mapped class takes its columns
            client_id=client_id, may_introspect=right, **columns
        )
        return client, client.set_secret(secret)

    def set_secret(self, secret: str | None = None) -> str:
        """Replace the secret; the old one is refused from the moment that this is committed.

        :param secret: a secret that somebody chose, kept as a slow hash; left out, one of 256 random bits is made.
        :return: the secret in clear, which is kept nowhere else.
        """
        if secret is None:
            secret = generate_secret()
            self.client_secret = hash_generated_secret(secret)
        else:
            self.client_secret = hash_secret(secret)
        return secret

    def rotate_secret(self, *, keep_for: int = 0, now: float | None = None) -> str:
        """Give the client a new secret, and let the old ones end later; each is refused from the second it ends.

        :param keep_for: seconds for which the old ones stay good; 0: they end when this is committed.
        :param now: epoch seconds, for an application with a clock of its own.
        :return: the new secret in clear, which is kept nowhere else.
        :raise UnreadableSecret: what the row holds cannot be read, so it cannot be kept.
        """
        secret = generate_secret()
        moment = time.time() if now is None else now
        secrets = rotated(
            self.client_secret, hash_generated_secret(secret), keep_for=keep_for, now=moment
        )
        self.client_secret = json.dumps(secrets) if len(secrets) > 1 else secrets[0]["hash"]
        return secret


class TokenMixin:
    """The columns of a token: ``class Token(db.Model, TokenMixin)``. Times are epoch seconds."""

    id: Mapped[int] = mapped_column(_RowId, primary_key=True)
    #: The SHA-256 of the token, in hexadecimal.
    token_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    #: ``"access_token"`` or ``"refresh_token"``.
    kind: Mapped[str] = mapped_column(sa.String(16), default=Kind.ACCESS.value)
    client_id: Mapped[str] = mapped_column(sa.String(255), index=True)
    username: Mapped[str | None] = mapped_column(sa.String(255))
    sub: Mapped[str | None] = mapped_column(sa.String(255))
    scope: Mapped[str | None] = mapped_column(sa.Text)
    #: One audience, or several as a list.
    aud: Mapped[str | list[str] | None] = mapped_column(sa.JSON(none_as_null=True))
    iss: Mapped[str | None] = mapped_column(sa.String(255))
    jti: Mapped[str | None] = mapped_column(sa.String(255))
    token_type: Mapped[str | None] = mapped_column(sa.String(32), default="Bearer")
    iat: Mapped[int | None] = mapped_column(sa.BigInteger)
    #: ``None`` for a token that never expires.
    exp: Mapped[int | None] = mapped_column(sa.BigInteger, index=True)
    nbf: Mapped[int | None] = mapped_column(sa.BigInteger)
    #: When it was revoked; ``None`` as long as it was not.
    revoked_at: Mapped[int | None] = mapped_column(sa.BigInteger)
    #: The host's own claims.
    claims: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))

    @classmethod
    def issue(
        cls: type[TokenType],
        client_id: str,
        *,
        expires_in: int | None = 3600,
        kind: Kind | str = Kind.ACCESS,
        token: str | None = None,
        **columns: Any,
    ) -> tuple[TokenType, str]:
        """Issue a token. The caller adds it to a session.

        :param client_id: the client that it is issued to.
        :param expires_in: seconds; ``None`` for a token that never expires.
        :param kind: access or refresh token.
        :param token: the token in clear, if the host made it; left out, one of 256 random bits is made.
        :param columns: the other columns of the model, such as ``scope``, ``username``, ``aud``.
        :return: the row, and the token in clear, which is kept nowhere else.
        """
        token = token if token is not None else generate_token()
        now = int(time.time())
        columns.setdefault("iat", now)
        columns.setdefault("exp", now + expires_in if expires_in is not None else None)
        row = cls(  # type: ignore[call-arg]  # a mapped class takes its columns
            token_digest=token_digest(token), client_id=client_id, kind=Kind(kind).value, **columns
        )
        return row, token

    @classmethod
    def find(cls: type[TokenType], token: str) -> sa.Select[Any]:
        """The SELECT that finds the row of a token: ``db.session.scalar(Token.find(token))``."""
        return sa.select(cls).where(cls.token_digest == token_digest(token))

    def revoke(self) -> None:
        """Revoke the token, from the moment that this is committed. A token that was revoked before stays as it was."""
        if self.revoked_at is None:
            self.revoked_at = int(time.time())
