"""A host's own tests, to be run by :fixture:`pytester`."""

from __future__ import annotations

#: A ``conftest.py`` of a host on our mixins. ``{config}`` are further keys of its configuration.
CONFTEST = """
import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from flask_introspect import introspect_bp
from flask_introspect.models import ClientMixin, TokenMixin

pytest_plugins = ["flask_introspect.testing"]
db = SQLAlchemy()


class Client(db.Model, ClientMixin): ...


class Token(db.Model, TokenMixin): ...


def make_app(**config):
    app = Flask(__name__)
    app.config.update(
        SQLALCHEMY_DATABASE_URI="sqlite://",
        INTROSPECT_CLIENT_MODEL=Client,
        INTROSPECT_TOKEN_MODEL=Token,
    )
    app.config.update(config)
    db.init_app(app)
    app.register_blueprint(introspect_bp)
    with app.app_context():
        db.create_all()
    return app


@pytest.fixture(scope="session")
def app():
    app = make_app({config})
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def count(app):
    def count(model):
        with app.app_context():
            return db.session.query(model).count()

    return count
"""

#: The one line of a host that holds itself to every rule.
SUITE = """
from flask_introspect.testing import Conformance


class TestIntrospection(Conformance):
    pass
"""
