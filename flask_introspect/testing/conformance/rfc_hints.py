"""The hint: it may help, and must not hide anything (RFC 7662 section 2.1)."""

from __future__ import annotations

import pytest

from ..asking import Dialect
from ..rules import rule
from .expectations import assert_unknown
from .service import Service

__all__ = ["Hints"]

_KINDS = ["access_token", "refresh_token"]


class Hints:
    """Rules about ``token_type_hint``."""

    @rule("RFC 7662", "2.1")
    @pytest.mark.parametrize("kind", _KINDS)
    def test_the_right_hint_finds_the_token(
        self, service: Service, dialect: Dialect, kind: str
    ) -> None:
        """A token is found by the hint that names its type."""
        answer = service.ask(service.token(kind=kind), dialect, hint=kind)
        assert answer.is_active, answer

    @rule("RFC 7662", "2.1")
    @pytest.mark.parametrize("kind", _KINDS)
    def test_a_wrong_hint_does_not_hide_the_token(
        self, service: Service, dialect: Dialect, kind: str
    ) -> None:
        """What the hint does not find is looked for among all types of token."""
        wrong = next(each for each in _KINDS if each != kind)
        answer = service.ask(service.token(kind=kind), dialect, hint=wrong)
        assert answer.is_active, answer

    @rule("RFC 7662", "2.1", once=True)
    @pytest.mark.parametrize("hint", ["id_token", "pct", "Bearer", "ACCESS_TOKEN", "\u00e9"])
    def test_an_unknown_hint_is_ignored(
        self, service: Service, dialect: Dialect, hint: str
    ) -> None:
        """A hint that the server does not know is no fault: the token is found."""
        answer = service.ask(service.token(), dialect, hint=hint)
        assert answer.is_active, answer

    @rule("RFC 6749", "3.2")
    def test_an_empty_hint_is_no_hint(self, service: Service, dialect: Dialect) -> None:
        """A parameter without a value is treated as if it were left out."""
        answer = service.ask(service.token(), dialect, hint="")
        assert answer.is_active, answer

    @rule("RFC 7662", "2.2")
    @pytest.mark.parametrize("hint", _KINDS)
    def test_a_hint_makes_no_token(self, service: Service, dialect: Dialect, hint: str) -> None:
        """A token that does not exist is inactive, whatever the hint."""
        answer = service.ask("no-such-token", dialect, hint=hint)
        text = f"{hint.replace('_', ' ').capitalize()} not found"
        assert_unknown(service, answer, dialect, text)
