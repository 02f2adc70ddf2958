"""What the configuration names besides tables, tried once: the session, the storage, the keys."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, scoped_session

from ...endpoint import Endpoint
from ...limits import Counters
from ...storage.connections import HostConnections
from ..errors import database_problem
from ..mapped import source
from .findings import Finding, error, warning

if TYPE_CHECKING:  # its library is there only where JWTs are configured
    from ...jose import KeySource

__all__ = ["keys", "reading", "session", "storage"]

_SESSION = (Session, scoped_session, sa.Connection, sa.Engine)

_RETURN = "Return a Session, a Connection or an Engine, outside of a request as well"

_KEYS = "Give a JWK set as a dict or as JSON, or PEM"


def session(endpoint: Endpoint) -> Generator[Finding, None, bool]:
    """Judge the session to read with, if the host sets one.

    :return: whether anything can be read with it.
    """
    give, key = endpoint.settings.session, endpoint.prefix + "SESSION"
    if give is None:
        return True
    try:
        given = give()
    except Exception as raised:  # its text might hold a password
        problem = f"{key} raised {type(raised).__name__}, so nothing can be read"
        yield error("no_session", problem, _RETURN)
        return False
    if not isinstance(given, _SESSION):
        problem = f"{key} returned {type(given).__name__}, so nothing can be read"
        yield error("no_session", problem, _RETURN)
        return False
    return True


def reading(endpoint: Endpoint) -> Iterator[Finding]:
    """Judge whether the host's session reads the tables, which another database may hold.

    What can be written must have been looked at before.
    """
    give, clients = endpoint.settings.session, endpoint.store.clients
    if give is None:
        return
    statement = sa.select(clients.client_id).select_from(source(clients)).limit(1)
    try:
        HostConnections(give, endpoint.prefix + "SESSION").rows(statement, {})
    except SQLAlchemyError as raised:
        problem = f"{endpoint.prefix}SESSION reads no clients: {database_problem(raised)}"
        yield error("cannot_read", problem, "Make the database answer that it reads from")


def storage(endpoint: Endpoint) -> Iterator[Finding]:
    """Judge whether the storage that workers count in answers."""
    settings, prefix = endpoint.settings, endpoint.prefix
    counters = Counters(
        settings.limit_storage_uri,
        fail_open=settings.limits_fail_open,
        prefix=prefix,
        clock=settings.clock,
    )
    if counters.can_count():
        return
    found, meanwhile = warning, "meanwhile each process counts by itself"
    if not settings.limits_fail_open:
        found = error
        meanwhile = f"and with {prefix}LIMIT_FAILURE = 'closed' callers are refused"
    problem = f"The storage of {prefix}LIMIT_STORAGE_URI does not answer; {meanwhile}"
    yield found("no_storage", problem, "Start it, or correct the address")


def keys(endpoint: Endpoint) -> Iterator[Finding]:
    """Judge the keys that the host's callable or file gives now."""
    settings, prefix = endpoint.settings, endpoint.prefix
    if settings.jwt_keys is not None:
        yield from _verifying(endpoint, prefix + "JWT_KEYS")
    if endpoint.signed is not None:
        key = prefix + "SIGNING_KEYS"
        yield from _unavailable(endpoint.signed.signer.source, key, "no answer can be signed")


def _verifying(endpoint: Endpoint, key: str) -> Iterator[Finding]:
    from ...jose import KeySource, UnreadableKeys, algorithms_of

    effect = "no JWT access token can be verified"
    try:
        found = KeySource(endpoint.settings.jwt_keys, key)
    except UnreadableKeys as problem:  # a file that changed since the application began
        yield error("no_keys", f"{key}: {problem}, so {effect}", _KEYS)
        return
    failed = list(_unavailable(found, key, effect))
    if failed:
        yield from failed
        return
    known = {algorithm for each in found.current() for algorithm in algorithms_of(each)}
    allowed = endpoint.settings.jwt_algorithms
    if not known & allowed:
        algorithms = f"{endpoint.prefix}JWT_ALGORITHMS"
        yield error(
            "keys_unfit",
            f"No key of {key} is for an algorithm of {algorithms}: the keys are for "
            f"{', '.join(sorted(known))}, and allowed are {', '.join(sorted(allowed))}",
            f"Name in {algorithms} what the issuer signs with, or give its other keys",
        )


def _unavailable(found: KeySource, key: str, effect: str) -> Iterator[Finding]:
    """Say why there are no keys now, if there are none."""
    from ...jose import KeysUnavailable

    try:
        found.current()
    except KeysUnavailable as problem:
        # What follows the first line says where it was raised.
        said = str(problem).partition("\n")[0].removeprefix("it ")
        yield error("no_keys", f"{key} {said}, so {effect}", _KEYS)
