"""The rules of the RFCs find what is wrong with an endpoint, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .mutants import ONLY, WIDE

pytestmark = pytest.mark.slow

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


#: None of them takes bearer tokens, so what is asked of those is left out.
BEARER = {
    "test_a_bearer_token_is_taken",
    "test_a_bearer_token_that_is_not_good_is_told_so",
    "test_an_unknown_bearer_token_is_told_so",
    "test_a_bearer_token_without_the_scope_is_told_so",
    "test_a_refresh_token_is_no_bearer_token",
}


@pytest.fixture
def broken_rules(bare_pytester: pytest.Pytester) -> Callable[[type], set[str]]:
    """Runs the suite on an endpoint of a class, and tells which rules it breaks."""

    def run(mutant: type) -> set[str]:
        bare_pytester.makepyfile(SUITE.format(name=mutant.__name__))
        passed, skipped, failed = bare_pytester.inline_run().listoutcomes()
        assert len(passed) > 50
        assert {rule_name(each) for each in skipped} == BEARER
        return {rule_name(each) for each in failed}

    return run


def rule_name(report: pytest.TestReport | pytest.CollectReport) -> str:
    return report.nodeid.rpartition("::")[2].partition("[")[0]


@pytest.mark.parametrize("mutant", ONLY, ids=lambda mutant: mutant.__name__)
def test_a_fault_is_found_by_its_rules_alone(
    broken_rules: Callable[[type], set[str]], mutant: type
) -> None:
    assert broken_rules(mutant) == ONLY[mutant]


@pytest.mark.parametrize("mutant", WIDE, ids=lambda mutant: mutant.__name__)
def test_a_fault_in_every_answer_is_found_by_its_rules_too(
    broken_rules: Callable[[type], set[str]], mutant: type
) -> None:
    assert broken_rules(mutant) >= WIDE[mutant]
