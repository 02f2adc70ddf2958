"""What is said of a token that is good (RFC 7662 section 2.2)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ..asking import Dialect
from ..rules import rule
from .service import Service

__all__ = ["ActiveTokens"]

_TYPES: dict[str, type | tuple[type, ...]] = {
    "active": bool,
    "scope": str,
    "client_id": str,
    "username": str,
    "token_type": str,
    "exp": int,
    "iat": int,
    "nbf": int,
    "sub": str,
    "aud": (str, list),
    "iss": str,
    "jti": str,
}

#: What makes a token of each state.
_HOW: dict[str, dict[str, Any]] = {"active": {}, "inactive": {"expires_in": -60}}

_TEN_YEARS = 10 * 366 * 86400


class ActiveTokens:
    """Rules about the answer to a good token."""

    @rule("RFC 7662", "2.2")
    def test_a_good_token_is_active(self, service: Service, dialect: Dialect) -> None:
        """A good token is answered with 200 and "active": true, a boolean."""
        answer = service.ask(service.token(), dialect)
        assert answer.status == 200, answer
        assert answer.claims.get("active") is True, answer

    @rule("RFC 7662", "2.1")
    def test_a_good_refresh_token_is_active(self, service: Service, dialect: Dialect) -> None:
        """Tokens of all supported types can be asked about, refresh tokens too."""
        answer = service.ask(service.token(kind="refresh_token"), dialect)
        assert answer.is_active, answer

    @rule("RFC 7662", "2.2")
    @pytest.mark.parametrize("state", _HOW)
    def test_the_answer_is_a_json_object(
        self, service: Service, dialect: Dialect, state: str
    ) -> None:
        """The answer is a JSON object under the content type application/json."""
        answer = service.ask(service.token(**_HOW[state]), dialect)
        media_type = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        assert media_type == "application/json", answer
        assert isinstance(answer.document, dict), answer

    @rule("RFC 8259", "8.1", once=True)
    def test_the_answer_is_utf_8_without_a_byte_order_mark(
        self, service: Service, dialect: Dialect
    ) -> None:
        """JSON is sent in UTF-8, without a byte order mark."""
        answer = service.ask(service.token(), dialect)
        assert not answer.body.startswith(b"\xef\xbb\xbf"), answer
        assert isinstance(json.loads(answer.body.decode("utf-8")), dict), answer

    @rule("RFC 8259", "4", "SHOULD", once=True)
    def test_no_member_stands_twice(self, service: Service, dialect: Dialect) -> None:
        """The names within a JSON object are unique."""
        answer = service.ask(service.token(), dialect)
        names: list[str] = []
        json.loads(answer.body, object_pairs_hook=lambda pairs: names.extend(n for n, _ in pairs))
        assert sorted(set(names)) == sorted(names), answer

    @rule("RFC 7662", "2.2")
    @pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
    def test_members_are_of_their_types(
        self, service: Service, dialect: Dialect, kind: str
    ) -> None:
        """exp, iat and nbf are integers, aud a string or strings, the others strings."""
        answer = service.ask(service.token(kind=kind), dialect)
        assert answer.is_active, answer
        wrong = {
            name: value for name, value in answer.claims.items() if not _is_of_type(name, value)
        }
        assert wrong == {}, answer

    @rule("RFC 7662", "2.2", once=True)
    def test_times_are_seconds_since_1970(self, service: Service, dialect: Dialect) -> None:
        """Times are seconds since 1970 UTC: issued before now, ended after it."""
        answer = service.ask(service.token(), dialect)
        assert answer.is_active, answer
        now = service.now
        assert answer.claims.get("iat", now) <= now + 60, answer
        assert now - 60 <= answer.claims.get("exp", now) < now + _TEN_YEARS, answer
        assert now - _TEN_YEARS < answer.claims.get("iat", now), answer

    @rule("RFC 7662", "2.2", "MAY", once=True)
    def test_the_end_is_the_token_s_own(self, service: Service, dialect: Dialect) -> None:
        """exp is when this token ends."""
        answer = service.ask(service.token(expires_in=1800), dialect)
        assert answer.is_active, answer
        assert abs(answer.claims.get("exp", service.now + 1800) - service.now - 1800) < 60, answer

    @rule("RFC 7662", "2.2", "MAY", once=True)
    def test_the_client_is_the_one_that_it_was_issued_to(
        self, service: Service, dialect: Dialect
    ) -> None:
        """client_id is the client that requested the token."""
        answer = service.ask(service.token(), dialect)
        assert answer.is_active, answer
        assert answer.claims.get("client_id", service.caller.client_id) == service.caller.client_id

    @rule("RFC 7662", "2.2", "MAY", once=True)
    def test_scopes_are_separated_by_blanks(self, service: Service, dialect: Dialect) -> None:
        """scope is one string, with scopes separated by blanks (RFC 6749 section 3.3)."""
        answer = service.ask(service.token(scope="read write"), dialect)
        assert answer.is_active, answer
        scope = answer.claims.get("scope", "read write")
        assert isinstance(scope, str), answer
        assert sorted(scope.split(" ")) == ["read", "write"], answer

    @rule("RFC 7662", "2.2", "MAY", once=True)
    @pytest.mark.parametrize("audiences", [["one"], ["one", "two"]], ids=["one", "two"])
    def test_audiences_are_told(
        self, service: Service, dialect: Dialect, audiences: list[str]
    ) -> None:
        """aud is the audience, or a list of them."""
        answer = service.ask(service.token(aud=audiences), dialect)
        assert answer.is_active, answer
        told = answer.claims.get("aud", audiences)
        assert (told if isinstance(told, list) else [told]) == audiences, answer

    @rule("RFC 6749", "5.1")
    @pytest.mark.parametrize("state", _HOW)
    def test_the_answer_is_not_cached(self, service: Service, dialect: Dialect, state: str) -> None:
        """An answer with sensitive information has Cache-Control: no-store."""
        answer = service.ask(service.token(**_HOW[state]), dialect)
        directives = answer.headers.get("Cache-Control", "").lower().replace(" ", "").split(",")
        assert "no-store" in directives, answer


def _is_of_type(name: str, value: Any) -> bool:
    if name not in _TYPES:
        return True
    if isinstance(value, bool) and name != "active":  # a bool is an int to Python
        return False
    if isinstance(value, list):
        return name == "aud" and all(isinstance(each, str) for each in value)
    return isinstance(value, _TYPES[name])
