"""What is said of every other token: nothing but that (RFC 7662 sections 2.2 and 4)."""

from __future__ import annotations

from typing import Any

import pytest

from ..asking import FORM, Dialect
from ..rules import rule
from .expectations import assert_unknown
from .service import Service

__all__ = ["InactiveTokens"]

#: Tokens that were good or will be, by what is the matter with them.
_STATES: dict[str, dict[str, Any]] = {
    "expired": {"expires_in": -60},
    "expired just now": {"expires_in": 0},
    "revoked": {"revoked": True},
    "not yet valid": {"starts_in": 3600},
    "refresh expired": {"kind": "refresh_token", "expires_in": -60},
    "refresh revoked": {"kind": "refresh_token", "revoked": True},
}

#: Texts that no server has as a token.
_NO_TOKENS = {
    "unknown": "no-such-token",
    "blank": " ",
    "NUL": "a\0b",
    "line break": "a\r\nb",
    "not ASCII": "t\u00f6ken-\U0001f511",
    "SQL": "' OR '1'='1",
    "LIKE": "%",
    "long": "x" * 10_000,
}


class InactiveTokens:
    """Rules about the answer to a token that is not good, not there, or not the caller's to see."""

    @rule("RFC 7662", "4")
    @pytest.mark.parametrize("state", _STATES)
    def test_a_token_that_is_not_good_now_is_inactive(
        self, service: Service, dialect: Dialect, state: str
    ) -> None:
        """A token that expired, was revoked or is not valid yet is inactive, and no more."""
        answer = service.ask(service.token(**_STATES[state]), dialect)
        assert answer.status == 200, answer
        assert answer.document == {"active": False}, answer

    @rule("RFC 7662", "4")
    def test_a_token_of_a_disabled_client_is_inactive(
        self, service: Service, dialect: Dialect
    ) -> None:
        """A token counts no longer when its client does not."""
        service.judges_by_audience()
        caller = service.client(resources=["the api"])
        token = service.token(service.client(enabled=False), aud=["the api"])
        answer = service.ask(token, dialect, caller=caller)
        assert answer.document == {"active": False}, answer

    @rule("RFC 7662", "2.2")
    @pytest.mark.parametrize("token", _NO_TOKENS)
    def test_what_is_no_token_is_inactive(
        self, service: Service, dialect: Dialect, token: str
    ) -> None:
        """A token that does not exist is no error: it is inactive."""
        answer = service.ask(_NO_TOKENS[token], dialect)
        assert_unknown(service, answer, dialect)

    @rule("RFC 7662", "2.2")
    def test_octets_that_are_no_text_are_answered(self, service: Service) -> None:
        """A token in no encoding is inactive, or a fault of the request; never of the server."""
        answer = service.send("token=%FF%FE", FORM.content_type)
        assert answer.status == 400 or answer.document == {"active": False}, answer

    @rule("RFC 7662", "2.2", once=True)
    @pytest.mark.parametrize("change", [str.swapcase, "{} ".format, " {}".format, "{}x".format])
    def test_a_token_is_compared_as_it_is(
        self, service: Service, dialect: Dialect, change: Any
    ) -> None:
        """A text that only resembles a token is none: in another case, with a blank, longer."""
        answer = service.ask(change(str(service.token())), dialect)
        assert_unknown(service, answer, dialect)

    @rule("RFC 7662", "4", "SHOULD")
    def test_why_a_token_is_inactive_is_not_said(self, service: Service) -> None:
        """Answers about inactive tokens are the same, whatever the reason: body and headers."""
        tokens = ["no-such-token", service.token(revoked=True), service.token(expires_in=-60)]
        answers = [service.ask(token, FORM) for token in tokens]
        assert_unknown(service, answers[0], FORM)
        assert {each.body for each in answers} == {answers[0].body}
        headers = [{k: v for k, v in each.headers if k != "Date"} for each in answers]
        assert headers == [headers[0]] * len(headers)

    @rule("RFC 7662", "4")
    @pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
    def test_a_revocation_shows_in_the_next_answer(
        self, service: Service, dialect: Dialect, kind: str
    ) -> None:
        """The server determines whether a token was revoked, each time that it is asked."""
        token = service.token(kind=kind)
        assert service.ask(token, dialect).is_active
        service.revoke(token)
        assert service.ask(token, dialect).document == {"active": False}
