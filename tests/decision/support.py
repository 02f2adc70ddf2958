"""How the tests of decisions add a token, and ask about it."""

from __future__ import annotations

from typing import Any

from ..support import Host, Token

#: What a token has by itself, left out.
NOTHING: dict[str, Any] = dict.fromkeys(["iat", "exp", "nbf", "jti"])


def add(host: Host, token: str = "t", client_id: str = "test_client_1", **columns: Any) -> None:
    """A token with nothing but what is given."""
    host.save(Token.issue(client_id, token=token, **{**NOTHING, **columns})[0])


def told(host: Host, token: str = "t", **request: Any) -> dict[str, Any]:
    answer: dict[str, Any] = host.ask(token, **request).get_json()
    return answer
