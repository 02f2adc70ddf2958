"""An introspection endpoint in one module, that keeps the rules of the RFCs; and wrong ones.

It is no part of ours. It shows that the rules ask for no more than the RFCs do, and each wrong one
breaks one of them.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import unquote_plus

from werkzeug.wrappers import Request, Response

from flask_introspect.testing import RegisteredClient

FORM = "application/x-www-form-urlencoded"


class Refused(Exception):
    def __init__(self, status: int, error: str) -> None:
        self.status, self.error = status, error


@dataclass
class Registered:
    client_id: str
    secret: str | None
    enabled: bool = True
    resources: list[str] = field(default_factory=list)


@dataclass
class Issued:
    client: Registered
    kind: str
    start: int
    end: int
    scope: str = ""
    aud: list[str] = field(default_factory=list)
    revoked: bool = False


class SmallEndpoint:
    """A WSGI application."""

    headers: ClassVar[dict[str, str]] = {"Cache-Control": "no-store", "Pragma": "no-cache"}
    challenge = 'Basic realm="small"'

    def __init__(self) -> None:
        self.clients: dict[str, Registered] = {}
        self.tokens: dict[str, Issued] = {}

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        try:
            response = self.reply(200, self.answer(request))
        except Refused as refused:
            response = self.reply(refused.status, {"error": refused.error})
            if refused.status == 401:
                response.headers["WWW-Authenticate"] = self.challenge
            if refused.status == 405:
                response.headers["Allow"] = "POST"
        return response(environ, start_response)

    def reply(self, status: int, document: Any) -> Response:
        return Response(json.dumps(document), status, self.headers, mimetype="application/json")

    def answer(self, request: Request) -> dict[str, Any]:
        if request.method != "POST":
            raise Refused(405, "invalid_request")
        if request.mimetype not in ("", FORM):
            raise Refused(415, "invalid_request")
        parameters = self.parameters(request)
        caller = self.authenticate(request, parameters)
        if "token" not in parameters:
            raise Refused(400, "invalid_request")
        token = self.find(parameters["token"], parameters.get("token_type_hint"))
        if token is None or not self.may_see(caller, token) or not self.is_good(token):
            return self.inactive(token)
        return self.claims(token)

    def parameters(self, request: Request) -> dict[str, str]:
        known = ("token", "token_type_hint", "client_id", "client_secret")
        if any(len(request.form.getlist(name)) > 1 for name in known):
            raise Refused(400, "invalid_request")
        return {name: value for name, value in request.form.items() if value}

    def authenticate(self, request: Request, parameters: dict[str, str]) -> Registered:
        header = request.headers.get("Authorization")
        if header is not None and "client_secret" in parameters:
            raise Refused(400, "invalid_request")
        if header is None:
            client_id, secret = parameters.get("client_id"), parameters.get("client_secret")
        else:
            client_id, secret = self.credentials(header)
        client = self.clients.get(client_id or "")
        is_proved = client is not None and client.secret and self.is_equal(client.secret, secret)
        if client is None or not client.enabled or not is_proved:
            raise Refused(401, "invalid_client")
        return client

    def credentials(self, header: str) -> tuple[str, str]:
        scheme, _, encoded = header.partition(" ")
        try:
            text = base64.b64decode(encoded, validate=True).decode()
        except ValueError:
            raise Refused(401, "invalid_client") from None
        if scheme.lower() != "basic":
            raise Refused(401, "invalid_client")
        client_id, _, secret = text.partition(":")
        return unquote_plus(client_id), unquote_plus(secret)

    def is_equal(self, secret: str, presented: str | None) -> bool:
        return secret == presented

    def find(self, token: str, hint: str | None) -> Issued | None:
        return self.tokens.get(token)

    def may_see(self, caller: Registered, token: Issued) -> bool:
        names = {caller.client_id, *caller.resources}
        is_meant = token.kind == "access_token" and bool(names & set(token.aud))
        return is_meant or token.client is caller

    def is_good(self, token: Issued) -> bool:
        is_now = token.start <= time.time() < token.end
        return token.client.enabled and is_now and not token.revoked

    def inactive(self, token: Issued | None) -> dict[str, Any]:
        return {"active": False}

    def claims(self, token: Issued) -> dict[str, Any]:
        claims = {"active": True, "client_id": token.client.client_id, "exp": token.end}
        more = {"scope": token.scope, "aud": token.aud}
        return {**claims, **{name: value for name, value in more.items() if value}}

    # What a test makes

    def register(
        self,
        client_id: str | None = None,
        *,
        secret: str | None = None,
        public: bool = False,
        **more: Any,
    ) -> RegisteredClient:
        made = Registered(client_id or secrets.token_hex(8), None, **more)
        made.secret = None if public else secret or secrets.token_urlsafe(16)
        self.clients[made.client_id] = made
        return RegisteredClient(made.client_id, made.secret)

    def issue(
        self,
        client: RegisteredClient,
        *,
        kind: str = "access_token",
        expires_in: int = 3600,
        starts_in: int = -60,
        **more: Any,
    ) -> str:
        token, now = secrets.token_urlsafe(16), int(time.time())
        start, end = now + starts_in, now + expires_in
        self.tokens[token] = Issued(self.clients[client.client_id], kind, start, end, **more)
        return token

    def revoke(self, token: str) -> None:
        self.tokens[token].revoked = True
