"""The rules of the RFCs find what is wrong with an endpoint, and nothing else."""

from __future__ import annotations

import pytest

from .mutants import MUTANTS
from .small_endpoint import SmallEndpoint

SUITE = """
import pytest
from flask_introspect.testing import RFCConformance
from tests.kit.mutants import {name}

pytest_plugins = ["flask_introspect.testing"]


@pytest.fixture(scope="module")
def introspection_app():
    return {name}()


@pytest.fixture
def introspection_path():
    return "/"


@pytest.fixture
def make_introspection_client(introspection_app):
    return introspection_app.register


@pytest.fixture
def make_introspection_token(introspection_app):
    return introspection_app.issue


@pytest.fixture
def revoke_introspection_token(introspection_app):
    return introspection_app.revoke


class TestSmall(RFCConformance):
    auth_methods = ["client_secret_basic", "client_secret_post"]
"""


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_fault_is_found_by_its_rules(
    pytester: pytest.Pytester, mutant: type[SmallEndpoint]
) -> None:
    pytester.makepyfile(SUITE.format(name=mutant.__name__))
    _, skipped, failed = pytester.inline_run("-p", "no:randomly").listoutcomes()
    assert {_rule(each) for each in failed} == MUTANTS[mutant]
    assert {_rule(each) for each in skipped} <= BEARER


#: It takes no bearer tokens, so what is asked of those is left out.
BEARER = {
    "test_a_bearer_token_is_taken",
    "test_a_bearer_token_that_is_not_good_is_told_so",
    "test_an_unknown_bearer_token_is_told_so",
    "test_a_bearer_token_without_the_scope_is_told_so",
    "test_a_refresh_token_is_no_bearer_token",
}


def _rule(report: pytest.TestReport) -> str:
    return report.nodeid.rpartition("::")[2].partition("[")[0]
