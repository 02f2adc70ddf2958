"""What an answer must look like, in each dialect."""

from __future__ import annotations

from typing import Any

import pytest

from ..asking import JSON, Answer, Dialect
from .service import Service

__all__ = ["assert_error", "assert_tells_nothing", "assert_unknown", "envelope"]


def envelope(status: int, text: str) -> dict[str, Any]:
    """Build the JSON dialect's error."""
    return {"code": f"{status}000", "status_code": status, "status": "undefined", "error": text}


def assert_error(answer: Answer, dialect: Dialect, status: int, code: str) -> None:
    """Assert that an answer is an error, in the dialect of the question.

    :param code: the error code, which the JSON dialect does not have.
    """
    assert answer.status == status, answer
    if dialect is JSON:
        assert answer.document == envelope(status, answer.claims.get("error", "")), answer
    else:
        assert answer.claims.get("error") == code, answer


def assert_unknown(
    service: Service, answer: Answer, dialect: Dialect, text: str = "Access token not found"
) -> None:
    """Assert that an answer is the one about a token that never was.

    :param text: the text of the JSON dialect.
    """
    is_inactive = service.endpoint and service.endpoint.settings.unknown_is_inactive
    if dialect is not JSON and is_inactive is False:
        pytest.skip(f"{service.settings.prefix}UNKNOWN_TOKEN is 'not_found'")
    if dialect is JSON and not is_inactive:
        assert answer.status == 404, answer
        assert answer.document == envelope(404, text), answer
    else:
        assert answer.status == 200, answer
        assert answer.document == {"active": False}, answer


def assert_tells_nothing(answer: Answer) -> None:
    """Assert that a question was refused, whatever the words, without a word on the token."""
    assert 400 <= answer.status < 500, answer
    assert "active" not in answer.claims, answer
