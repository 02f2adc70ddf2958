from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from example_app import create_app
from example_app.demo import PASSWORD, USERNAME, seed
from example_app.models import User, db

from ..support import quick_hash
from .pages import send


def make_example(database: Path) -> Flask:
    """The example app over a database file; a PORT in the environment doesn't matter."""
    config = {
        "KEYS_FOLDER": str(database.parent),
        "SQLALCHEMY_DATABASE_URI": f"sqlite:///{database}",
        "INTROSPECT_ISSUER": "http://localhost:4000",
    }
    return create_app({"TESTING": True, **config})


@pytest.fixture(scope="session")
def seeded(quick_directory: Path) -> Path:
    """A seeded database, for each test to copy. The user's password has a quick hash."""
    path = quick_directory / "seeded.db"
    app = make_example(path)
    with app.app_context():
        seed()
        user = db.session.scalars(db.select(User)).one()
        user.password_hash = quick_hash(PASSWORD)
        db.session.commit()
        db.engine.dispose()
    return path


@pytest.fixture(scope="session")
def shared_example(seeded: Path, quick_directory: Path) -> Iterator[Flask]:
    """The example app that all tests share. Its database is made anew for each."""
    app = make_example(shutil.copy(seeded, quick_directory / "example.db"))
    yield app
    with app.app_context():
        db.engine.dispose()


# Not named "app": pytest-flask would push one context around the whole test, and no request would
# end.
@pytest.fixture
def example(shared_example: Flask, seeded: Path) -> Flask:
    """The example app over a freshly seeded database."""
    with shared_example.app_context():
        db.engine.dispose()
        shutil.copy(seeded, str(db.engine.url.database))
    return shared_example


@pytest.fixture
def http(example: Flask) -> FlaskClient:
    return example.test_client()


@pytest.fixture
def page(http: FlaskClient) -> FlaskClient:
    """A browser in which the user has logged in."""
    assert send(http, "/log-in", username=USERNAME, password=PASSWORD).location == "/"
    return http
