"""A caller that comes with an access token (RFC 7662 section 2.1, RFC 6750)."""

from __future__ import annotations

from typing import Any

import pytest

from ..asking import FORM, Dialect
from ..rules import rule
from .expectations import assert_tells_nothing
from .service import Service

__all__ = ["BearerCallers"]


class BearerCallers:
    """Rules about bearer tokens as credentials."""

    @rule("RFC 7662", "2.1", "MAY", once=True)
    def test_a_bearer_token_is_taken(self, service: Service, dialect: Dialect) -> None:
        """A caller may come with an access token that is good for that."""
        service.offers("bearer")
        answer = service.ask(service.token(), dialect, caller=None, headers=service.bearer())
        assert answer.is_active, answer

    @rule("RFC 6750", "3.1", "SHOULD")
    @pytest.mark.parametrize(
        "how", [{"revoked": True}, {"expires_in": -60}], ids=["revoked", "expired"]
    )
    def test_a_bearer_token_that_is_not_good_is_told_so(
        self, service: Service, how: dict[str, Any]
    ) -> None:
        """An expired or revoked bearer token is a 401 with Bearer error="invalid_token"."""
        service.offers("bearer")
        _assert_challenged(service, service.bearer(**how), 401, "invalid_token")

    @rule("RFC 6750", "3.1", "SHOULD")
    def test_an_unknown_bearer_token_is_told_so(self, service: Service) -> None:
        """An unknown bearer token is a 401 with Bearer error="invalid_token"."""
        service.offers("bearer")
        headers = {"Authorization": "Bearer no-such-token"}
        _assert_challenged(service, headers, 401, "invalid_token")

    @rule("RFC 6750", "3.1", "SHOULD")
    def test_a_bearer_token_without_the_scope_is_told_so(self, service: Service) -> None:
        """A bearer token that is not good for this is a 403 with error="insufficient_scope"."""
        service.offers("bearer")
        _assert_challenged(service, service.bearer(scope="read"), 403, "insufficient_scope")

    @rule("RFC 7662", "2.1")
    def test_a_refresh_token_is_no_bearer_token(self, service: Service) -> None:
        """Only an access token authorizes a request (RFC 6749 section 1.5)."""
        service.offers("bearer")
        _assert_challenged(service, service.bearer(kind="refresh_token"), 401, "invalid_token")


def _assert_challenged(service: Service, headers: dict[str, str], status: int, error: str) -> None:
    answer = service.ask(service.token(), FORM, caller=None, headers=headers)
    assert_tells_nothing(answer)
    assert answer.status == status, answer
    challenges = answer.headers.get_all("WWW-Authenticate")
    assert any(each.startswith("Bearer ") and f'error="{error}"' in each for each in challenges)
