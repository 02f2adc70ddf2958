"""What the README's examples need: clients of each kind, a user, and live tokens with known
values.
"""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

from flask import current_app
from sqlalchemy import select
from werkzeug.security import generate_password_hash

from .models import Client, Token, User, db

#: Known to everybody, so for demonstration only. Real ones come from Authlib's generator.
TOKEN = "demo-token-of-user123"
BEARER = "demo-token-that-may-introspect"
HMAC_SECRET = "demo-secret-of-more-than-thirty-two-bytes"
KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "Mtt_yk7f1vYVFhYqy0rdep_06guug2FiL5j37Ogv-1k",
    "y": "duJAdBWue6ynQg4Wgh-imfk8L6ZSPcPE02LbLeV3oog",
    "d": "6Rg8BNaKaUNWOKbg2D39v5HgixUZrAljEUw-EizqkxQ",
}
USERNAME, PASSWORD = "user123", "demo-password"
SECRETS = {
    "test_client_1": "test_secret",
    "test_client_2": "test_secret_2",
    "resource_server": "resource_secret",
    "jwt_api": "jwt_secret",
    "secret_signer": HMAC_SECRET,
}
JTI = "b8e3bc09-cf9a-40c5-a5ad-e5f1240c2f4a"


def seed() -> None:
    """Add what is missing and bring the demo token back to life; whatever else there is stays as
    it is.
    """
    db.create_all()
    # The port may be another one at the next start: see Client.check_redirect_uri.
    hosts = (current_app.config["INTROSPECT_ISSUER"], "http://localhost", "http://127.0.0.1")
    code_flow = {
        "scope": "read write",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "redirect_uris": [f"{host}/callback" for host in hosts],
    }
    everything = {**code_flow, "grant_types": [*code_flow["grant_types"], "client_credentials"]}
    _add_client("test_client_1", {"client_name": "Test client 1", **everything})
    _add_client("test_client_2", {"client_name": "Test client 2"}, may_introspect="none")
    _add_client("resource_server", {"client_name": "My API"}, resources=["my_api"])
    _add_client(
        "jwt_api",
        {"client_name": "An API that gets JWTs"},
        resources=[current_app.config["JWT_AUDIENCE"]],
    )
    public = {"client_name": "Browser app", "token_endpoint_auth_method": "none", **code_flow}
    _add_client("public_client", public)
    _add_client(
        "secret_signer",
        {"token_endpoint_auth_method": "client_secret_jwt"},
        resources=["my_api"],
    )
    keys = {"keys": [{name: value for name, value in KEY.items() if name != "d"}]}
    key_signer = {"token_endpoint_auth_method": "private_key_jwt", "jwks": keys}
    _add_client("key_signer", key_signer, resources=["my_api"])
    _renew_token(
        TOKEN, client_id="test_client_1", user=_add_user(USERNAME), scope="read write", jti=JTI
    )
    _renew_token(BEARER, client_id="resource_server", user=None, scope="introspection", jti=None)
    db.session.commit()


def _add_user(username: str) -> User:
    user = db.session.scalar(select(User).filter_by(username=username))
    if user is None:
        user = User(username=username, password_hash=generate_password_hash(PASSWORD))
        db.session.add(user)
    return user


def _add_client(client_id: str, metadata: dict[str, Any], **columns: Any) -> None:
    client = db.session.scalar(select(Client).filter_by(client_id=client_id))
    if client is None:
        client = Client(
            client_id=client_id,
            client_secret=SECRETS.get(client_id),
            client_id_issued_at=int(time.time()),
            **columns,
        )
        db.session.add(client)
    client.set_client_metadata(metadata)  # its redirect URIs follow the issuer


def _renew_token(
    value: str, *, client_id: str, user: User | None, scope: str, jti: str | None
) -> None:
    token = db.session.scalar(select(Token).filter_by(access_token=value))
    if token is None or token.is_expired() or token.is_revoked():
        token = token or Token(
            access_token=value,
            token_type="Bearer",
            client_id=client_id,
            user=user,
            scope=scope,
            aud=current_app.config["AUDIENCE"],
            jti=jti or str(uuid4()),
            expires_in=30 * 24 * 3600,
        )
        token.issued_at = token.nbf = int(time.time())
        token.access_token_revoked_at = token.refresh_token_revoked_at = 0
        db.session.add(token)
