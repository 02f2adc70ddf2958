"""One table with names, units and shapes of its own, and clients that have a UUID inside."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from uuid import UUID, uuid4

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, BigInteger, ForeignKey, String, Text, case
from sqlalchemy.orm import Mapped, mapped_column, relationship

from flask_introspect import json_key, sha256

from ..support import quick_hash
from .support import TableHost, filled_by

db = SQLAlchemy()


# [models]
class Party(db.Model):
    """Whoever takes part: people and programs."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    handle: Mapped[str] = mapped_column(String(100), unique=True)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(10), default="open")


class Grant(db.Model):
    serial: Mapped[int] = mapped_column(
        BigInteger().with_variant(db.Integer, "sqlite"), primary_key=True
    )
    fingerprint: Mapped[str] = mapped_column(
        String(43), unique=True
    )  # SHA-256, base64url without padding
    letter: Mapped[str] = mapped_column(String(1))  # "a" for access, "r" for refresh
    holder_id: Mapped[UUID] = mapped_column(ForeignKey(Party.id))
    holder: Mapped[Party] = relationship(foreign_keys=holder_id)
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey(Party.id))
    person: Mapped[Party | None] = relationship(foreign_keys=person_id)
    may: Mapped[list[str]] = mapped_column(JSON)
    for_whom: Mapped[list[str]] = mapped_column(JSON)
    made_ms: Mapped[int] = mapped_column(BigInteger)
    ends_ms: Mapped[int] = mapped_column(BigInteger)
    fate: Mapped[str] = mapped_column(String(10), default="alive")
    extra: Mapped[str | None] = mapped_column(Text)  # a JSON object


# [config]
CONFIG = {
    "INTROSPECT_CLIENT_MODEL": Party,
    "INTROSPECT_CLIENT_FIELDS": {
        "client_id": "handle",
        "client_secret": json_key("settings", "oauth", "secrets"),
        "public": json_key("settings", "oauth", "public"),
        "resources": json_key("settings", "oauth", "resources"),
        "enabled": Party.state == "open",
    },
    "INTROSPECT_TOKEN_MODEL": Grant,
    "INTROSPECT_TOKEN_FIELDS": {
        "access_token": sha256("fingerprint", "base64url"),
        "kind": case((Grant.letter == "r", "refresh_token"), else_="access_token"),
        "client_id": "holder.handle",
        "username": "person.handle",
        "sub": "person_id",
        "scope": "may",
        "aud": "for_whom",
        "jti": "serial",
        "iat": Grant.made_ms / 1000,
        "exp": Grant.ends_ms / 1000,
        "revoked": Grant.fate == "dead",
        "claims": "extra",
    },
}
# [end]

PERSON = UUID("6f1c2a52-3c0d-4b0e-9a53-0d6b2c0d8f11")


def grant(name: str, holder: Party, **columns: Any) -> Grant:
    fingerprint = (
        base64.urlsafe_b64encode(hashlib.sha256(name.encode()).digest()).rstrip(b"=").decode()
    )
    defaults = {
        "letter": "a",
        "may": ["read", "write"],
        "for_whom": ["my_api", "your_api"],
        "made_ms": 1640918800999,
        "ends_ms": 1640995200001,
    }
    return Grant(fingerprint=fingerprint, holder=holder, **{**defaults, **columns})


def program(handle: str, secret: str | None, **oauth: Any) -> Party:
    secrets = [{"hash": quick_hash(secret), "expires_at": None}] if secret else None
    return Party(handle=handle, settings={"oauth": {"secrets": secrets, **oauth}})


def _rows() -> list[Any]:
    person = Party(id=PERSON, handle="user123", settings={})
    client, other = program("test_client_1", "test_secret"), program("other_client", "other_secret")
    return [
        program("public_client", "public_secret", public=True),
        program("resource_server", "resource_secret", resources=["your_api"]),
        grant(
            "live",
            client,
            serial=81,
            person=person,
            extra='{"tenant": "acme", "cnf": {"jkt": "0ZcO"}}',
        ),
        grant("expired", client, serial=82, person=person, ends_ms=1640922399999),
        grant("revoked", client, serial=83, person=person, fate="dead"),
        grant("others", other, serial=84, person=person),
        grant("refresh", client, serial=85, person=person, letter="r", ends_ms=1642128400000),
    ]


_LIVE = {
    "active": True,
    "scope": "read write",
    "client_id": "test_client_1",
    "username": "user123",
    "exp": 1640995200,
    "iat": 1640918800,
    "sub": str(PERSON),
    "aud": ["my_api", "your_api"],
    "iss": "http://localhost:4000",
    "jti": "81",
}

HOST = TableHost(
    "odd",
    db,
    CONFIG,
    filled_by(db, _rows),
    live={**_LIVE, "tenant": "acme", "cnf": {"jkt": "0ZcO"}},
    refresh={**_LIVE, "exp": 1642128400, "jti": "85"},
)
