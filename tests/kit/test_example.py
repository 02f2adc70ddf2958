"""The example app keeps every rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from example_app.models import Client, db
from flask_introspect.testing import Conformance

from ..example.conftest import make_example

pytestmark = pytest.mark.slow

MakeClient = Callable[..., Any]


@pytest.fixture(scope="module")
def app(quick_directory: Path) -> Iterator[Flask]:
    app = make_example(quick_directory / "conformance.db")
    with app.app_context():
        db.create_all()
    yield app
    with app.app_context():
        db.engine.dispose()


class TestExample(Conformance):
    @pytest.fixture
    def make_introspection_client(
        self, app: Flask, make_introspection_client: MakeClient
    ) -> MakeClient:
        """Authlib says among a client's metadata that it is public, where no mapping writes."""

        def make(client_id: str | None = None, *, public: bool = False, **more: Any) -> Any:
            client = make_introspection_client(client_id, **more)
            if not public:
                return client
            with app.app_context():
                row = db.session.scalars(
                    db.select(Client).filter_by(client_id=client.client_id)
                ).one()
                row.set_client_metadata({"token_endpoint_auth_method": "none"})
                db.session.commit()
            return client

        return make
