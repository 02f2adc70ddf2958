"""What the answer to a good token looks like here, beyond what an RFC asks (docs/wire.rst)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ..asking import FORM, JSON, Answer, Dialect
from ..rules import rule
from .service import Service

__all__ = ["DocumentedAnswers"]

_ORDER = ["active", "scope", "client_id", "username", "token_type", "exp", "iat", "nbf"]
_ORDER += ["sub", "aud", "iss", "jti"]

#: Requests with each kind of answer.
_REQUESTS: dict[str, Callable[[Service], Answer]] = {
    "active": lambda service: service.ask(service.token(), JSON),
    "inactive": lambda service: service.ask(service.token(expires_in=-60), JSON),
    "unknown": lambda service: service.ask("no-such-token", JSON),
    "400": lambda service: service.ask("", JSON),
    "401": lambda service: service.ask("any-token", JSON, caller=None),
    "405": lambda service: service.send("", None, method="PUT"),
    "415": lambda service: service.send("x", "text/plain"),
}

_HEADERS = {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    "Pragma": "no-cache",
    "X-Content-Type-Options": "nosniff",
}

_SIGNED = "application/token-introspection+jwt"


class DocumentedAnswers:
    """Rules of docs/wire.rst about answers."""

    @rule("wire", "The answer")
    @pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
    def test_members_come_in_their_order(
        self, service: Service, dialect: Dialect, kind: str
    ) -> None:
        """The documented members come in their order, and a host's own after them."""
        answer = service.ask(service.token(kind=kind), dialect)
        assert answer.is_active, answer
        names = list(answer.claims)
        there = [name for name in _ORDER if name in names]
        assert names[: len(there)] == there, answer

    @rule("wire", "The answer", once=True)
    @pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
    def test_there_are_no_nulls(self, service: Service, dialect: Dialect, kind: str) -> None:
        """A member without a value is left out."""
        answer = service.ask(service.token(kind=kind), dialect)
        assert answer.is_active, answer
        assert None not in answer.claims.values(), answer

    @rule("wire", "The answer", once=True)
    @pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
    def test_there_is_always_a_subject(self, service: Service, dialect: Dialect, kind: str) -> None:
        """sub is the user, else the client (RFC 9068 section 2.2)."""
        answer = service.ask(service.token(kind=kind), dialect)
        assert answer.claims.get("sub"), answer

    @rule("wire", "The answer", once=True)
    def test_a_refresh_token_has_no_type(self, service: Service, dialect: Dialect) -> None:
        """token_type says how an access token is used; it is left out for refresh tokens."""
        answer = service.ask(service.token(kind="refresh_token"), dialect)
        assert answer.is_active, answer
        assert "token_type" not in answer.claims, answer

    @rule("wire", "The answer", once=True)
    def test_a_token_that_never_ends_has_no_end(self, service: Service, dialect: Dialect) -> None:
        """exp is left out where there is none."""
        answer = service.ask(service.token(never_expires=True), dialect)
        assert answer.is_active, answer
        assert "exp" not in answer.claims, answer

    @rule("wire", "The answer", once=True)
    def test_scopes_keep_their_order(self, service: Service, dialect: Dialect) -> None:
        """scope has the scopes in their order."""
        answer = service.ask(service.token(scope="write read admin"), dialect)
        assert answer.claims.get("scope") == "write read admin", answer

    @rule("wire", "The answer", once=True)
    def test_the_token_is_not_repeated(self, service: Service, dialect: Dialect) -> None:
        """No answer holds the token that was asked about."""
        token = service.token()
        answer = service.ask(token, dialect)
        assert answer.is_active, answer
        assert token.encode() not in answer.body

    @rule("wire", "The answer")
    @pytest.mark.parametrize("request_of", _REQUESTS)
    def test_every_answer_has_the_same_headers(self, service: Service, request_of: str) -> None:
        """Every answer is JSON, and is not to be cached or guessed at."""
        answer = _REQUESTS[request_of](service)
        assert {name: answer.headers.get(name) for name in _HEADERS} == _HEADERS, answer

    @rule("wire", "Two dialects")
    def test_inactive_is_always_the_same_octets(self, service: Service) -> None:
        """{"active": false} is all of it, the same bytes for every reason and in each dialect."""
        tokens = [service.token(revoked=True), service.token(expires_in=-60)]
        bodies = {service.ask(token, each).body for token in tokens for each in (FORM, JSON)}
        assert bodies == {b'{"active": false}'}

    @rule("wire", "Signed answers", once=True)
    @pytest.mark.parametrize("accept", ["text/html", "*/*", "application/*", "text/plain;q=0"])
    def test_json_is_sent_whatever_is_accepted(
        self, service: Service, dialect: Dialect, accept: str
    ) -> None:
        """Only the very type of a signed answer asks for one; anything else gets JSON."""
        answer = service.ask(service.token(), dialect, headers={"Accept": accept})
        assert answer.is_active, answer

    @rule("wire", "Signed answers")
    def test_a_signed_answer_is_sent_where_there_are_keys(
        self, service: Service, dialect: Dialect
    ) -> None:
        """With keys, an answer under RFC 9701's type is a JWT; without, it is JSON."""
        answer = service.ask(service.token(), dialect, headers={"Accept": _SIGNED})
        if service.settings.signing_keys is None:
            assert answer.is_active, answer
            assert "Vary" not in answer.headers, answer
        else:
            assert answer.headers["Content-Type"] == _SIGNED, answer
            assert answer.body.count(b".") in (2, 4), answer
            assert "Accept" in answer.headers["Vary"], answer
