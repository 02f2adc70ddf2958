"""The authorization server: Authlib's, with three grants and revocation.

Nothing here commits but what must outlive a refusal; the views commit, so a code is spent and its
token made together.
"""

from __future__ import annotations

import time
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError, OAuth2Request, grants
from authlib.oauth2.rfc7009 import RevocationEndpoint as AuthlibRevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from sqlalchemy import Update, or_, select, update

from flask_introspect import introspect

from .jwts import columns_of
from .models import AuthorizationCode, Client, Token, User, db

AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")


def query_client(client_id: str) -> Client | None:
    return db.session.scalar(select(Client).filter_by(client_id=client_id))


def find_token(text: str) -> Token | None:
    """Find the row of an access token or a refresh token."""
    either = or_(Token.access_token == text, Token.refresh_token == text)
    found = db.session.scalar(select(Token).where(either))
    if found is None and text.count(".") == 2:  # a JWT's row has its identifier
        jti = introspect(text).claims.get("jti")
        found = db.session.scalar(select(Token).filter_by(jti=jti)) if jti else None
    return found


def save_token(token: dict[str, Any], request: OAuth2Request) -> None:
    now = int(time.time())
    code = request.authorization_code or (request.refresh_token and request.refresh_token.code)
    db.session.add(
        Token(
            client_id=request.client.client_id,
            user=request.user,
            code=code,
            issued_at=now,
            nbf=now,
            **columns_of(token),
        )
    )


def spend(statement: Update) -> None:
    """Of several requests that bring the same code or refresh token at the same time, let one
    win."""
    if db.session.execute(statement).rowcount != 1:
        raise InvalidGrantError()


class ClientCredentialsGrant(grants.ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")


class AuthorizationCodeGrant(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        db.session.add(
            AuthorizationCode(
                code=code,
                client_id=request.client.client_id,
                user=request.user,
                redirect_uri=request.payload.redirect_uri,
                scope=request.scope,
                code_challenge=request.payload.data["code_challenge"],
                code_challenge_method=request.payload.data["code_challenge_method"],
            )
        )

    def query_authorization_code(self, code: str, client: Client) -> AuthorizationCode | None:
        found = db.session.scalar(
            select(AuthorizationCode).filter_by(code=code, client_id=client.client_id)
        )
        if found and found.spent:
            # RFC 6749 4.1.2: a code used twice has leaked, and so may have the tokens issued on it.
            found.revoke_tokens()
            db.session.commit()
        return found if found and not found.spent and not found.is_expired() else None

    def delete_authorization_code(self, authorization_code: AuthorizationCode) -> None:
        unspent = update(AuthorizationCode).filter_by(id=authorization_code.id, spent=False)
        spend(unspent.values(spent=True))

    def authenticate_user(self, authorization_code: AuthorizationCode) -> User:
        return authorization_code.user


class S256(CodeChallenge):
    """PKCE for every client, not for public ones alone (RFC 9700 2.1.1), and never with
    ``plain``."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: AuthorizationCodeGrant, redirect_uri: str) -> None:
        # Without a method RFC 7636 means "plain", and Authlib takes a request without PKCE as an
        # ordinary one.
        if grant.request.payload.data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE with 'code_challenge_method=S256' is required.")
        super().validate_code_challenge(grant, redirect_uri)


class RefreshTokenGrant(grants.RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Token | None:
        token = db.session.scalar(select(Token).filter_by(refresh_token=refresh_token))
        if token and token.refresh_token_revoked_at:
            # RFC 9700 4.14.2: it was rotated, so two hold it, and one of them is a thief. End the
            # whole grant.
            token.code.revoke_tokens()
            db.session.commit()
            return None
        return token

    def authenticate_user(self, refresh_token: Token) -> User | None:
        return refresh_token.user

    def issue_token(self, user: User, refresh_token: Token) -> dict[str, Any]:
        # One row holds both tokens, so both have one scope, and RFC 6749 6 wants the new refresh
        # token to keep the old
        # one's. A request for less gets the same again, and is told so in the answer (RFC 6749
        # 3.3).
        return self.generate_token(
            user=user, scope=refresh_token.get_scope(), include_refresh_token=True
        )

    def revoke_old_credential(self, refresh_token: Token) -> None:
        live = update(Token).filter_by(id=refresh_token.id, refresh_token_revoked_at=0)
        spend(live.values(refresh_token_revoked_at=int(time.time())))


class RevocationEndpoint(AuthlibRevocationEndpoint):
    """RFC 7009, to the letter where Authlib's is not: a wrong or unknown hint neither fails nor
    hides the token.
    """

    CLIENT_AUTH_METHODS = AUTH_METHODS

    def check_params(self, request: OAuth2Request, client: Client) -> None:
        if not request.form.get("token"):
            raise InvalidRequestError("Missing 'token' in request.")

    def query_token(self, token_string: str, token_type_hint: str | None) -> Token | None:
        return find_token(token_string)

    def revoke_token(self, token: Token, request: OAuth2Request) -> None:
        if request.form["token"] != token.refresh_token:
            token.access_token_revoked_at = token.access_token_revoked_at or int(time.time())
        else:
            # RFC 7009 2.1: with a refresh token go all access tokens of the same grant.
            token.code.revoke_tokens()


server = AuthorizationServer(query_client=query_client, save_token=save_token)
server.register_grant(ClientCredentialsGrant)
server.register_grant(AuthorizationCodeGrant, [S256()])
server.register_grant(RefreshTokenGrant)
server.register_endpoint(RevocationEndpoint)
