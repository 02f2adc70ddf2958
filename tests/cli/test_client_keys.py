"""``--jwks`` of ``flask introspect client``: which keys are registered, and which are refused."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flask_introspect.admin import AdminError, Clients
from flask_introspect.endpoint import endpoints_of

from ..jwt.issuer import jwk
from ..support import Client, Host, db
from .conftest import CLI

WriteKeys = Callable[[Any], str]

SECRET_KEYS = [
    (jwk("ES256", private=True), "key 1 is private: it holds 'd'"),
    ({"keys": [jwk("ES256"), jwk("RS256", private=True)]}, "key 2 is private: it holds 'd', 'p'"),
    ({"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}, "key 1 is symmetric (kty 'oct')"),
    ({"keys": [{**jwk("ES256"), "k": "c2VjcmV0"}]}, "key 1 is private: it holds 'k'"),
]

UNUSABLE_KEYS = [
    ({"a": 1}, "it is no JWK set: it has no 'keys', but 'a'"),
    ({}, "it is no JWK set: it has no 'keys', but nothing"),
    ([1], "it is no JWK set, which is a JSON object"),
    ({"keys": []}, "its 'keys' are empty"),
    ({"keys": {"kty": "EC"}}, "it is no JWK set: its 'keys' are no list"),
    ({"keys": ["EC"]}, "key 1 is no JWK"),
    ({"keys": [{"kty": "EC"}]}, "no key in it can be used (kty: 'EC')"),
    ({"kty": "?"}, "no key in it can be used (kty: '?')"),
]


@pytest.fixture
def written(file: Path) -> WriteKeys:
    """Writes keys to a file, and gives its path."""

    def write(keys: Any) -> str:
        file.write_text(json.dumps(keys))
        return str(file)

    return write


def stored_keys(host: Host, client_id: str) -> Any:
    with host.app.app_context():
        return db.session.scalars(sa.select(Client.jwks).filter_by(client_id=client_id)).one()


@pytest.mark.parametrize(("keys", "said"), SECRET_KEYS + UNUSABLE_KEYS)
@pytest.mark.parametrize("command", ["add", "update"])
def test_keys_that_are_not_public_and_usable_are_refused(
    host: Host, cli: CLI, written: WriteKeys, command: str, keys: Any, said: str
) -> None:
    client_id = "new" if command == "add" else "test_client_1"
    result = cli("client", command, client_id, "--jwks", written(keys))
    assert result.exit_code == 2
    assert f"--jwks: {said}" in " ".join(result.stderr.split())
    assert "c2VjcmV0" not in result.output
    assert len(cli.json("client", "list")["clients"]) == 1
    assert stored_keys(host, "test_client_1") is None


@pytest.mark.parametrize(("keys", "said"), SECRET_KEYS)
def test_code_registers_no_private_key_either(host: Host, keys: Any, said: str) -> None:
    with host.app.app_context():
        clients = Clients(endpoints_of(host.app)["introspect"])
        with pytest.raises(AdminError, match="jwks: key"):
            clients.update("test_client_1", {"jwks": keys})


def test_the_library_that_reads_keys_is_named(
    cli: CLI, written: WriteKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "flask_introspect.jose", None)
    said = cli.refusal("client", "add", "new", "--jwks", written(jwk("ES256")))
    assert "Keys need joserfc: pip install Flask-Introspect[jwt]" in said


@pytest.mark.parametrize("keys", [jwk("ES256"), {"keys": [jwk("ES256")], "issuer": "me"}])
def test_a_key_that_stands_alone_is_registered_as_a_set(
    host: Host, cli: CLI, written: WriteKeys, keys: Any
) -> None:
    cli("client", "add", "signer", "--jwks", written(keys))
    assert stored_keys(host, "signer") == {"keys": [jwk("ES256")]}
    assert cli.json("client", "show", "signer")["keys"] == 1


def test_a_key_that_stood_alone_in_the_table_is_counted(host: Host, cli: CLI) -> None:
    host.add_client("signer", jwks=jwk("ES256"))
    assert cli.json("client", "show", "signer")["keys"] == 1
