"""``flask introspect client add`` and ``update``: what is registered for signed answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flask_introspect.cli.registration import _CONTENT_ENCRYPTION, _KEY_ENCRYPTION
from flask_introspect.jose import CONTENT_ENCRYPTION, KEY_ENCRYPTION

from ..jwt.issuer import jwk
from .conftest import CLI


def test_a_client_is_registered_for_signed_and_encrypted_answers(cli: CLI, tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"keys": [jwk("ES256")]}))
    cli.json("client", "add", "reg", "--signed-alg", "ES256", "--jwks", str(keys))
    cli.json("client", "update", "reg", "--encrypted-alg", "ECDH-ES", "--encrypted-enc", "A128GCM")
    shown = cli.json("client", "show", "reg")
    assert shown["introspection_signed_response_alg"] == "ES256"
    assert shown["introspection_encrypted_response_alg"] == "ECDH-ES"
    assert shown["introspection_encrypted_response_enc"] == "A128GCM"
    cleared = ["--clear", "signed-alg", "--clear", "encrypted-alg", "--clear", "encrypted-enc"]
    assert cli.json("client", "update", "reg", *cleared) == {
        **shown,
        "introspection_signed_response_alg": None,
        "introspection_encrypted_response_alg": None,
        "introspection_encrypted_response_enc": None,
    }


@pytest.mark.parametrize("option", ["--signed-alg", "--encrypted-alg", "--encrypted-enc"])
def test_what_cannot_be_done_cannot_be_registered(cli: CLI, option: str) -> None:
    assert "is not one of" in cli.refusal("client", "add", "reg", option, "none")


def test_the_choices_are_what_can_be_done() -> None:
    assert tuple(KEY_ENCRYPTION) == _KEY_ENCRYPTION
    assert tuple(CONTENT_ENCRYPTION) == _CONTENT_ENCRYPTION
