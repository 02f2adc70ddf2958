"""The server that the resource servers of these tests ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .servers import REQUIRED, AuthServer, serve_auth
from .tls import make_certificates


@pytest.fixture(scope="session")
def auth(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AuthServer]:
    """The example app under gunicorn, for the whole run.

    It and what asks it take seconds to start, so only a run that asks for real clients has it.
    """
    if not REQUIRED and "real_clients" not in request.config.option.markexpr:
        pytest.skip("takes seconds; runs with -m real_clients, as in `make clients`")
    folder = tmp_path_factory.mktemp("auth")
    with serve_auth(folder, make_certificates(folder)) as server:
        yield server


@pytest.fixture
def trusting(auth: AuthServer, monkeypatch: pytest.MonkeyPatch) -> AuthServer:
    """The same, where clients of this process trust its certificate."""
    for name, value in auth.trust.items():
        monkeypatch.setenv(name, value)
    return auth
