"""What a host's own tests say: ask about a token, and assert what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.test import Client

__all__ = ["Asker", "client_of"]


def client_of(app: Any) -> Client:
    """Make a test client: the application's own, or Werkzeug's for any other WSGI application."""
    if hasattr(app, "test_client"):
        made: Client = app.test_client(use_cookies=False)
        return made
    return Client(app, use_cookies=False)


class Asker:
    def __init__(self, app: Any, path: str, endpoint: Any, make_client: Any) -> None: ...

    introspect: Any
    assert_active: Any
    assert_inactive: Any
