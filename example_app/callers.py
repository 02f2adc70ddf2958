"""``python -m example_app.callers``: ask a running example server in every way there is."""

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
from joserfc.jwk import ECKey, KeySet, OctKey

from .demo import BEARER, HMAC_SECRET, KEY, TOKEN

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

PATH = "/v1/oauth/introspect"

Request = tuple[Mapping[str, str], Mapping[str, str]]


def requests(issuer: str) -> Mapping[str, Request]:
    """A request for each way: its headers, and what proves the caller in its body."""
    secret = {"client_id": "resource_server", "client_secret": "resource_secret"}
    key, hmac_key = ECKey.import_key(KEY), OctKey.import_key(HMAC_SECRET)
    return {
        "client_secret_basic": (basic("resource_server", "resource_secret"), {}),
        "client_secret_post": ({}, secret),
        "private_key_jwt": ({}, assertion("key_signer", issuer, "ES256", key)),
        "client_secret_jwt": ({}, assertion("secret_signer", issuer, "HS256", hmac_key)),
        "bearer": ({"Authorization": f"Bearer {BEARER}"}, {}),
    }


def assertion(
    client_id: str, issuer: str, algorithm: str, key: ECKey | OctKey
) -> Mapping[str, str]:
    """A signed statement of who calls, good for a minute and for one use (RFC 7523)."""
    now = int(time.time())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": issuer,
        "iat": now,
        "exp": now + 60,
        "jti": str(uuid.uuid4()),
    }
    signed = jwt.encode({"alg": algorithm}, claims, key)
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": signed}


def post(url: str, headers: Mapping[str, str], body: Mapping[str, str]) -> bytes:
    data = urllib.parse.urlencode(body).encode()
    with urllib.request.urlopen(
        urllib.request.Request(url, data, dict(headers)), timeout=10
    ) as answer:
        return bytes(answer.read())


def ask(url: str, request: Request) -> str:
    headers, body = request
    return str(json.loads(post(url, headers, {"token": TOKEN, **body})))


def basic(client_id: str, secret: str) -> Mapping[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


def ask_about_a_jwt(issuer: str) -> str:
    """Get a JWT access token (RFC 9068), and ask about it as the API that it is for."""
    asked = {"grant_type": "client_credentials", "resource": "https://jwt-api.example"}
    answer = post(f"{issuer}/v1/oauth/token", basic("test_client_1", "test_secret"), asked)
    body = {"token": json.loads(answer)["access_token"]}
    return str(json.loads(post(f"{issuer}{PATH}", basic("jwt_api", "jwt_secret"), body)))


def ask_for_a_signed_answer(issuer: str) -> str:
    """Ask for a signed answer (RFC 9701), and verify it as a resource server would."""
    headers = {
        **basic("resource_server", "resource_secret"),
        "Accept": "application/token-introspection+jwt",
    }
    signed = post(f"{issuer}{PATH}", headers, {"token": TOKEN}).decode()
    with urllib.request.urlopen(f"{issuer}/jwks.json", timeout=10) as answer:
        keys = KeySet.import_key_set(json.load(answer))
    return str(jwt.decode(signed, keys, algorithms=["ES256"]).claims)


def main() -> None:
    issuer = f"http://localhost:{os.environ.get('PORT', '4000')}"
    for way, request in requests(issuer).items():
        print(f"{way}: {ask(issuer + PATH, request)}")
    print(f"a JWT access token: {ask_about_a_jwt(issuer)}")
    print(f"a signed answer: {ask_for_a_signed_answer(issuer)}")


if __name__ == "__main__":
    main()
