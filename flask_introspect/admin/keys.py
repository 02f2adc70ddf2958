"""The file with the private keys that answers are signed with: made, listed, rotated."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from joserfc.jwk import Key, generate_key

from ..jose import KEY_KINDS, KeySource, UnreadableKeys, algorithms_of
from .errors import AdminError

try:
    import fcntl
except ImportError:  # Windows has other locks, and nobody rotates there twice at once
    fcntl = None  # type: ignore[assignment]

__all__ = ["KeyLine", "generate_keys", "keys_in", "list_keys", "rotate_keys"]

#: Nobody but the owner may read a private key.
_MODE = 0o600

#: A host may let the server's group read them as well, but never everybody.
_READERS = 0o640

#: The sizes of RSA keys in bits that can be made.
_RSA_SIZES = range(2048, 8192 + 1)


@dataclass(frozen=True)
class KeyLine:
    """What may be shown of a private key.

    :ivar size: the bits of an RSA key; :ivar crv: the curve of another.
    :ivar signs: the algorithms for which it is the first key, and so the one that signs.
    """

    kid: str
    kty: str
    size: int | None
    crv: str | None
    algorithms: Sequence[str]
    signs: Sequence[str]


def generate_keys(path: Path, algorithm: str, size: int) -> KeyLine:
    """Make a file with one new private key.

    :param size: bits, for RSA.
    :raise AdminError: there is such a file, or it cannot be written.
    """
    key = _new_key(algorithm, size)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
        with _whole_or_none(path):
            _write(descriptor, [_member(key, algorithm)])
    except FileExistsError:
        remedy = "Rotate its keys with: flask introspect keys rotate"
        raise AdminError(f"{path} exists, and is not overwritten. {remedy}") from None
    except OSError as error:
        raise AdminError(f"{path} cannot be written: {error.strerror}") from None
    return list_keys([key])[0]


def keys_in(path: Path) -> Sequence[Key]:
    """Read the private keys in a file.

    :raise AdminError: it cannot be read, or holds something else.
    """
    try:
        return KeySource(path, str(path), private=True).current()
    except UnreadableKeys as error:
        raise AdminError(f"{path}: {error}") from None


def list_keys(keys: Sequence[Key]) -> list[KeyLine]:
    """Describe private keys without their secrets."""
    taken: set[str] = set()
    lines = []
    for key in keys:
        algorithms = algorithms_of(key, "sign")
        signs = [each for each in algorithms if each not in taken]
        taken.update(algorithms)
        crv = key.get("crv")
        shown = str(crv) if crv is not None else None
        lines.append(KeyLine(str(key.kid), key.key_type, _size(key), shown, algorithms, signs))
    return lines


def rotate_keys(path: Path, algorithm: str | None, size: int | None, keep: int) -> list[KeyLine]:
    """Put a new key before those in a file, atomically for every reader.

    :param algorithm: the new key's; by default the first key's, or all of them where that one
        names none.
    :param size: bits, for RSA; by default those of the first RSA key.
    :param keep: how many old keys stay that no longer sign, for answers in transit. Keys that still
        sign stay in any case.
    :return: all keys that the file holds now.
    :raise AdminError: the file cannot be read or written, or is not a JWK set.
    """
    path = Path(os.path.realpath(path))  # a link stays one, and its folder is not the file's
    with _locked(path):
        keys, members = keys_in(path), _members(path)
        named = algorithm or members[0].get("alg")
        bits = size or next(filter(None, map(_size, keys)), min(_RSA_SIZES))
        new = _new_key(named or algorithms_of(keys[0], "sign")[0], bits)
        pairs = zip(members, keys, strict=True)
        old = [member for member, key in pairs if _replaces(new, named, key)]
        dropped = {id(each) for each in old[keep:]}
        left = (each for each in members if id(each) not in dropped)
        _replace(path, [_member(new, named), *left])
        return list_keys(keys_in(path))


def _new_key(algorithm: str, size: int) -> Key:
    kind, curve_or_size = KEY_KINDS[algorithm]
    if kind == "RSA" and (size not in _RSA_SIZES or size % 8):
        raise AdminError(f"{size} is no size of an RSA key: give 2048 to 8192, such as 3072")
    key: Key = generate_key(kind, size if kind == "RSA" else curve_or_size)
    key.ensure_kid()
    return key


def _size(key: Key) -> int | None:
    """Say how many bits an RSA key has."""
    return cast(Any, key.raw_value).key_size if key.key_type == "RSA" else None


def _member(key: Key, algorithm: str | None) -> dict[str, Any]:
    """Write a private key as a member of a JWK set."""
    name = {} if algorithm is None else {"alg": algorithm}
    return {**key.as_dict(private=True), "use": "sig", **name}


def _replaces(new: Key, algorithm: str | None, old: Key) -> bool:
    """Tell whether a new key signs for every algorithm that an old one is for.

    :param algorithm: what the new key names. Only with RSA is that less than what it could do.
    """
    able = algorithms_of(new, "sign")
    signs = [algorithm] if algorithm is not None and new.key_type == "RSA" else able
    return set(algorithms_of(old, "sign")) <= set(signs)


def _members(path: Path) -> list[dict[str, Any]]:
    """Read the members of a JWK set, as they are written."""
    text = path.read_text()
    if "-----BEGIN" in text:
        raise AdminError(f"{path} holds PEM, and only a JWK set can be rotated in its file")
    document = json.loads(text)
    found: list[dict[str, Any]] = document.get("keys", [document])
    return found


def _write(descriptor: int, members: Sequence[Mapping[str, Any]]) -> None:
    with open(descriptor, "w") as file:
        json.dump({"keys": list(members)}, file, indent=1)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())


def _replace(path: Path, members: Sequence[Mapping[str, Any]]) -> None:
    """Replace a file by one that is complete: no reader ever finds half of it."""
    before = path.stat()
    # Made with the mode 0600 by itself, and in the same folder, so that it can be moved.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with _whole_or_none(name):
        _write(descriptor, members)
        if fcntl is not None:
            _let_read(name, before)
        os.replace(name, path)


def _let_read(name: str, before: os.stat_result) -> None:
    """Let the readers of the old file read the new one: its owner, and maybe its group.

    :raise AdminError: the owner, who may be the server, could not read it any more.
    """
    try:
        os.chown(name, before.st_uid, before.st_gid)
    except PermissionError:
        problem = "the file belongs to another user or group, and only root can give the new one to"
        raise AdminError(f"{problem} them: rotate its keys as its owner") from None
    os.chmod(name, before.st_mode & _READERS)


@contextmanager
def _whole_or_none(name: str | Path) -> Iterator[None]:
    """Remove an unfinished file: half a key is useless, and in the way."""
    try:
        yield
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Allow one rotation at a time in a folder.

    The folder is locked, since each rotation replaces the file itself.
    """
    try:
        descriptor = os.open(path.parent, os.O_RDONLY)
    except OSError as error:
        raise AdminError(f"{path} cannot be read: {error.strerror}") from None
    try:
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    except OSError as error:
        raise AdminError(f"{path} cannot be written: {error.strerror}") from None
    finally:
        os.close(descriptor)
