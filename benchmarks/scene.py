"""What every host of the comparison shares: who asks, about which token, and what the right answer is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

PATH = "/v1/oauth/introspect"
ISSUER = "http://localhost:4000"
AUDIENCE = "my_api"

#: The client that the tokens are issued to.
OWNER = "test_client_1"
#: The resource servers that ask about them, by how their secret is kept, and the one secret of them all.
CALLERS = {scheme: f"resource_server_{scheme}" for scheme in ("sha256", "scrypt", "argon2", "bcrypt")}
SECRET = "test_secret"

USERNAME = "user123"
SCOPE = "read write"
ISSUED_AT = 1640918800
EXPIRES_AT = 4102444800


def token(number: int) -> str:
    """A token in clear; as long as a generated one."""
    return f"token-{number:037d}"


def jti(number: int) -> str:
    return f"b8e3bc09-cf9a-40c5-a5ad-{number:012d}"


def claims(number: int) -> Mapping[str, Any]:
    """The twelve members of the answer about a token."""
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
    """Numbers of tokens, all over the table and without end: what is near each other is not asked after each other.

    :param step: a prime, so that every token has its turn.
    """
    number = 0
    while True:
        number = (number + step * 104729) % total
        yield number


def numbers(total: int, count: int) -> Iterable[int]:
    """As many numbers of tokens as wanted."""
    source = spread(total)
    return [next(source) for _ in range(count)]
