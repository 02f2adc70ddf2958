"""Assertions that Authlib's client makes by itself, and bearer tokens, over HTTP."""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import jwt
import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import ClientSecretJWT, PrivateKeyJWT
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from werkzeug.serving import make_server

from flask_introspect import plain

from ..support import PATH, Host
from .signing import KEYS, SECRET, TYPE, jwk

pytestmark = [pytest.mark.real_clients, pytest.mark.slow]

PEM = KEYS["RS256"].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture
def issuer(make_host: Callable[..., Host]) -> Iterator[str]:
    """A host behind a server, with a client of each kind."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        host = make_host(
            INTROSPECT_CLOCK=None,
            INTROSPECT_ISSUER=url,
            INTROSPECT_AUTH_METHODS=["private_key_jwt", "client_secret_jwt", "bearer"],
            INTROSPECT_CLIENT_FIELDS={"client_secret": plain("client_secret")},
        )
        host.add_client("signer", client_secret=None, resources=["my_api"], jwks=jwk("RS256"))
        host.add_client("secretive", client_secret=SECRET, resources=["my_api"])
        lasting = {"exp": int(time.time()) + 600, "jti": None}
        host.add_token(client_id="signer", **lasting)
        host.add_token("asking", client_id="signer", scope="introspection", **lasting)
        server = make_server("127.0.0.1", port, host.app, threaded=True, fd=listener.fileno())
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield url
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("client_id", "secret", "method"),
    [
        ("signer", PEM, PrivateKeyJWT()),
        ("secretive", SECRET, ClientSecretJWT()),
    ],
    ids=["private_key_jwt", "client_secret_jwt"],
)
def test_authlib_signs_each_request_anew(
    issuer: str, client_id: str, secret: str, method: Any
) -> None:
    with OAuth2Session(client_id, secret, token_endpoint_auth_method=method) as session:
        for _ in range(3):
            answer = session.introspect_token(issuer + PATH, token="documented")
            assert answer.status_code == 200
            assert answer.json()["active"] is True


def test_pyjwt_and_requests_do_as_documented(issuer: str) -> None:
    now = int(time.time())
    statement = {"iss": "signer", "sub": "signer", "aud": issuer, "iat": now, "exp": now + 60}
    assertion = jwt.encode({**statement, "jti": secrets.token_urlsafe()}, PEM, "RS256")
    body = {"token": "documented", "client_assertion_type": TYPE, "client_assertion": assertion}
    assert requests.post(issuer + PATH, data=body, timeout=30).json()["active"] is True
    assert requests.post(issuer + PATH, data=body, timeout=30).status_code == 401


def test_a_bearer_token_asks(issuer: str) -> None:
    headers = {"Authorization": "Bearer asking"}
    answer = requests.post(issuer + PATH, data={"token": "documented"}, headers=headers, timeout=30)
    assert answer.json()["active"] is True
