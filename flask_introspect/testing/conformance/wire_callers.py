"""Who calls, and what each may see (docs/wire.rst, docs/clients-and-policy.rst)."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import replace
from typing import Any

import pytest

from ..asking import FORM, JSON, Dialect
from ..rules import rule
from ..values import Hidden
from .expectations import assert_unknown
from .service import Service
from .wire_errors import assert_exact

__all__ = ["DocumentedCallers", "Rights"]

#: Secrets that most clients send as they are, though RFC 6749 says otherwise.
_RAW = {"percent": "50%", "percent and hex": "a%41", "plus": "a+b", "colon": "a:b"}

#: What lets a client see as much as there is.
_WIDE: dict[str, dict[str, Any]] = {
    "any": {"may_introspect": "any"},
    "every resource": {"resources": ["*"]},
}


class DocumentedCallers:
    """Rules of docs/wire.rst about callers."""

    @rule("wire", "Who calls")
    @pytest.mark.parametrize("part", _RAW)
    def test_a_secret_that_is_not_encoded_is_taken(self, service: Service, part: str) -> None:
        """Most clients do not encode the secret in a Basic header, so that reading counts too."""
        service.offers("client_secret_basic")
        caller = service.client(secret=_RAW[part] + secrets.token_hex(8))
        headers = _raw(caller.client_id, caller.secret or "", "utf-8")
        answer = service.ask(service.token(caller), FORM, caller=None, headers=headers)
        assert answer.is_active, answer

    @rule("wire", "Who calls")
    @pytest.mark.parametrize("charset", ["utf-8", "latin-1"])
    def test_a_secret_that_is_not_ascii_is_taken(self, service: Service, charset: str) -> None:
        """A Basic header is read as UTF-8, else as Latin-1."""
        service.offers("client_secret_basic")
        caller = service.client(secret="gr\u00fc\u00dfe" + secrets.token_hex(8))
        headers = _raw(caller.client_id, caller.secret or "", charset)
        answer = service.ask(service.token(caller), FORM, caller=None, headers=headers)
        assert answer.is_active, answer

    @rule("wire", "Who calls")
    @pytest.mark.parametrize("name", ["client_id", "client_secret"])
    def test_json_credentials_are_strings(self, service: Service, name: str) -> None:
        """A credential in JSON that is no string is a 400."""
        service.speaks("json")
        service.offers("client_secret_post")
        members = {"client_id": "a", "client_secret": "b", "token": "t", name: 1}
        answer = service.send(json.dumps(members), JSON.content_type, caller=None)
        assert_exact(answer, JSON, 400, "invalid_request", f"{name}: it must be a string")

    @rule("wire", "Errors")
    def test_another_client_id_in_the_body_is_told_so(
        self, service: Service, dialect: Dialect
    ) -> None:
        """client_id in the body and the Basic header name the same client."""
        service.offers("client_secret_basic")
        pairs = [("client_id", service.client().client_id), ("token", "t")]
        text = "client_id: it differs from the client id in the Authorization header"
        assert_exact(service.post(pairs, dialect), dialect, 400, "invalid_request", text)

    @rule("wire", "Errors", once=True)
    def test_a_client_uses_the_method_that_it_is_registered_for(
        self, service: Service, dialect: Dialect
    ) -> None:
        """A client that is registered for one method may use no other."""
        service.offers("client_secret_basic")
        caller = service.client(auth_method="client_secret_post")
        answer = service.ask(service.token(caller), dialect, caller=caller)
        assert answer.status == 401, answer

    @rule("wire", "Who calls", once=True)
    @pytest.mark.parametrize("part", ["client id", "secret"])
    def test_ids_and_secrets_are_compared_as_they_are(
        self, service: Service, dialect: Dialect, part: str
    ) -> None:
        """Case counts, in a client id as in a secret."""
        caller = service.client("mixed-Case-" + secrets.token_hex(4), secret="sEcReT-x")
        if part == "client id":
            caller = replace(caller, client_id=caller.client_id.swapcase())
        else:
            caller = replace(caller, secret="SeCrEt-X")
        assert service.ask("t", dialect, caller=caller).status == 401


class Rights:
    """Rules of docs/clients-and-policy.rst."""

    @rule("clients-and-policy", "Resources", once=True)
    def test_a_resource_server_sees_tokens_for_its_resources(
        self, service: Service, dialect: Dialect
    ) -> None:
        """A token whose audience is among the caller's resources is told, compared whole."""
        service.judges_by_audience()
        caller, other = service.client(resources=["https://api.example"]), service.client()
        token = service.token(other, aud=["https://api.example"])
        longer = service.token(other, aud=["https://api.example/v2"])
        assert service.ask(token, dialect, caller=caller).is_active
        assert_unknown(service, service.ask(longer, dialect, caller=caller), dialect)

    @rule("clients-and-policy", "Resources", once=True)
    def test_a_gateway_sees_tokens_for_every_resource(
        self, service: Service, dialect: Dialect
    ) -> None:
        """A caller with the resource "*" is told of access tokens with any audience."""
        service.judges_by_audience()
        caller, other = service.client(resources=["*"]), service.client()
        token = service.token(other, aud=["https://api.example"])
        assert service.ask(token, dialect, caller=caller).is_active

    @rule("clients-and-policy", "Rights", once=True)
    def test_the_right_own_sees_its_own_tokens_alone(
        self, service: Service, dialect: Dialect
    ) -> None:
        """A caller with the right own is told of what was issued to it."""
        service.judges_by_audience()
        caller = service.client(may_introspect="own")
        named = service.token(service.client(), aud=[caller.client_id])
        assert service.ask(service.token(caller), dialect, caller=caller).is_active
        assert_unknown(service, service.ask(named, dialect, caller=caller), dialect)

    @rule("clients-and-policy", "Rights", once=True)
    def test_the_right_any_sees_tokens_for_nobody_in_particular(
        self, service: Service, dialect: Dialect
    ) -> None:
        """A caller with the right any is told of access tokens without an audience."""
        service.judges_by_audience()
        caller, other = service.client(may_introspect="any"), service.client()
        assert service.ask(service.token(other), dialect, caller=caller).is_active

    @rule("clients-and-policy", "Rights", once=True)
    @pytest.mark.parametrize("registered", _WIDE)
    def test_no_right_shows_the_refresh_tokens_of_others(
        self, service: Service, dialect: Dialect, registered: str
    ) -> None:
        """A refresh token is told to the client that it was issued to."""
        caller = service.client(**_WIDE[registered])
        token = service.token(service.client(), kind="refresh_token")
        assert_unknown(service, service.ask(token, dialect, caller=caller), dialect)

    @rule("clients-and-policy", "Fewer claims, fewer scopes", once=True)
    def test_a_caller_is_told_the_claims_that_it_is_registered_for(
        self, service: Service, dialect: Dialect
    ) -> None:
        """A caller may be registered for some members alone."""
        caller = service.client(visible_claims=["scope", "sub"])
        answer = service.ask(service.token(caller, scope="read"), dialect, caller=caller)
        assert answer.is_active, answer
        assert set(answer.claims) == {"active", "scope", "sub"}, answer

    @rule("clients-and-policy", "Fewer claims, fewer scopes", once=True)
    def test_a_caller_is_told_the_scopes_that_it_is_registered_for(
        self, service: Service, dialect: Dialect
    ) -> None:
        """A caller may be registered for some scopes alone."""
        caller = service.client(visible_scopes=["read"])
        answer = service.ask(service.token(caller, scope="read write"), dialect, caller=caller)
        assert answer.claims.get("scope") == "read", answer


def _raw(client_id: str, secret: str, charset: str) -> dict[str, str]:
    proof = base64.b64encode(f"{client_id}:{secret}".encode(charset)).decode()
    return {"Authorization": Hidden(f"Basic {proof}")}
