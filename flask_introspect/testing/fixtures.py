"""The fixtures of the plugin. They build on the host's own fixture ``app``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from flask import Flask

from ..endpoint import Endpoint, endpoints_of
from .asking import Answer
from .helpers import Asker
from .making import MappedRows
from .values import CannotMake, IssuedToken, RegisteredClient

__all__ = [
    "MakeClient",
    "MakeToken",
    "assert_active",
    "assert_inactive",
    "introspect",
    "introspection_app",
    "introspection_asker",
    "introspection_blueprint",
    "introspection_path",
    "introspection_rows",
    "keeps_introspection_rows",
    "make_introspection_client",
    "make_introspection_token",
    "own_endpoint",
    "revoke_introspection_token",
]

MakeClient = Callable[..., RegisteredClient]
MakeToken = Callable[..., IssuedToken]


@pytest.fixture
def introspection_app(app: Any) -> Any:
    """The application under test: the host's own fixture ``app``.

    Override it for a WSGI application that is not Flask's: pytest-flask wants Flask of an ``app``.
    """
    return app


@pytest.fixture
def introspection_blueprint() -> str | None:
    """Name the blueprint, where the application has several endpoints. Override it there."""
    return None


@pytest.fixture
def introspection_path(introspection_app: Any, introspection_blueprint: str | None) -> str:
    """Find the endpoint's path. Override it for an endpoint that is not ours."""
    endpoint = own_endpoint(introspection_app, introspection_blueprint)
    if endpoint is None:
        pytest.fail(
            "The application has no endpoint of Flask-Introspect, or several. Override the fixture "
            "introspection_blueprint with a name, or introspection_path with a path",
            pytrace=False,
        )
    return endpoint.path


def own_endpoint(app: Any, blueprint: str | None) -> Endpoint | None:
    """Find our endpoint that is under test, if there is one."""
    endpoints = endpoints_of(app) if isinstance(app, Flask) else {}
    if blueprint is not None:
        return endpoints.get(blueprint)
    return next(iter(endpoints.values())) if len(endpoints) == 1 else None


@pytest.fixture
def keeps_introspection_rows() -> bool:
    """Say whether rows stay after a test. Override it where the host's tests roll back anyway."""
    return False


@pytest.fixture
def introspection_rows(
    introspection_app: Any, introspection_blueprint: str | None, keeps_introspection_rows: bool
) -> Iterator[MappedRows | None]:
    """Write through the mapping of the host; ``None`` for an endpoint that is not ours."""
    endpoint = own_endpoint(introspection_app, introspection_blueprint)
    if endpoint is None:
        yield None
        return
    rows = MappedRows(introspection_app, endpoint)
    yield rows
    if not keeps_introspection_rows:
        rows.remove()


def _written(rows: MappedRows | None, fixture: str) -> MappedRows:
    if rows is None:
        raise CannotMake(f"The endpoint has no mapping to write through. Override {fixture}")
    return rows


@pytest.fixture
def make_introspection_client(introspection_rows: MappedRows | None) -> MakeClient:
    """Make clients: see :meth:`~flask_introspect.testing.making.MappedRows.make_client`."""

    def make(*arguments: Any, **options: Any) -> RegisteredClient:
        rows = _written(introspection_rows, "make_introspection_client")
        return rows.make_client(*arguments, **options)

    return make


@pytest.fixture
def make_introspection_token(
    introspection_rows: MappedRows | None, make_introspection_client: MakeClient
) -> MakeToken:
    """Make tokens: see :meth:`~flask_introspect.testing.making.MappedRows.make_token`."""

    def make(
        client: RegisteredClient | str | None = None, *arguments: Any, **options: Any
    ) -> IssuedToken:
        rows = _written(introspection_rows, "make_introspection_token")
        return rows.make_token(client or make_introspection_client(), *arguments, **options)

    return make


@pytest.fixture
def revoke_introspection_token(introspection_rows: MappedRows | None) -> Callable[[str], None]:
    """Revoke a token."""

    def revoke(token: str) -> None:
        _written(introspection_rows, "revoke_introspection_token").revoke(token)

    return revoke


@pytest.fixture
def introspection_asker(
    introspection_app: Any,
    introspection_blueprint: str | None,
    introspection_path: str,
    make_introspection_client: MakeClient,
) -> Asker:
    """Ask the endpoint, in a test's own words."""
    endpoint = own_endpoint(introspection_app, introspection_blueprint)
    return Asker(introspection_app, introspection_path, endpoint, make_introspection_client)


@pytest.fixture
def introspect(introspection_asker: Asker) -> Callable[..., Answer]:
    """Ask about a token: see :meth:`~flask_introspect.testing.helpers.Asker.introspect`."""
    return introspection_asker.introspect


@pytest.fixture
def assert_active(introspection_asker: Asker) -> Callable[..., Mapping[str, Any]]:
    """Assert that a token is good: see :meth:`~flask_introspect.testing.helpers.Asker`."""
    return introspection_asker.assert_active


@pytest.fixture
def assert_inactive(introspection_asker: Asker) -> Callable[..., None]:
    """Assert that a token is not good: see :meth:`~flask_introspect.testing.helpers.Asker`."""
    return introspection_asker.assert_inactive
