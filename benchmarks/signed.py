"""JWTs, in process: access tokens that are verified, and answers that are signed."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import Key, generate_key

from . import ours
from .calls import Environ, environ
from .report import Report, rows_of
from .rounds import Target, run
from .scene import AUDIENCE, CALLERS, ISSUER, OWNER, SCOPE, claims, jti, spread, token

__all__ = ["measure"]

TOKENS = 1000
BASE = "an opaque token"

SIGNED = "application/token-introspection+jwt"
READER = "reads_encrypted_answers"

KEYS: dict[str, Key] = {
    "Ed25519": generate_key("OKP", "Ed25519"),
    "ES256": generate_key("EC", "P-256"),
    "RS256": generate_key("RSA", 2048),
}
READERS_KEY = generate_key("EC", "P-256", private=True)


def access_token(algorithm: str, number: int, identifier: str) -> str:
    """Sign an access token, with the members of an opaque one."""
    now = int(time.time())
    payload = {
        "iss": ISSUER,
        "sub": "user123",
        "aud": AUDIENCE,
        "client_id": OWNER,
        "scope": SCOPE,
        "iat": now,
        "exp": now + 3600,
        "jti": identifier,
        "number": number,
    }
    header = {"typ": "at+jwt", "alg": algorithm}
    return jwt.encode(header, payload, KEYS[algorithm], algorithms=[algorithm])


@lru_cache(2 * TOKENS)
def _seen(number: int, with_row: bool) -> str:
    """Return always the same token for a number. A row is found by its identifier."""
    identifier = jti(number) if with_row else f"no row {number}"
    return access_token("ES256", number, identifier)


_fresh = itertools.count()


def _ask(make: Callable[[int], str], number: int) -> Environ:
    return environ(CALLERS["sha256"], make(number))


def _ask_signed(caller: str, number: int) -> Environ:
    return {**environ(caller, token(number)), "HTTP_ACCEPT": SIGNED}


def _active(number: int, status: int, body: Any) -> bool:
    return status == 200 and body["active"] is True and body["aud"] == AUDIENCE


def _right(number: int, status: int, body: Any) -> bool:
    return status == 200 and body == claims(number)


def _is_jwt(parts: int, number: int, status: int, body: Any) -> bool:
    return status == 200 and isinstance(body, str) and body.count(".") == parts - 1


def _seed(url: str) -> None:
    with ours.make_ours(url).app_context():
        ours.seed(TOKENS)
        client = ours.Client(
            client_id=READER,
            client_secret=ours.HASHES["sha256"]("test_secret"),
            resources=[AUDIENCE],
            jwks={"keys": [READERS_KEY.as_dict(private=False)]},
            introspection_encrypted_response_alg="ECDH-ES",
            introspection_encrypted_response_enc="A128GCM",
        )
        ours.db.session.add(client)
        ours.db.session.commit()


def _targets(url: str) -> Iterator[Target]:
    public = {"keys": [key.as_dict(private=False) for key in KEYS.values()]}
    app = ours.make_ours(url, INTROSPECT_JWT_KEYS=public)

    def asks(name: str, make: Callable[[int], str], share: float = 1.0) -> Target:
        return Target(name, app, lambda n: _ask(make, n), _active, spread(TOKENS), share)

    yield Target(BASE, app, lambda n: _ask(token, n), _right, spread(TOKENS))
    yield asks("a JWT that was seen, without a row", lambda n: _seen(n, False))
    yield asks("a JWT that was seen, with a row by jti", lambda n: _seen(n, True))
    for algorithm in KEYS:
        yield asks(
            f"a new JWT, {algorithm}",
            lambda n, algorithm=algorithm: access_token(algorithm, n, f"new {next(_fresh)}"),
            0.3,
        )
    for algorithm, key in KEYS.items():
        signing = ours.make_ours(url, INTROSPECT_SIGNING_KEYS=key.as_dict(private=True))
        caller = CALLERS["sha256"]
        yield Target(
            f"a signed answer, {algorithm}",
            signing,
            lambda n, caller=caller: _ask_signed(caller, n),
            lambda *given: _is_jwt(3, *given),
            spread(TOKENS),
            0.3,
        )
        if algorithm == "ES256":
            yield Target(
                "a signed and encrypted answer, ES256 and ECDH-ES",
                signing,
                lambda n: _ask_signed(READER, n),
                lambda *given: _is_jwt(5, *given),
                spread(TOKENS),
                0.3,
            )


def measure(folder: Path, rounds: int, calls: int) -> Report:
    """Time everything, in turns."""
    url = f"sqlite:///{folder / 'signed.db'}"
    _seed(url)
    targets = list(_targets(url))
    for target in targets[1:3]:  # every one of these tokens is seen before anything is timed
        for number in range(TOKENS):
            target.app(target.request(number), lambda *_: None).close()
    run(targets, rounds, calls)
    title = f"JWTs: processor time per answer, in process; {rounds} rounds of {calls} calls"
    return Report("signed", title, rows_of(targets, BASE, "× opaque"))
