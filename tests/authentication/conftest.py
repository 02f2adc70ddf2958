"""What the tests of authentication share."""

from __future__ import annotations

from typing import Any

import pytest

import flask_introspect.authentication.client_secret as client_secret


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The stored secrets that presented ones are checked against, each at the cost of its hash."""
    seen: list[str] = []
    real = client_secret.verify_secret

    def verify(stored: str, presented: str, **options: Any) -> bool:
        seen.append(stored)
        return real(stored, presented, **options)

    monkeypatch.setattr(client_secret, "verify_secret", verify)
    return seen
