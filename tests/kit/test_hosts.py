"""Hosts with tables of their own keep every rule that their tables have a notion of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from joserfc.jwk import ECKey

from flask_introspect.testing import Conformance, RFCConformance
from flask_introspect.testing.conformance.wire_answers import DocumentedAnswers
from flask_introspect.testing.conformance.wire_callers import Rights

from ..conftest import BACKENDS, Databases
from ..hosts.support import TableHost, dispose
from ..hosts.test_every_host import HOSTS
from ..support import Tables, make_app
from .hosts import OWN_WAYS, client_factory, revoker, token_factory

pytestmark = pytest.mark.slow

#: Everything that the rules have something about, so that none is left out.
EVERYTHING: dict[str, Any] = {
    "INTROSPECT_AUTH_METHODS": ["client_secret_basic", "client_secret_post", "bearer"],
    "INTROSPECT_SIGNING_KEYS": {"keys": [ECKey.generate_key("P-256").as_dict(private=True)]},
}


class TestMixins(Conformance):
    """The tables of our mixins, which can hold everything."""

    @pytest.fixture(params=BACKENDS)
    def app(
        self,
        request: pytest.FixtureRequest,
        lasting_tables: Callable[[str], Tables],
        full_apps: Callable[[str], Flask],
    ) -> Flask:
        return full_apps(lasting_tables(request.param).url)


@pytest.fixture(scope="session")
def full_apps() -> Iterator[Callable[[str], Flask]]:
    """An application with everything switched on, by its database."""
    made: dict[str, Flask] = {}

    def make(url: str) -> Flask:
        if url not in made:
            made[url] = make_app(url, **EVERYTHING)
        return made[url]

    yield make
    for app in made.values():
        dispose(app)


@pytest.fixture(scope="session")
def filled_apps(own_databases: Databases) -> Iterator[Callable[[TableHost], Flask]]:
    """An application for each host, on a database that is filled at its first use."""
    made: dict[str, Flask] = {}

    def make(host: TableHost) -> Flask:
        if host.name not in made:
            url = own_databases("sqlite", f"kit_{len(made)}")
            host.fill(url)
            made[host.name] = host.app(url)
        return made[host.name]

    yield make
    for app in made.values():
        dispose(app)


class TestTables(DocumentedAnswers, Rights, RFCConformance):
    """What a table can make a difference to; how errors are worded is no matter of tables."""

    @pytest.fixture(params=HOSTS, ids=lambda host: host.name)
    def table_host(self, request: pytest.FixtureRequest) -> TableHost:
        host: TableHost = request.param
        return host

    @pytest.fixture
    def app(self, table_host: TableHost, filled_apps: Callable[[TableHost], Flask]) -> Flask:
        return filled_apps(table_host)

    @pytest.fixture
    def make_introspection_client(
        self, app: Flask, table_host: TableHost, make_introspection_client: Callable[..., Any]
    ) -> Callable[..., Any]:
        own = OWN_WAYS.get(table_host.name)
        return client_factory(app, own) if own else make_introspection_client

    @pytest.fixture
    def make_introspection_token(
        self, app: Flask, table_host: TableHost, make_introspection_token: Callable[..., Any]
    ) -> Callable[..., Any]:
        own = OWN_WAYS.get(table_host.name)
        return token_factory(app, own) if own else make_introspection_token

    @pytest.fixture
    def revoke_introspection_token(
        self, app: Flask, table_host: TableHost, revoke_introspection_token: Callable[..., Any]
    ) -> Callable[..., Any]:
        own = OWN_WAYS.get(table_host.name)
        return revoker(app, own) if own else revoke_introspection_token
