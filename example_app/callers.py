"""``python -m example_app.callers``: ask a running example server in every way to authenticate."""

from __future__ import annotations

import base64
import json
import os
import time
import urllib.parse
import urllib.request
import uuid
from collections.abc import Mapping

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from .demo import BEARER, HMAC_SECRET, KEY, TOKEN

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

Request = tuple[Mapping[str, str], Mapping[str, str]]


def requests(issuer: str) -> Mapping[str, Request]:
    """A request for each way: its headers, and what proves the caller in its body."""
    credentials = base64.b64encode(b"resource_server:resource_secret").decode()
    secret = {"client_id": "resource_server", "client_secret": "resource_secret"}
    key, hmac_key = ECKey.import_key(KEY), OctKey.import_key(HMAC_SECRET)
    return {
        "client_secret_basic": ({"Authorization": f"Basic {credentials}"}, {}),
        "client_secret_post": ({}, secret),
        "private_key_jwt": ({}, assertion("key_signer", issuer, "ES256", key)),
        "client_secret_jwt": ({}, assertion("secret_signer", issuer, "HS256", hmac_key)),
        "bearer": ({"Authorization": f"Bearer {BEARER}"}, {}),
    }


def assertion(client_id: str, issuer: str, algorithm: str, key: ECKey | OctKey) -> Mapping[str, str]:
    """A signed statement of who calls, good for a minute and for one use (RFC 7523)."""
    now = int(time.time())
    claims = {"iss": client_id, "sub": client_id, "aud": issuer, "iat": now, "exp": now + 60, "jti": str(uuid.uuid4())}
    signed = jwt.encode({"alg": algorithm}, claims, key)
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": signed}


def ask(url: str, request: Request) -> str:
    headers, body = request
    data = urllib.parse.urlencode({"token": TOKEN, **body}).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, dict(headers)), timeout=10) as answer:
        return str(json.load(answer))


def main() -> None:
    issuer = f"http://localhost:{os.environ.get('PORT', '4000')}"
    for way, request in requests(issuer).items():
        print(f"{way}: {ask(f'{issuer}/v1/oauth/introspect', request)}")


if __name__ == "__main__":
    main()
