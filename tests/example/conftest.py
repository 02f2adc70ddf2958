from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from example_app import create_app
from example_app.demo import seed
from example_app.models import db


def make_example(database: Path) -> Flask:
    """The example app over a database file; its issuer doesn't depend on a PORT in the environment."""
    config = {"SQLALCHEMY_DATABASE_URI": f"sqlite:///{database}", "INTROSPECT_ISSUER": "http://localhost:4000"}
    return create_app({"TESTING": True, **config})


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A seeded database, for each test to copy: hashing the user's password is slow, as it should be."""
    path = tmp_path_factory.mktemp("seeded") / "example.db"
    app = make_example(path)
    with app.app_context():
        seed()
        db.engine.dispose()
    return path


# Not named "app": pytest-flask would push one context around the whole test, and no request would end.
@pytest.fixture
def example(seeded: Path, tmp_path: Path) -> Iterator[Flask]:
    """The example app over a database of its own."""
    app = make_example(shutil.copy(seeded, tmp_path / "example.db"))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def http(example: Flask) -> FlaskClient:
    return example.test_client()
