"""What a host writes in a mapping, besides names of columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["JSONKey", "Lookup", "json_key", "plain", "sha256"]


@dataclass(frozen=True)
class Lookup:
    """How a column holds a token or a secret. Made by :func:`plain` and :func:`sha256`."""

    column: Any
    encoding: str


@dataclass(frozen=True)
class JSONKey:
    """A value inside a JSON document. Made by :func:`json_key`."""

    column: Any
    path: tuple[str, ...]


def plain(column: Any) -> Lookup:
    """Declare that a column holds tokens, or client secrets, in plain text.

    :param column: the column's name, a relationship path, or an SQL expression on the host's model.
    """
    return Lookup(column, "plain")


def sha256(column: Any, encoding: str = "hex") -> Lookup:
    """Declare that a column holds the SHA-256 digests of tokens.

    :param column: the column's name, a relationship path, or an SQL expression on the host's model.
    :param encoding: ``"hex"`` (lower case), ``"base64"``, ``"base64url"`` (unpadded), or
        ``"bytes"``.
    """
    return Lookup(column, f"sha256:{encoding}")


def json_key(column: Any, *path: str) -> JSONKey:
    """Map a canonical field to a value inside a column of JSON, or of text that holds JSON.

    :param column: the column's name, a relationship path, or an SQL expression on the host's model.
    :param path: the keys that lead to the value.
    """
    return JSONKey(column, path)
