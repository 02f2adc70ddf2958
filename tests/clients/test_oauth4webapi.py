"""oauth4webapi, a strict client in JavaScript, against a real server."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jwcrypto.jwk import JWK

from ..authentication import signing
from ..conftest import Databases
from ..support import Clock, Host, db
from .served import make, signing_keys

pytestmark = pytest.mark.real_clients

ROOT = Path(__file__).parents[2]
MODULES = Path(os.environ.get("TEST_NODE_MODULES") or ROOT / ".venvs/node/node_modules")
REQUIRED = os.environ.get("TEST_REQUIRE_CLIENTS") == "1"

CLAIMS = {"active": True, "client_id": "basic", "scope": "read", "token_type": "Bearer"}

DECRYPT = JWK.generate(kty="EC", crv="P-256", use="enc", alg="ECDH-ES", kid="decrypt")

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384"]
ALGORITHMS += ["EdDSA", "Ed25519"]

JSON, JWT = "application/json", "application/token-introspection+jwt"

#: The type of each answer, and of how many parts it is as a JWT: signed three, encrypted five.
CASES = {
    "client_secret_basic": (JSON, 0),
    "client_secret_post": (JSON, 0),
    "private_key_jwt": (JSON, 0),
    "signed, asked for": (JWT, 3),
    "encrypted": (JWT, 5),
    **{f"signed with {name}": (JWT, 3) for name in ALGORITHMS},
}


def fill(host: Host) -> None:
    """Add a client for each way to ask, and the token that they ask about."""
    with host.app.app_context():
        db.create_all()
    columns: dict[str, dict[str, Any]] = {
        "basic": {},
        "post": {"auth_method": "client_secret_post"},
        "signer": {"client_secret": None, "jwks": {"keys": [signing.jwk("ES256")]}},
        "encrypted": {
            "introspection_signed_response_alg": "ES256",
            "introspection_encrypted_response_alg": "ECDH-ES",
            "jwks": {"keys": [DECRYPT.export_public(as_dict=True)]},
        },
    }
    for name in ALGORITHMS:
        columns[f"signed {name}"] = {"introspection_signed_response_alg": name}
    for client_id, own in columns.items():
        host.add_client(client_id, resources=["my_api"], **own)
    host.add_token("documented", "basic", scope="read", exp=None)
    with host.app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="module")
def results(own_databases: Databases) -> Iterator[dict[str, Any]]:
    """What oauth4webapi says of each case."""
    node = shutil.which("node")
    if node is None or not (MODULES / "oauth4webapi").is_dir():
        said = "oauth4webapi is not installed; `make clients` installs it"
        pytest.fail(said) if REQUIRED else pytest.skip(said)
    url, keys = own_databases("sqlite", "oauth4webapi"), json.dumps(signing_keys())
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        issuer = f"http://127.0.0.1:{listening.getsockname()[1]}"
        fill(Host(make(url, issuer, keys), Clock()))
        app = f"{__package__}.served:make({url!r}, {issuer!r}, {keys!r})"
        command = [sys.executable, "-m", "gunicorn", "--bind", f"fd://{listening.fileno()}"]
        server = subprocess.Popen([*command, app], cwd=ROOT, pass_fds=[listening.fileno()])
        sign = JWK.from_pyca(signing.KEYS["ES256"]).export(as_dict=True)
        given = {
            "issuer": issuer,
            "secret": "test_secret",
            "token": "documented",
            "keys": {"sign": {**sign, "kid": "ES256"}, "decrypt": DECRYPT.export(as_dict=True)},
        }
        try:
            done = subprocess.run(
                [node, str(Path(__file__).with_name("oauth4webapi.mjs")), str(MODULES)],
                input=json.dumps(given),
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
        finally:
            server.terminate()
            server.wait(30)
    assert done.returncode == 0, done.stderr
    yield json.loads(done.stdout)


def test_every_case_was_run(results: dict[str, Any]) -> None:
    assert sorted(results) == sorted(CASES)


@pytest.mark.parametrize("case", CASES)
def test_oauth4webapi_takes_the_answer(results: dict[str, Any], case: str) -> None:
    assert "error" not in results[case]
    assert (results[case]["type"], results[case]["parts"]) == CASES[case]
    assert CLAIMS.items() <= results[case]["claims"].items()
