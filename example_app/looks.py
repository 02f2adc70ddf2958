"""What each caller is told of a token, and why: the reason is for the host alone."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for
from joserfc import jwt
from joserfc.jwk import KeySet

from flask_introspect import introspect, introspect_bp

from .demo import SECRETS
from .exchanges import Credentials, Exchange
from .models import Token
from .oauth import find_token

SIGNED = "application/token-introspection+jwt"


@dataclass(frozen=True)
class Caller:
    client_id: str
    what: str

    @property
    def credentials(self) -> Credentials | None:
        # A stranger has none. (Guessed ones would be counted, and after 20 a minute be a 429.)
        secret = SECRETS.get(self.client_id)
        return (self.client_id, secret) if secret else None


CALLERS = (
    Caller("test_client_1", "A client: it sees the tokens that were issued to it."),
    Caller("resource_server", "An API: it sees the access tokens for my_api."),
    Caller("jwt_api", "Another API: it sees the access tokens for https://jwt-api.example."),
    Caller("test_client_2", "A client whose right is “none”: it sees nothing."),
    Caller("stranger", "Somebody who found the address, and has no credentials."),
)

#: In words, for the reasons that this page comes across.
WORDS: Mapping[str, str] = {
    "active": "The token is good now, and this caller may know of it.",
    "not_for_caller": "There is such a token, but neither issued to this caller nor meant for it.",
    "revoked": "It was revoked.",
    "expired": "It has expired.",
    "unknown": "No table holds such a token.",
    "malformed": "No token looks like that, so none is looked for.",
    "bad_signature": "It looks like a JWT of ours, but no key of ours signed it.",
    "not_allowed": "This caller's right is “none”.",
    "no_credentials": "It did not prove who it is, so the token was not even looked for.",
}


@dataclass(frozen=True)
class Look:
    """What one caller is told, and why."""

    caller: Caller
    exchange: Exchange

    @property
    def reason(self) -> str:
        return self.exchange.answer.reason if self.exchange.answer else ""

    @property
    def is_active(self) -> bool:
        return self.reason == "active"

    @property
    def words(self) -> str:
        return WORDS.get(self.reason, "")


def look(token: str, caller: Caller, *, as_json: bool) -> Look:
    """Ask as a caller."""
    return Look(caller, _request(token, caller, as_json=as_json).sent())


@dataclass(frozen=True)
class Facts:
    """What the server itself knows of a token: everything."""

    reason: str
    row: Token | None

    @property
    def words(self) -> str:
        return "It is good now." if self.reason == "active" else WORDS.get(self.reason, "")


def facts(token: str) -> Facts:
    """Look as the host, which no policy binds."""
    return Facts(introspect(token).reason.value, find_token(token))


def _request(token: str, caller: Caller, *, as_json: bool, accept: str | None = None) -> Exchange:
    body = {"token": token}
    return Exchange(
        f"{caller.client_id} asks",
        "POST",
        url_for("introspect.introspect"),
        json=body if as_json else None,
        form=None if as_json else body,
        auth=caller.credentials,
        accept=accept,
    )


@dataclass(frozen=True)
class SignedLook:
    """A signed answer (RFC 9701), taken apart."""

    caller: Caller
    exchange: Exchange
    header: str
    payload: str


def signed_look(token: str, caller: Caller) -> SignedLook | None:
    """Ask for a signed answer, and verify it with the published keys as a caller would."""
    exchange = _request(token, caller, as_json=False, accept=SIGNED).sent()
    if exchange.answer is None or exchange.answer.code != 200:
        return None
    signed = exchange.answer.body
    keys = KeySet.import_key_set(introspect_bp.jwks())  # type: ignore[arg-type]
    claims = jwt.decode(signed, keys, algorithms=["ES256"]).claims
    return SignedLook(caller, exchange, _lines(_header(signed)), _lines(claims))


def _header(signed: str) -> Any:
    encoded = signed.partition(".")[0]
    return json.loads(urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))


def _lines(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)
