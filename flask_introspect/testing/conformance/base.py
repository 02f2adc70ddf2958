"""What every conformance class has: its fixtures, its dialects, and the faults that are known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import pytest

from ..asking import FORM, JSON, Dialect
from ..fixtures import MakeClient, MakeToken, own_endpoint
from ..helpers import client_of
from ..rules import rule_of
from .service import Service

__all__ = ["ConformanceBase"]

_DIALECTS: Mapping[str, Dialect] = {"form": FORM, "json": JSON}


class ConformanceBase:
    """A class of tests that hold an endpoint to rules.

    :cvar dialects: in which ways it can be asked: ``"form"``, ``"json"``.
    :cvar auth_methods: the ways to authenticate that it offers; ``None`` for what an endpoint of
        ours is configured for, or ``client_secret_basic`` alone for any other.
    :cvar known_faults: tests that are known to fail, with the reason. A test is named by its
        function, or by its whole id to mean one case. They are marked as expected failures,
        strictly: one that is mended has to leave the list.
    """

    dialects: ClassVar[Sequence[str]] = ("form",)
    auth_methods: ClassVar[Sequence[str] | None] = None
    known_faults: ClassVar[Mapping[str, str]] = {}

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Ask in each dialect what is asked in a dialect."""
        if "dialect" in metafunc.fixturenames:
            found = rule_of(metafunc.function)
            names = self.dialects[:1] if found is not None and found.once else self.dialects
            metafunc.parametrize("dialect", [_DIALECTS[name] for name in names], ids=list(names))

    @pytest.fixture(autouse=True)
    def _expect_known_faults(self, request: pytest.FixtureRequest) -> None:
        name = request.node.name
        reason = self.known_faults.get(name, self.known_faults.get(name.partition("[")[0]))
        if reason is not None:
            request.applymarker(pytest.mark.xfail(reason=reason, strict=True))

    @pytest.fixture
    def service(
        self,
        introspection_app: Any,
        introspection_blueprint: str | None,
        introspection_path: str,
        make_introspection_client: MakeClient,
        make_introspection_token: MakeToken,
        revoke_introspection_token: Callable[[str], None],
    ) -> Iterator[Service]:
        """The endpoint, with clients and tokens to make."""
        endpoint = own_endpoint(introspection_app, introspection_blueprint)
        methods = self.auth_methods
        if methods is None:
            own = endpoint.settings.auth_methods if endpoint is not None else ()
            methods = sorted(own) or ("client_secret_basic",)
        if not {"client_secret_basic", "client_secret_post"} & set(methods):
            pytest.fail("The tests ask with secrets, and no method with a secret is on offer")
        yield Service(
            client_of(introspection_app),
            introspection_path,
            endpoint,
            methods,
            self.dialects,
            make_introspection_client,
            make_introspection_token,
            revoke_introspection_token,
        )
