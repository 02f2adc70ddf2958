"""``flask introspect keys``: the file with the keys that answers are signed with."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from jwcrypto.jwk import JWK

from flask_introspect.admin.errors import AdminError
from flask_introspect.admin.keys import rotate_keys

from ..jwt.issuer import KEYS, jwk
from ..support import Host
from .conftest import CLI

SIGNED = {"Accept": "application/token-introspection+jwt"}
PRIVATE = {"d", "p", "q", "dp", "dq", "qi"}

MakeHost = Callable[..., Host]


@pytest.fixture
def any_umask() -> Iterator[None]:
    """Whatever is made can be read by everybody, unless it is made otherwise."""
    before = os.umask(0)
    yield
    os.umask(before)


def members(file: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(file.read_text())["keys"]
    return found


@pytest.mark.usefixtures("any_umask")
@pytest.mark.parametrize("algorithm", ["ES256", "ES384", "ES512", "EdDSA", "Ed25519", "PS256"])
def test_generate_makes_a_key_that_only_its_owner_reads(
    bare: CLI, file: Path, algorithm: str
) -> None:
    said = bare.json("keys", "generate", str(file), "--alg", algorithm)
    (key,) = members(file)
    assert said["keys"][0]["kid"] == key["kid"] == JWK(**key).thumbprint()
    assert (key["alg"], key["use"]) == (algorithm, "sig")
    assert PRIVATE & key.keys()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_by_default_it_is_an_rsa_key_for_rs256(bare: CLI, file: Path) -> None:
    assert bare.json("keys", "generate", str(file))["keys"][0]["size"] == 2048
    assert members(file)[0]["alg"] == "RS256"


def test_nothing_private_is_written_to_the_terminal(bare: CLI, file: Path) -> None:
    said = bare("keys", "generate", str(file)).output
    said += (
        bare("keys", "list", str(file)).output + bare("keys", "list", str(file), "--json").output
    )
    said += bare("keys", "rotate", str(file), "--alg", "ES256").output
    said += bare("keys", "generate", str(file)).output
    private = [value for key in members(file) for name, value in key.items() if name in PRIVATE]
    assert private
    assert not [value for value in private if value in said]


def test_a_file_that_is_there_is_not_overwritten(bare: CLI, file: Path) -> None:
    file.write_text("mine")
    assert "exists, and is not overwritten" in bare.refusal("keys", "generate", str(file))
    assert file.read_text() == "mine"


@pytest.mark.parametrize("size", ["1024", "2049", "99999"])
def test_a_weak_or_odd_key_is_not_made(bare: CLI, file: Path, size: str) -> None:
    refused = bare.refusal("keys", "generate", str(file), "--size", size)
    assert f"{size} is no size of an RSA key" in refused
    assert not file.exists()


@pytest.mark.parametrize("command", ["generate", "rotate"])
def test_a_folder_that_is_not_there_is_named(bare: CLI, tmp_path: Path, command: str) -> None:
    refused = bare.refusal("keys", command, str(tmp_path / "no" / "keys.json"))
    assert "No such file or directory" in refused


@pytest.mark.slow
def test_generate_works_before_the_application_can_start(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("raise RuntimeError('INTROSPECT_SIGNING_KEYS is missing')")
    command = [sys.executable, "-m", "flask", "introspect", "keys", "generate", "keys.json"]
    done = subprocess.run(
        [*command, "--alg", "EdDSA"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, (tmp_path / "keys.json").exists()) == (0, True), done.stderr


# The endpoint's own


@pytest.fixture
def signing(make_host: MakeHost, bare: CLI, file: Path) -> Host:
    """A host that signs with the keys in the file."""
    bare.json("keys", "generate", str(file), "--alg", "ES256")
    made = make_host(INTROSPECT_SIGNING_KEYS=str(file))
    made.add_documented()
    return made


def kid_of_an_answer(host: Host) -> Any:
    return jwt.get_unverified_header(host.ask("documented", headers=SIGNED).data)["kid"]


def test_list_shows_what_the_endpoint_signs_with(signing: Host, file: Path) -> None:
    (key,) = CLI(signing.app).json("keys", "list")["keys"]
    assert key == {
        "kid": kid_of_an_answer(signing),
        "kty": "EC",
        "crv": "P-256",
        "algorithms": ["ES256"],
        "signs": ["ES256"],
    }
    shown = CLI(signing.app)("keys", "list").stdout
    assert key["kid"] in shown
    assert "P-256" in shown


def test_a_rotation_shows_in_the_next_answer(signing: Host, file: Path) -> None:
    before = kid_of_an_answer(signing)
    new, old = CLI(signing.app).json("keys", "rotate")["keys"]
    assert kid_of_an_answer(signing) == new["kid"] != before
    assert (old["kid"], old["signs"]) == (before, [])
    assert members(file)[0]["alg"] == "ES256"


@pytest.mark.parametrize(("keep", "left"), [(0, 1), (1, 2), (3, 4)])
def test_old_keys_stay_for_a_while(bare: CLI, file: Path, keep: int, left: int) -> None:
    bare.json("keys", "generate", str(file), "--alg", "EdDSA")
    for _ in range(5):
        bare.json("keys", "rotate", str(file), "--keep", str(keep))
    assert len(members(file)) == left


def test_keys_of_other_algorithms_stay(bare: CLI, file: Path) -> None:
    bare.json("keys", "generate", str(file), "--alg", "EdDSA")
    bare.json("keys", "rotate", str(file), "--alg", "ES256")
    keys = bare.json("keys", "rotate", str(file), "--alg", "ES256", "--keep", "0")["keys"]
    assert [key["signs"] for key in keys] == [["ES256"], ["EdDSA", "Ed25519"]]


@pytest.mark.usefixtures("any_umask")
def test_a_rotated_file_is_still_its_owners_alone(bare: CLI, file: Path) -> None:
    bare.json("keys", "generate", str(file), "--alg", "EdDSA")
    bare.json("keys", "rotate", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [each.name for each in file.parent.iterdir()] == ["keys.json"]


@pytest.mark.parametrize(
    ("before", "after"), [(0o640, 0o640), (0o400, 0o400), (0o664, 0o640), (0o604, 0o600)], ids=oct
)
def test_a_rotated_file_can_be_read_by_the_group_that_could_and_by_nobody_else(
    bare: CLI, file: Path, before: int, after: int
) -> None:
    bare.json("keys", "generate", str(file), "--alg", "EdDSA")
    file.chmod(before)
    bare.json("keys", "rotate", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == after


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_users_file_is_not_taken_from_its_owner(bare: CLI) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        file = Path(folder) / "keys.json"
        bare.json("keys", "generate", str(file), "--alg", "EdDSA")
        file.chmod(0o644)
        before = file.read_text()
        os.seteuid(65534)
        try:
            with pytest.raises(AdminError, match="rotate its keys as its owner"):
                rotate_keys(file, None, None, 1)
        finally:
            os.seteuid(0)
        assert file.read_text() == before
        assert [each.name for each in file.parent.iterdir()] == ["keys.json"]


@pytest.mark.slow
def test_rotations_at_once_lose_no_key(bare: CLI, file: Path) -> None:
    bare.json("keys", "generate", str(file), "--alg", "EdDSA")
    (file.parent / "app.py").write_text("from flask import Flask\napp = Flask(__name__)\n")
    command = [sys.executable, "-m", "flask", "introspect", "keys", "rotate", str(file)]

    def rotate(_: int) -> int:
        run = [*command, "--keep", "9"]
        return subprocess.run(run, cwd=file.parent, capture_output=True, check=False).returncode

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(rotate, range(3))) == [0, 0, 0]
    assert len(members(file)) == 4


def test_a_single_key_becomes_a_set(bare: CLI, file: Path) -> None:
    file.write_text(json.dumps(jwk("ES256", private=True)))
    bare.json("keys", "rotate", str(file))
    assert [key["kid"] == "ES256" for key in members(file)] == [False, True]


def test_pem_can_be_listed_and_is_not_rotated(bare: CLI, file: Path) -> None:
    pem = KEYS["ES256"].private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(pem)
    assert bare.json("keys", "list", str(file))["keys"][0]["crv"] == "P-256"
    assert "only a JWK set can be rotated" in bare.refusal("keys", "rotate", str(file))
    assert file.read_bytes() == pem


@pytest.mark.parametrize("text", ["", "{}", '{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}'])
@pytest.mark.parametrize("command", ["list", "rotate"])
def test_a_file_of_anything_else_is_refused(bare: CLI, file: Path, text: str, command: str) -> None:
    file.write_text(text)
    assert str(file) in bare.refusal("keys", command, str(file))
    assert file.read_text() == text


@pytest.mark.parametrize(
    "given",
    [jwk("ES256", private=True), lambda: jwk("ES256", private=True)],
    ids=["dict", "callable"],
)
def test_keys_that_are_in_no_file_are_listed_and_not_rotated(
    make_host: MakeHost, given: Any
) -> None:
    host = make_host(INTROSPECT_SIGNING_KEYS=given)
    cli = CLI(host.app)
    assert cli.json("keys", "list")["keys"][0]["kid"] == "ES256"
    assert "INTROSPECT_SIGNING_KEYS names no file" in cli.refusal("keys", "rotate")


def test_without_keys_a_file_must_be_named(cli: CLI) -> None:
    for command in ("list", "rotate"):
        refused = cli.refusal("keys", command)
        assert "INTROSPECT_SIGNING_KEYS is not set; name a file" in refused


def test_a_callable_without_keys_is_said(make_host: MakeHost) -> None:
    def keys() -> Any:
        raise OSError

    host = make_host(INTROSPECT_SIGNING_KEYS=keys)
    assert "There are no keys now" in CLI(host.app).refusal("keys", "list")
