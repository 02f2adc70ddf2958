"""How a presented token, or a client id, is written in the column that it is searched by."""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ...records import Kind
from ...texts import has_surrogate, is_storable
from .columns import Source, python_type
from .notation import Lookup
from .padding import Unpadded, unpadded

__all__ = ["Encode", "Key", "key_encoder", "plain_encoder"]

Encode = Callable[[str], Any]


@dataclass(frozen=True)
class Key:
    """A column that tokens are searched by.

    :ivar kind: the kind of token that it holds; where a kind column says, that counts instead.
    :ivar column: the SQL expression.
    :ivar encoding: ``"plain"``, or ``"sha256:"`` and how the digest is written.
    :ivar encode: turns a presented token into what the column would hold; ``None`` if it cannot
        hold it.
    :ivar before: how many keys directly before this one hold the same token in a better way. This
        one counts only if they are all NULL: a row whose token was hashed is never found by the old
        column's value.
    """

    kind: Kind
    column: sa.ColumnElement[Any]
    encoding: str
    encode: Encode
    before: int = 0


def plain_encoder(column: sa.ColumnElement[Any]) -> Encode:
    """Choose how a presented text becomes a value of a column's type.

    The encoder returns ``None`` if no value of that type is written like that.
    """
    if isinstance(unpadded(column).type, Unpadded):
        return _as_unpadded
    encoders: Mapping[Any, Encode] = {uuid.UUID: _as_uuid, int: _as_int, bytes: _as_bytes}
    return encoders.get(python_type(column), _as_text)


def _as_text(text: str) -> str | None:
    return text if is_storable(text) else None


def _as_unpadded(text: str) -> str | None:
    return None if text.endswith(" ") else _as_text(text)


def _as_bytes(text: str) -> bytes | None:
    return None if has_surrogate(text) else text.encode()


def _as_uuid(text: str) -> uuid.UUID | None:
    try:
        value = uuid.UUID(text)
    except ValueError:
        return None
    return value if str(value) == text else None


def _as_int(text: str) -> int | None:
    if not (text.isascii() and text.isdigit() and len(text) < 19) or text != str(int(text)):
        return None
    return int(text)


_DIGEST_ENCODERS: Mapping[str, Callable[[bytes], Any]] = {
    "sha256:hex": bytes.hex,
    "sha256:base64": lambda digest: base64.b64encode(digest).decode(),
    "sha256:base64url": lambda digest: base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
    "sha256:bytes": bytes,
}


def key_encoder(
    source: Source, field_name: str, lookup: Lookup, column: sa.ColumnElement[Any]
) -> Encode:
    """Choose how a presented token is written in a column.

    :raise ConfigError: the column cannot hold tokens so.
    """
    held = python_type(column)
    if lookup.encoding == "plain":
        if held not in (None, str, uuid.UUID):
            problem = f"its column is of type {column.type!r}"
            raise source.error(field_name, problem, "Tokens are texts: map a column of texts")
        return plain_encoder(column)
    write = _DIGEST_ENCODERS.get(lookup.encoding)
    if write is None:
        known = ", ".join(repr(name.partition(":")[2]) for name in _DIGEST_ENCODERS)
        problem = f"sha256 knows no encoding {lookup.encoding[7:]!r}"
        raise source.error(field_name, problem, f"Use one of {known}")
    _check_digest_type(source, field_name, lookup, column)
    return lambda token: write(hashlib.sha256(token.encode()).digest())


def _check_digest_type(
    source: Source, field_name: str, lookup: Lookup, column: sa.ColumnElement[Any]
) -> None:
    held, in_bytes = python_type(column), lookup.encoding == "sha256:bytes"
    if held not in (None, bytes if in_bytes else str):
        remedy = (
            "Digests as bytes need a binary column; for texts write sha256(column, 'hex')"
            if in_bytes
            else "Digests as texts need a column of texts; for bytes write sha256(column, 'bytes')"
        )
        raise source.error(field_name, f"its column is of type {column.type!r}", remedy)
