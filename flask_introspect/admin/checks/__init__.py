"""Check whether a deployment is sound. Each finding names its remedy."""

from __future__ import annotations

from collections.abc import Iterator

from ...endpoint import Endpoint
from ..clients import Clients
from ..token_tables import token_tables
from .application import application
from .configuration import configuration
from .contents import contents
from .database import database
from .findings import Finding, Severity, error
from .methods import methods
from .parts import keys, reading, session, storage
from .timeouts import timeouts

__all__ = ["Finding", "Severity", "check", "error"]


def check(endpoint: Endpoint) -> Iterator[Finding]:
    """Find whatever is wrong with an endpoint, its configuration first."""
    yield from application(endpoint)
    yield from methods(endpoint)
    yield from storage(endpoint)
    yield from keys(endpoint)
    if not (yield from session(endpoint)):
        return  # it may lead to the tables
    clients, tokens = Clients(endpoint), token_tables(endpoint)
    yield from configuration(endpoint, tokens)
    readable = yield from database(clients.own)
    for own in tokens:
        readable = (yield from database(own)) and readable
    engines = [clients.own.engine, *(own.engine for own in tokens)]
    for engine in {each.pool: each for each in engines}.values():  # once for each database
        yield from timeouts(endpoint, engine)
    if readable:
        yield from reading(endpoint)
        yield from contents(endpoint, clients, tokens)
