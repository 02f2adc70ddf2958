"""Where keys come from: a value, a file that may change, or the host's callable."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any, TypeGuard

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509 import load_pem_x509_certificate
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from ..logs import logger, origin_of
from ..texts import a_type
from .algorithms import algorithms_of
from .keys import UNREADABLE, import_jwk, importable, members_of

__all__ = ["KeySource", "KeysUnavailable", "UnreadableKeys"]

#: One block of PEM, whose label says what it holds.
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)

_URL = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.-]*://")

#: What tells whether a file changed.
Stamp = tuple[int, int, int]


class UnreadableKeys(ValueError):
    """These keys cannot be used. The text says why, and holds nothing of them."""


class KeysUnavailable(Exception):
    """The host's callable gave no keys now."""


class KeySource:
    """Keys that may change while the server runs. As long as they don't, they are the same object.

    :param given: a JWK set or a JWK as a dict or as JSON text, PEM, the path of a file with either,
        or a callable that returns one of the first three.
    :param setting: the configuration key, for the log.
    :param private: whether the keys sign. Otherwise only their public parts are kept.
    :raise UnreadableKeys: there is no key in it that can be used.
    """

    def __init__(self, given: Any, setting: str, *, private: bool = False) -> None:
        self._setting = setting
        self._private = private
        self._lock = Lock()
        self._read: tuple[str, Sequence[Key]] = ("", ())
        self._stamp: Stamp | None = None
        if isinstance(given, str) and _URL.match(given):  # not shown: a password may be in it
            raise UnreadableKeys(
                "it is a URL, and URLs are not fetched: keep what is there in a file, or give a "
                "callable that fetches and remembers it"
            )
        self._call = given if callable(given) else None
        self.path = Path(os.fspath(given)) if _is_path(given) else None
        if self.path is not None:
            self._read_file(self.path)
        elif self._call is None:
            self._take(given)

    def current(self) -> Sequence[Key]:
        """Return the keys as they are now.

        :raise KeysUnavailable: the host's callable raised, or returned no keys.
        """
        if self._call is not None:
            return self._called(self._call)
        if self.path is not None and _stamp(self.path) != self._stamp:
            self._reread(self.path)
        return self._read[1]

    def _called(self, call: Any) -> Sequence[Key]:
        try:
            return self._take(call())
        except UnreadableKeys as error:
            problem = f"it returned what cannot be used: {error}"
        except Exception as error:
            problem = f"it raised {origin_of(error)}"
        logger.error("%s: there are no keys now: %s", self._setting, problem)
        raise KeysUnavailable(problem) from None

    def _reread(self, path: Path) -> None:
        """Take a changed file. One that can't be read, or is half written, changes nothing."""
        with self._lock:
            if _stamp(path) == self._stamp:
                return
            try:
                self._read_file(path)
            except UnreadableKeys as error:
                self._stamp = _stamp(path)  # said once for each change
                logger.error("%s: the keys before it stay in use: %s", self._setting, error)

    def _read_file(self, path: Path) -> None:
        stamp = _stamp(path)  # before it is read: a change in between is then seen
        try:
            text = path.read_text()
        except (OSError, ValueError) as error:
            raise UnreadableKeys(f"{path} cannot be read ({type(error).__name__})") from None
        self._take(text)
        self._stamp = stamp

    def _take(self, document: Any) -> Sequence[Key]:
        """Import keys, unless they were already imported."""
        text = document.decode() if isinstance(document, bytes) else document
        if isinstance(text, Mapping):
            text = json.dumps(text, sort_keys=True)
        if not isinstance(text, str):
            raise UnreadableKeys(f"{a_type(text)} is no JWK set")
        # Private keys are not kept as text.
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        before, keys = self._read
        if digest != before:
            keys = _signing(text) if self._private else _verifying(text)
            self._read = digest, keys
        return keys  # not what another thread may have read since


def _is_path(given: Any) -> TypeGuard[str | os.PathLike[str]]:
    """Tell a path from JSON, which begins with a brace, and from PEM."""
    if isinstance(given, os.PathLike):
        return True
    return isinstance(given, str) and not given.lstrip().startswith("{") and "-----" not in given


def _stamp(path: Path) -> Stamp | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return max(found.st_mtime_ns, found.st_ctime_ns), found.st_size, found.st_ino


def _verifying(text: str) -> Sequence[Key]:
    keys = tuple(key for key in importable(_members(text, private=False)) if algorithms_of(key))
    if not keys:
        raise UnreadableKeys("it holds no public key that a signature can be verified with")
    return keys


def _signing(text: str) -> Sequence[Key]:
    return tuple(_signing_key(n, each) for n, each in enumerate(_members(text, private=True), 1))


def _signing_key(n: int, member: Any) -> Key:
    """Import a private key, under a name that it has from now on (:rfc:`7638`)."""
    try:
        key = import_jwk(member, private=True)
    except UNREADABLE:
        raise UnreadableKeys(f"key {n} cannot be read") from None
    if key is None or not key.is_private or not algorithms_of(key, "sign"):
        raise UnreadableKeys(f"key {n} is no private key that answers can be signed with")
    key.ensure_kid()
    return key


def _members(text: str, *, private: bool) -> Sequence[Any]:
    """List the JWKs that a text holds, as JSON or as PEM."""
    if "-----BEGIN" in text:
        found = _PEM.finditer(text)
        return [_jwk(block[0].encode(), block[1], private=private) for block in found]
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise UnreadableKeys("it is neither JSON nor PEM") from None
    if isinstance(document, dict) and document.get("keys") == []:
        raise UnreadableKeys("the set is empty")
    members = members_of(document) if isinstance(document, dict) else ()
    if not members:
        raise UnreadableKeys("it is no JWK set")
    return members


def _jwk(block: bytes, label: str, *, private: bool) -> Mapping[str, Any]:
    """Turn a key in PEM into a JWK."""
    try:
        if label == "CERTIFICATE":
            key: Any = load_pem_x509_certificate(block).public_key()
        elif label.endswith("PRIVATE KEY"):
            key = serialization.load_pem_private_key(block, None)
        else:
            key = serialization.load_pem_public_key(block)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise UnreadableKeys("its PEM cannot be read; it must not be encrypted") from None
    for kind, importer in _IMPORTERS.items():
        if isinstance(key, kind):
            imported = importer.import_key(block if label != "CERTIFICATE" else _pem(key))
            jwk: dict[str, Any] = imported.as_dict(private=private and imported.is_private)
            return jwk
    raise UnreadableKeys("its PEM holds a key of another kind")


def _pem(key: Any) -> bytes:
    public: bytes = key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return public


_IMPORTERS: Mapping[Any, Any] = {
    (rsa.RSAPrivateKey, rsa.RSAPublicKey): RSAKey,
    (ec.EllipticCurvePrivateKey, ec.EllipticCurvePublicKey): ECKey,
    (ed25519.Ed25519PrivateKey, ed25519.Ed25519PublicKey): OKPKey,
}
