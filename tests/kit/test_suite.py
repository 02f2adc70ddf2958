"""The suite in a host's own tests: one line, and what each configuration makes of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .support import SUITE

pytestmark = pytest.mark.slow

Run = Callable[..., pytest.RunResult]

WAYS = 'INTROSPECT_AUTH_METHODS=["client_secret_basic", "client_secret_post", "bearer"]'


def test_one_line_asks_everything(run: Run) -> None:
    outcomes = run(SUITE, config=WAYS).parseoutcomes()
    assert set(outcomes) == {"passed"}
    assert outcomes["passed"] > 250


@pytest.mark.parametrize(
    ("config", "only", "said"),
    [
        ("INTROSPECT_UNKNOWN_TOKEN='inactive'", "token", "bearer is not on offer"),
        ("INTROSPECT_UNKNOWN_TOKEN='not_found'", "token", "INTROSPECT_UNKNOWN_TOKEN is"),
        ("INTROSPECT_AUTH_METHODS=['client_secret_basic']", "body", "client_secret_post is not"),
        ("INTROSPECT_AUTH_METHODS=['client_secret_post']", "test", "client_secret_basic is not"),
        ("INTROSPECT_ALLOW_REPEATED_CREDENTIALS=True", "twice", "ALLOW_REPEATED_CREDENTIALS is"),
        (
            "INTROSPECT_POLICY=lambda caller, token: token.client_id == caller.client_id",
            "told or disabled or right or sees",
            "INTROSPECT_POLICY is a callable",
        ),
        ("INTROSPECT_MAX_BODY_BYTES=2**30", "body", "MAX_BODY_BYTES is too large to try"),
    ],
)
def test_what_does_not_apply_is_skipped_with_the_reason(
    run: Run, config: str, only: str, said: str
) -> None:
    result = run(SUITE, "-k", only, config=config)
    assert set(result.parseoutcomes()) - {"deselected"} == {"passed", "skipped"}
    result.stdout.fnmatch_lines(f"SKIPPED*{said}*")


def test_a_host_in_which_nothing_can_be_made_fails(run: Run) -> None:
    config = "INTROSPECT_SECRET_VERIFIER=lambda stored, presented: False"
    result = run(SUITE, "-k", "active", config=config)
    assert "passed" not in result.parseoutcomes()
    result.stdout.fnmatch_lines("*neither clients nor tokens can be made here*SECRET_HASHER*")


def test_a_method_without_a_secret_alone_is_told_so(run: Run) -> None:
    result = run(SUITE, "-k", "active", config="INTROSPECT_AUTH_METHODS=['bearer']")
    assert "passed" not in result.parseoutcomes()
    result.stdout.fnmatch_lines("*no method with a secret is on offer*")


def test_a_failure_names_the_rule_and_where_it_stands(run: Run) -> None:
    tests = SUITE + "\n    introspection_path = pytest.fixture(lambda self: '/nowhere')\n"
    result = run("import pytest\n" + tests, "-k", "a_good_token")
    result.stdout.fnmatch_lines(
        [
            "*- the rule -*",
            'RFC 7662 section 2.2 (MUST): A good token is answered with 200 and "active": true*',
        ]
    )


KNOWN = SUITE.replace("pass", 'known_faults = {{"{name}": "it is known"}}')


def test_a_known_fault_is_an_expected_failure(run: Run) -> None:
    redirect = """
@pytest.fixture(autouse=True, scope="session")
def _redirect(app):
    app.add_url_rule("/v1/oauth/introspect/", "slash", lambda: "a page", methods=["POST"])
"""
    tests = KNOWN.format(name="test_a_trailing_slash_is_no_redirect")
    outcomes = run(tests, "-k", "trailing_slash", plugins=redirect).parseoutcomes()
    assert outcomes == {"xfailed": 1, "deselected": outcomes["deselected"]}


def test_a_known_fault_that_was_mended_has_to_go(run: Run) -> None:
    tests = KNOWN.format(name="test_a_good_token_is_active[form]")
    result = run(tests, "-k", "a_good_token_is_active")
    result.assert_outcomes(failed=1, passed=1, deselected=result.parseoutcomes()["deselected"])
    result.stdout.fnmatch_lines("*XPASS(strict)*")


def test_a_limit_that_answers_instead_is_told(run: Run) -> None:
    config = "INTROSPECT_FAILED_AUTH_ADDRESS_LIMIT='2 per minute'"
    result = run(SUITE, "-k", "wrong_credentials", config=config)
    result.stdout.fnmatch_lines("*A limit of the host's answered instead. Raise it for its tests*")
