from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from ..conftest import BACKENDS, Databases
from ..support import Host
from .support import TableHost, as_host, dispose, make_app


@pytest.fixture(scope="session")
def served_hosts(own_databases: Databases) -> Iterator[Callable[[str, TableHost], Host]]:
    """A host on its own database, which is filled at its first use. Tests only read it."""
    made: dict[tuple[str, str], Host] = {}

    def serve(backend: str, host: TableHost) -> Host:
        if (backend, host.name) not in made:
            url = own_databases(backend, f"host_{len(made)}")
            host.fill(url)
            made[backend, host.name] = as_host(host.app(url))
        return made[backend, host.name]

    yield serve
    for served in made.values():
        dispose(served.app)


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Each of the databases in turn."""
    name: str = request.param
    return name


@pytest.fixture
def served(backend: str, host: TableHost, served_hosts: Callable[[str, TableHost], Host]) -> Host:
    """The host that the test is parametrised with, on each of the databases."""
    return served_hosts(backend, host)


@pytest.fixture
def empty(database_url: str) -> Iterator[Callable[..., Flask]]:
    """Makes an application on an empty database with the tables of some models; they are dropped after the test."""
    with ExitStack() as cleanup:

        def make(db: SQLAlchemy, *rows: Any, **config: Any) -> Flask:
            app = make_app(db, config.pop("url", database_url), **config)
            with app.app_context():
                db.create_all()
                db.session.add_all(rows)
                db.session.commit()
            cleanup.callback(dispose, app)
            cleanup.callback(_drop_tables, app, db)
            return app

        yield make


def _drop_tables(app: Flask, db: SQLAlchemy) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()  # the server may have hung up on the pool
        db.drop_all()
