"""Who may see which token (RFC 7662 sections 2.2 and 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ..asking import Answer, Dialect
from ..rules import rule
from .expectations import assert_unknown
from .service import Service

__all__ = ["Policy"]


class Policy:
    """Rules about tokens that are not for the caller."""

    @rule("RFC 7662", "4")
    def test_a_token_for_another_resource_server_is_not_told(
        self, service: Service, dialect: Dialect
    ) -> None:
        """A token that cannot be used at the caller is inactive for it."""
        token = service.token(service.client(), aud=["https://another.example"])
        assert_unknown(service, service.ask(token, dialect), dialect)

    @rule("RFC 7662", "4")
    def test_a_token_for_the_caller_is_told(self, service: Service, dialect: Dialect) -> None:
        """A token whose audience names the caller can be used there."""
        service.judges_by_audience()
        caller = service.client()
        token = service.token(service.client(), aud=["https://other.example", caller.client_id])
        answer = service.ask(token, dialect, caller=caller)
        assert answer.is_active, answer

    @rule("RFC 7662", "2.2")
    def test_a_refresh_token_of_another_client_is_not_told(
        self, service: Service, dialect: Dialect
    ) -> None:
        """A refresh token can be used by its client alone (RFC 6749 section 6)."""
        token = service.token(service.client(), kind="refresh_token")
        assert_unknown(service, service.ask(token, dialect), dialect)

    @rule("RFC 7662", "2.2", "SHOULD")
    @pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
    def test_a_token_that_is_not_told_is_like_one_that_never_was(
        self, service: Service, dialect: Dialect, kind: str
    ) -> None:
        """Nothing tells a token that the caller may not know of from one that does not exist."""
        other = service.client()
        how: Mapping[str, Any] = {"aud": ["https://another.example"]}
        token = service.token(other, kind=kind, **(how if kind == "access_token" else {}))
        forbidden, unknown = service.ask(token, dialect), service.ask("no-such-token", dialect)
        assert _all_of(forbidden) == _all_of(unknown)


def _all_of(answer: Answer) -> tuple[int, bytes, dict[str, str]]:
    headers = {name: value for name, value in answer.headers if name != "Date"}
    return answer.status, answer.body, headers
