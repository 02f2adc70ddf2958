"""The example app keeps every rule."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from example_app.models import db
from flask_introspect.testing import Conformance

from ..example.conftest import make_example


@pytest.fixture(scope="module")
def app(quick_directory: Path) -> Iterator[Flask]:
    app = make_example(quick_directory / "conformance.db")
    with app.app_context():
        db.create_all()
    yield app
    with app.app_context():
        db.engine.dispose()


class TestExample(Conformance):
    pass
