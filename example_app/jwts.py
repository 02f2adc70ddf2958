"""JWT access tokens (RFC 9068), for the API that asks for them by ``resource`` (RFC 8707)."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from authlib.common.security import generate_token
from authlib.oauth2 import OAuth2Error
from flask import current_app, g, request
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from .models import Client, User


class InvalidTarget(OAuth2Error):
    """This server issues no tokens for such an API (RFC 8707 section 2)."""

    error = "invalid_target"


def make_keys(folder: str) -> str:
    """Make the file with the private key, unless it is there. Only its owner can read it.

    It signs access tokens, and the answers of the introspection endpoint. In production,
    ``flask introspect keys generate`` makes such a file, and ``rotate`` renews it.
    """
    path = Path(folder) / "keys.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    key = ECKey.generate_key("P-256", auto_kid=True)
    with suppress(FileExistsError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w") as file:
            json.dump({"keys": [key.as_dict(private=True)]}, file)
    return str(path)


def generate_access_token(client: Client, grant_type: str, user: User | None, scope: str) -> str:
    """Generate an access token: opaque, or a JWT for the API that wants one."""
    resource = request.form.get("resource")
    if resource is None:
        return str(generate_token(42))
    if resource != current_app.config["JWT_AUDIENCE"]:
        raise InvalidTarget()
    now, g.jti = int(time.time()), str(uuid4())
    claims = {
        "iss": current_app.config["INTROSPECT_ISSUER"],
        "sub": user.username if user else client.client_id,
        "aud": resource,
        "client_id": client.client_id,
        "scope": scope,
        "iat": now,
        "exp": now + current_app.config["OAUTH2_TOKEN_EXPIRES_IN"][grant_type],
        "jti": g.jti,
    }
    key = signing_key()
    return jwt.encode({"typ": "at+jwt", "alg": "ES256", "kid": key.kid}, claims, key)


def signing_key() -> Any:
    """Read the newest key, as it is now."""
    document = json.loads(Path(current_app.config["INTROSPECT_SIGNING_KEYS"]).read_text())
    return KeySet.import_key_set(document).keys[0]


def columns_of(token: dict[str, Any]) -> dict[str, Any]:
    """Say what the row of a new token holds.

    A JWT's row is found by its ``jti``, and the token itself is not kept. Its column must hold
    something all the same: what nobody has.
    """
    jti = g.pop("jti", None)
    if jti is None:
        return {**token, "aud": current_app.config["AUDIENCE"]}
    unknown = str(generate_token(42))
    return {**token, "access_token": unknown, "aud": current_app.config["JWT_AUDIENCE"], "jti": jti}
