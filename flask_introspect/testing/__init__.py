"""A pytest plugin: fixtures for a host's own tests, and rules to check its endpoint against.

One line in the host's ``conftest.py`` loads it: ``pytest_plugins = ["flask_introspect.testing"]``.
There is no entry point on purpose: pytest would import the package in every run in that
environment, even unrelated ones, and before coverage starts.

No serving process imports this package. (PYTEST_DONT_REWRITE: nothing is asserted in this module,
and it may be imported before pytest knows about it.)
"""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite(
    "flask_introspect.testing.conformance", "flask_introspect.testing.helpers"
)

from .conformance import Conformance, RFCConformance  # noqa: E402
from .fixtures import (  # noqa: E402
    assert_active,
    assert_inactive,
    introspect,
    introspection_app,
    introspection_asker,
    introspection_blueprint,
    introspection_path,
    introspection_rows,
    keeps_introspection_rows,
    make_introspection_client,
    make_introspection_token,
    revoke_introspection_token,
)
from .reporting import pytest_runtest_makereport  # noqa: E402
from .rules import Rule, rule, rules_of  # noqa: E402
from .values import CannotMake, IssuedToken, RegisteredClient  # noqa: E402

__all__ = [
    "CannotMake",
    "Conformance",
    "IssuedToken",
    "RFCConformance",
    "RegisteredClient",
    "Rule",
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
    "pytest_runtest_makereport",
    "revoke_introspection_token",
    "rule",
    "rules_of",
]
