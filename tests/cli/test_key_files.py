"""``flask introspect keys`` on files as hosts have them, and where one cannot be written."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from ..jwt.issuer import jwk
from ..support import Host
from .conftest import CLI

MakeHost = Callable[..., Host]

Fault = Callable[[Path], AbstractContextManager[None]]

#: A user who owns nothing.
NOBODY = 65534

SIGNED = {"Accept": "application/token-introspection+jwt"}


def write(file: Path, *keys: dict[str, Any]) -> None:
    file.write_text(json.dumps({"keys": keys}))


def rotated(cli: CLI, file: Path, *options: str) -> list[dict[str, Any]]:
    """Rotate, and give what each key of the file is now."""
    keys: list[dict[str, Any]] = cli.json("keys", "rotate", str(file), *options)["keys"]
    return keys


@pytest.mark.slow
def test_a_new_rsa_key_is_as_long_as_the_old_one(bare: CLI, file: Path) -> None:
    bare.json("keys", "generate", str(file), "--size", "3072")
    assert [key["size"] for key in rotated(bare, file)] == [3072, 3072]
    assert [key["size"] for key in rotated(bare, file, "--size", "2048")] == [2048, 3072]


def test_a_key_for_every_rsa_algorithm_is_replaced_by_one(bare: CLI, file: Path) -> None:
    write(file, jwk("RS256", private=True))
    for _ in range(2):
        new, old = rotated(bare, file)
        assert new["signs"] == ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]
        assert old["signs"] == []


def test_a_key_that_still_signs_stays(bare: CLI, file: Path) -> None:
    write(file, jwk("RS256", private=True))
    for _ in range(2):
        new, old = rotated(bare, file, "--alg", "RS256", "--keep", "0")
        assert (new["signs"], old["signs"][0]) == (["RS256"], "RS384")


@pytest.mark.parametrize(("before", "after"), [("EdDSA", "Ed25519"), ("Ed25519", "EdDSA")])
def test_both_names_of_ed25519_are_one_algorithm(
    bare: CLI, file: Path, before: str, after: str
) -> None:
    bare.json("keys", "generate", str(file), "--alg", before)
    assert len(rotated(bare, file, "--alg", after, "--keep", "0")) == 1


def test_a_link_stays_one_and_its_file_is_rotated(bare: CLI, file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    bare.json("keys", "generate", str(folder / "keys.json"), "--alg", "EdDSA")
    file.symlink_to(folder / "keys.json")
    new = rotated(bare, file)[0]
    assert file.is_symlink()
    assert json.loads((folder / "keys.json").read_text())["keys"][0]["kid"] == new["kid"]


@pytest.mark.slow
def test_whoever_is_registered_for_an_algorithm_still_gets_answers(
    bare: CLI, make_host: MakeHost, file: Path
) -> None:
    write(file, jwk("RS256", private=True))
    host = make_host(INTROSPECT_SIGNING_KEYS=str(file))
    host.add_client("pss", introspection_signed_response_alg="PS256")
    token = host.add_token("a token", "pss")
    for _ in range(3):
        assert host.ask(token, caller=("pss", "test_secret"), headers=SIGNED).status_code == 200
        rotated(bare, file)


# Where nothing can be written


@contextmanager
def full_disk(file: Path) -> Iterator[None]:
    """No file can have more than a few octets."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def closed_folder(file: Path) -> Iterator[None]:
    """Somebody who is not root owns the file, and cannot write into its folder."""
    file.parent.chmod(0o555)
    if as_root := os.geteuid() == 0:
        os.chown(file, NOBODY, NOBODY)
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if as_root:
            os.seteuid(0)
        file.parent.chmod(0o755)


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A file for keys that is not below a folder which only this user enters, as pytest's are."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "keys.json"


@pytest.mark.parametrize("fault", [full_disk, closed_folder])
def test_what_cannot_be_written_is_named_and_leaves_nothing(
    bare: CLI, reachable: Path, fault: Fault
) -> None:
    bare.json("keys", "generate", str(reachable), "--alg", "EdDSA")
    before, other = reachable.read_text(), reachable.with_name("other.json")
    with fault(reachable):
        refused = bare.refusal("keys", "rotate", str(reachable))
        refused += bare.refusal("keys", "generate", str(other), "--alg", "EdDSA")
    assert f"{reachable} cannot be written: " in refused
    assert f"{other} cannot be written: " in refused
    assert [each.name for each in reachable.parent.iterdir()] == [reachable.name]
    assert reachable.read_text() == before


#: Runs ``flask`` where joserfc is not installed.
WITHOUT_EXTRA = """
import sys
sys.modules["joserfc"] = None
from flask.cli import main
main()
"""


@pytest.mark.slow
@pytest.mark.parametrize("command", ["generate", "list", "rotate"])
def test_the_missing_extra_is_named(tmp_path: Path, command: str) -> None:
    (tmp_path / "app.py").write_text("from flask import Flask\napp = Flask(__name__)\n")
    run = [sys.executable, "-c", WITHOUT_EXTRA, "introspect", "keys", command, "keys.json"]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Error: Keys need joserfc: pip install Flask-Introspect[jwt]\n"
