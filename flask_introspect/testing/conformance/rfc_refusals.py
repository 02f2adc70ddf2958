"""Who does not prove itself learns nothing but that (RFC 7662 section 2.3, RFC 6749 5.2)."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from ..asking import FORM, Answer, Dialect
from ..rules import rule
from ..values import RegisteredClient
from .expectations import assert_error, assert_tells_nothing
from .service import Service

__all__ = ["Refusals"]


def _encoded(credentials: bytes) -> str:
    return "Basic " + base64.b64encode(credentials).decode()


#: Headers that are no credentials at all.
_BROKEN = {
    "no Base64": "Basic !!!!",
    "half Base64": "Basic abc",
    "no credentials": "Basic",
    "empty credentials": "Basic ",
    "no colon": _encoded(b"somebody"),
    "nothing but a colon": _encoded(b":"),
    "no text": _encoded(b"\xff\xfe:\xfd"),
    "NUL": _encoded(b"some\0body:secret"),
    "twice": "Basic Basic YTpi",
    "not ASCII": "Basic \u00fc",
    "another scheme": "Negotiate YTpi",
    "a scheme without a space": "Bearer",
}

#: Credentials that prove nothing, made of good ones.
_WRONG = ["wrong secret", "empty secret", "other case", "with a blank", "unknown client"]


class Refusals:
    """Rules about callers that do not prove who they are."""

    @rule("RFC 7662", "2.1")
    def test_who_brings_no_credentials_is_refused(self, service: Service, dialect: Dialect) -> None:
        """The endpoint requires some form of authorization."""
        answer = service.ask(service.token(), dialect, caller=None)
        assert_error(answer, dialect, 401, "invalid_client")

    @rule("RFC 7662", "2.3")
    @pytest.mark.parametrize("what", _WRONG)
    def test_wrong_credentials_are_refused(
        self, service: Service, dialect: Dialect, what: str
    ) -> None:
        """Invalid client credentials are a 401 invalid_client (RFC 6749 section 5.2)."""
        caller = _wrong(service.client(), what)
        answer = service.ask(service.token(), dialect, caller=caller)
        assert_error(answer, dialect, 401, "invalid_client")

    @rule("RFC 7662", "2.3", once=True)
    @pytest.mark.parametrize("what", _WRONG)
    def test_wrong_credentials_in_the_body_are_refused(
        self, service: Service, dialect: Dialect, what: str
    ) -> None:
        """Invalid client credentials are a 401 invalid_client (RFC 6749 section 5.2)."""
        service.offers("client_secret_post")
        caller = _wrong(service.client(), what)
        pairs = [("client_id", caller.client_id), ("client_secret", caller.secret or "")]
        answer = service.post([*pairs, ("token", service.token())], dialect, caller=None)
        assert_error(answer, dialect, 401, "invalid_client")

    @rule("RFC 7662", "2.3", once=True)
    def test_a_disabled_client_is_refused(self, service: Service, dialect: Dialect) -> None:
        """A client that may not be used any more cannot authenticate."""
        answer = service.ask(service.token(), dialect, caller=service.client(enabled=False))
        assert_error(answer, dialect, 401, "invalid_client")

    @rule("RFC 6749", "2.3.1", once=True)
    @pytest.mark.parametrize("secret", ["", "anything"])
    def test_a_public_client_is_refused(
        self, service: Service, dialect: Dialect, secret: str
    ) -> None:
        """A client without a secret proves nothing by its id (RFC 7662 section 2.1)."""
        caller = replace(service.client(public=True), secret=secret)
        answer = service.ask(service.token(), dialect, caller=caller)
        assert_error(answer, dialect, 401, "invalid_client")

    @rule("RFC 9110", "11.4", "SHOULD")
    @pytest.mark.parametrize("header", _BROKEN)
    def test_a_broken_authorization_header_is_refused(self, service: Service, header: str) -> None:
        """Credentials that cannot be read are refused: the caller's fault, not the server's."""
        headers = {"Authorization": _BROKEN[header]}
        answer = service.ask(service.token(), FORM, caller=None, headers=headers)
        assert_tells_nothing(answer)

    @rule("RFC 6749", "5.2")
    @pytest.mark.parametrize("caller", ["wrong", "none"])
    def test_a_401_names_the_scheme_that_was_used(self, service: Service, caller: str) -> None:
        """A 401 has WWW-Authenticate with the scheme to use (RFC 9110 section 15.5.2)."""
        service.offers("client_secret_basic")
        assert "basic" in _schemes(_unauthenticated(service, caller))

    @rule("RFC 7617", "2")
    @pytest.mark.parametrize("caller", ["wrong", "none"])
    def test_a_basic_challenge_names_its_realm(self, service: Service, caller: str) -> None:
        """The realm of a Basic challenge is required."""
        service.offers("client_secret_basic")
        answer = _unauthenticated(service, caller)
        challenges = answer.headers.get_all("WWW-Authenticate")
        assert any("realm=" in each for each in challenges if each.lower().startswith("basic"))

    @rule("RFC 7662", "2.1", once=True)
    @pytest.mark.parametrize("caller", ["wrong", "none"])
    def test_who_is_refused_learns_nothing_of_a_token(
        self, service: Service, dialect: Dialect, caller: str
    ) -> None:
        """Without authorization, a token that exists is like one that does not: no scanning."""
        who = None if caller == "none" else replace(service.client(), secret="wrong")
        there, not_there = (
            service.ask(token, dialect, caller=who) for token in (service.token(), "no-such-token")
        )
        assert (there.status, there.body) == (not_there.status, not_there.body)
        assert_tells_nothing(there)

    @rule("RFC 6749", "5.1", once=True)
    def test_a_refusal_is_not_cached(self, service: Service, dialect: Dialect) -> None:
        """An error of an endpoint that deals in tokens has Cache-Control: no-store."""
        answer = service.ask(service.token(), dialect, caller=None)
        assert "no-store" in answer.headers.get("Cache-Control", "").lower(), answer


def _wrong(client: RegisteredClient, what: str) -> RegisteredClient:
    secret = client.secret or ""
    return {
        "wrong secret": replace(client, secret="wrong"),
        "empty secret": replace(client, secret=""),
        "other case": replace(client, secret=secret.swapcase()),
        "with a blank": replace(client, secret=secret + " "),
        "unknown client": replace(client, client_id=client.client_id + "x"),
    }[what]


def _unauthenticated(service: Service, caller: str) -> Answer:
    who = None if caller == "none" else replace(service.client(), secret="wrong")
    answer = service.ask("any-token", FORM, caller=who)
    assert answer.status == 401, answer
    return answer


def _schemes(answer: Answer) -> list[str]:
    challenges = answer.headers.get_all("WWW-Authenticate")
    return [each.partition(" ")[0].lower() for each in challenges]
