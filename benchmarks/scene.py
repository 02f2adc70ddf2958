"""What all hosts share: who asks, about which token, and what the right answer is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

PATH = "/v1/oauth/introspect"
ISSUER = "http://localhost:4000"
AUDIENCE = "my_api"

#: The client that the tokens are issued to.
OWNER = "test_client_1"
#: The resource servers that ask about them, by the hash of their secret; all have the same secret.
CALLERS = {
    scheme: f"resource_server_{scheme}" for scheme in ("sha256", "scrypt", "argon2", "bcrypt")
}
SECRET = "test_secret"

USERNAME = "user123"
SCOPE = "read write"
ISSUED_AT = 1640918800
EXPIRES_AT = 4102444800


def token(number: int) -> str:
    """Make a token in clear, as long as a generated one."""
    return f"token-{number:037d}"


def jti(number: int) -> str:
    """Make the identifier of a token."""
    return f"b8e3bc09-cf9a-40c5-a5ad-{number:012d}"


def claims(number: int) -> Mapping[str, Any]:
    """Make the answer about a token, with its twelve members."""
    return {
        "active": True,
        "scope": SCOPE,
        "client_id": OWNER,
        "username": USERNAME,
        "token_type": "Bearer",
        "exp": EXPIRES_AT,
        "iat": ISSUED_AT,
        "nbf": ISSUED_AT,
        "sub": USERNAME,
        "aud": AUDIENCE,
        "iss": ISSUER,
        "jti": jti(number),
    }


def spread(total: int, step: int = 7919) -> Iterator[int]:
    """Yield numbers of tokens without end, jumping about the table.

    Rows that lie side by side are not asked about one after the other.

    :param step: a prime, so that every token has its turn.
    """
    number = 0
    while True:
        number = (number + step * 104729) % total
        yield number
