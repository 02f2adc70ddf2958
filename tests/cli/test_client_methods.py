"""``--method`` of ``flask introspect client``: a client must be able to authenticate by it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ..authentication.test_certificates import CertifiedClient
from ..conftest import MakeHost
from ..jwt.issuer import jwk
from ..support import Host
from .conftest import CLI, CLIOf

METHODS = [
    ("private_key_jwt", "--jwks"),
    ("self_signed_tls_client_auth", "--jwks"),
    ("tls_client_auth", "--subject-dn"),
]


@pytest.mark.parametrize(("method", "option"), METHODS)
def test_a_client_that_nothing_could_prove_is_refused(cli: CLI, method: str, option: str) -> None:
    for command in (["add", "new"], ["update", "test_client_1"]):
        result = cli("client", *command, "--method", method)
        assert result.exit_code == 2
        assert f"Give {option}" in " ".join(result.stderr.split())
    assert [each["auth_method"] for each in cli.json("client", "list")["clients"]] == [None]


def test_what_proves_a_client_is_not_taken_back(cli: CLI, file: Path) -> None:
    file.write_text(json.dumps(jwk("ES256")))
    cli.json("client", "add", "signer", "--method", "private_key_jwt", "--jwks", str(file))
    assert "Give --jwks" in cli.refusal("client", "update", "signer", "--clear", "jwks")
    both = ["--clear", "jwks", "--clear", "method"]
    assert cli.json("client", "update", "signer", *both)["keys"] == 0


def test_keys_that_are_registered_already_are_enough(host: Host, cli: CLI) -> None:
    host.add_client("signer", jwks=jwk("ES256"))
    changed = cli.json("client", "update", "signer", "--method", "private_key_jwt")
    assert changed["auth_method"] == "private_key_jwt"


def test_another_name_of_a_certificate_is_enough(make_host: MakeHost, cli_of: CLIOf) -> None:
    host = make_host(INTROSPECT_CLIENT_MODEL=CertifiedClient)
    host.save(CertifiedClient(client_id="server", tls_client_auth_san_dns="api.example.com"))
    run = cli_of(host.app)
    changed = run.json("client", "update", "server", "--method", "tls_client_auth")
    assert changed["auth_method"] == "tls_client_auth"


def test_a_client_that_cannot_authenticate_can_still_be_changed(host: Host, cli: CLI) -> None:
    host.add_client("signer", auth_method="private_key_jwt")
    assert cli.json("client", "update", "signer", "--right", "own")["right"] == "own"


@pytest.mark.parametrize("command", [["add", "new"], ["update", "test_client_1"]])
def test_a_method_that_is_not_offered_is_warned_of(
    make_host: MakeHost, cli_of: CLIOf, command: list[str]
) -> None:
    host = make_host(INTROSPECT_AUTH_METHODS=["client_secret_basic"])
    host.add_client()
    run = cli_of(host.app)
    warned = run("client", *command, "--method", "client_secret_post")
    assert warned.exit_code == 0
    assert "INTROSPECT_AUTH_METHODS does not offer client_secret_post" in warned.stderr
    assert "Warning" not in run("client", "update", command[1], "--clear", "method").stderr
