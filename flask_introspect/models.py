"""Optional mixins for hosts without tables.

No column ever holds a token, or a secret in plain text.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import sqlalchemy as sa
from flask import current_app, has_app_context
from sqlalchemy.orm import Mapped, mapped_column

from .endpoint import endpoints_of
from .records import Kind, Right
from .secrets import (
    UnreadableSecret,
    new_secret,
    new_token,
    rotate,
    stored_secrets,
    token_digest,
    verify_secret,
)
from .storage.decoding import flag
from .storage.decoding import kind as decode_kind
from .texts import is_storable

__all__ = ["ClientMixin", "TokenMixin"]

ClientType = TypeVar("ClientType", bound="ClientMixin")
TokenType = TypeVar("TokenType", bound="TokenMixin")
Row = TypeVar("Row")

#: SQLite numbers rows by itself only in a column of the type INTEGER.
_RowId = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _row(model: Callable[..., Row], /, **columns: Any) -> Row:
    """Make a row. A mapped class takes its columns, which no type checker knows of a mixin."""
    return model(**columns)


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
    #: The audiences that it stands for; ``"*"`` for all of them.
    resources: Mapped[list[str] | None] = mapped_column(sa.JSON(none_as_null=True))
    #: The only claims it is told, or ``None`` for all.
    visible_claims: Mapped[list[str] | None] = mapped_column(sa.JSON(none_as_null=True))
    #: The only scopes it is told, or ``None`` for all.
    visible_scopes: Mapped[list[str] | None] = mapped_column(sa.JSON(none_as_null=True))
    #: The only method it may authenticate by, or ``None`` for all that its keys and secret allow.
    auth_method: Mapped[str | None] = mapped_column(sa.String(32))
    #: Its public keys (:rfc:`7517` section 5).
    jwks: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    #: How answers to it are signed and encrypted (RFC 9701 section 6), if it wants that.
    introspection_signed_response_alg: Mapped[str | None] = mapped_column(sa.String(32))
    introspection_encrypted_response_alg: Mapped[str | None] = mapped_column(sa.String(32))
    introspection_encrypted_response_enc: Mapped[str | None] = mapped_column(sa.String(32))

    @classmethod
    def create(
        cls: type[ClientType],
        client_id: str,
        *,
        secret: str | None = None,
        may_introspect: Right | str | None = None,
        **columns: Any,
    ) -> tuple[ClientType, str | None]:
        """Make a client, with a secret unless it is public. The caller adds it to a session.

        :param client_id: the identifier.
        :param secret: a secret that somebody chose, kept as a slow hash. Without it, one of 256
            random bits is made.
        :param may_introspect: its right.
        :param columns: the other columns of the model.
        :return: the client, and its secret in clear, which is kept nowhere else; ``None`` for a
            public client.
        :raise ValueError: a public client cannot have a secret.
        """
        is_public = bool(columns.get("public"))
        if is_public and secret is not None:
            raise ValueError("a public client has no secret")
        right = Right(may_introspect).value if may_introspect is not None else None
        client = _row(cls, client_id=client_id, may_introspect=right, **columns)
        return client, None if is_public else client.set_secret(secret)

    def set_secret(self, secret: str | None = None) -> str:
        """Replace the secret. The old one is refused as soon as this is committed.

        :param secret: a secret that somebody chose, kept as a slow hash. Without it, one of 256
            random bits is made.
        :return: the secret in clear, which is kept nowhere else.
        """
        new = new_secret(secret)
        self.client_secret = new.stored
        return new.clear

    def check_secret(self, presented: str) -> bool:
        """Tell whether a presented secret is this client's, as the endpoint would.

        In a request of an application with an endpoint over this table, the endpoint's memory of
        verified secrets is used, so a slow hash is paid once.

        :param presented: what the client sent.
        """
        for endpoint in endpoints_of(current_app).values() if has_app_context() else ():
            if isinstance(self, endpoint.settings.client_model):
                return endpoint.secrets.check(self.client_id, self.client_secret, presented)
        if not presented or not is_storable(presented):
            return False
        try:
            now = time.time()
            return any(
                verify_secret(each.value, presented)
                for each in stored_secrets(self.client_secret)
                if not each.has_ended(now)
            )
        except UnreadableSecret:  # nobody has such a secret; the endpoint says the same
            return False

    def rotate_secret(self, *, keep_for: int = 0, now: float | None = None) -> str:
        """Give the client a new secret, and let the old ones end later.

        Each old secret is refused from the second in which it ends.

        :param keep_for: seconds for which the old ones stay good. With 0 they end as soon as this
            is committed.
        :param now: epoch seconds, for an application with its own clock.
        :return: the new secret in clear, which is kept nowhere else.
        :raise UnreadableSecret: what the row holds cannot be read, so it cannot be kept.
        """
        moment = time.time() if now is None else now
        rotation = rotate(self.client_secret, new_secret(), keep_for=keep_for, now=moment)
        self.client_secret = rotation.value()
        return rotation.clear


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
    jti: Mapped[str | None] = mapped_column(sa.String(255), index=True)
    token_type: Mapped[str | None] = mapped_column(sa.String(32), default="Bearer")
    iat: Mapped[int | None] = mapped_column(sa.BigInteger)
    #: ``None`` for a token that never expires.
    exp: Mapped[int | None] = mapped_column(sa.BigInteger, index=True)
    nbf: Mapped[int | None] = mapped_column(sa.BigInteger)
    #: When it was revoked; ``None`` if it was not.
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
        :param token: the token in clear, if the host made it. Without it, one of 256 random bits
            is made.
        :param columns: the other columns of the model, such as ``scope``, ``username``, ``aud``.
            ``iat``, ``nbf``, ``exp`` and ``jti`` are filled automatically.
        :return: the row, and the token in clear, which is kept nowhere else.
        :raise ValueError: nobody could present such a token, or there is no such kind.
        """
        new = new_token(decode_kind(kind), expires_in=expires_in, now=time.time(), token=token)
        by_itself = {"iat": new.iat, "exp": new.exp, "jti": new.jti}
        row = _row(
            cls,
            token_digest=token_digest(new.clear),
            client_id=client_id,
            kind=new.kind.value,
            **{"nbf": columns.get("iat", new.iat), **by_itself, **columns},
        )
        return row, new.clear

    @classmethod
    def find(cls: type[TokenType], token: str) -> sa.Select[Any]:
        """Build the SELECT that finds a token: ``db.session.scalar(Token.find(token))``."""
        return sa.select(cls).where(cls.token_digest == token_digest(token))

    def revoke(self) -> None:
        """Revoke the token, as soon as this is committed.

        A token already revoked keeps its time.
        """
        if not flag(self.revoked_at):
            self.revoked_at = int(time.time())
