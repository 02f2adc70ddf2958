"""What the helpers say when an assertion fails, and which endpoint they ask."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flask_introspect.testing import CannotMake, RegisteredClient

from .small_endpoint import SmallEndpoint

pytestmark = pytest.mark.slow

Run = Callable[..., pytest.RunResult]

FAILURES = [
    (
        "assert_active(make_introspection_token(revoked=True))",
        "*The token is not active for the caller 'test-*' (revoked: It was revoked.): "
        '<200 {"active": false}>*',
    ),
    (
        "assert_active(make_introspection_token(scope='read'), scope='write')",
        "*'scope': 'read'*!=*'write'*",
    ),
    (
        "assert_active('no-such-token', dialect='json')",
        '*(unknown: No table holds such a token.): <404 {"code": "404000"*',
    ),
    (
        "assert_active(make_introspection_token(), caller=make_introspection_client())",
        "*(not_for_caller: There is such a token, but this caller may not know of it.)*",
    ),
    (
        "assert_inactive(make_introspection_token())",
        '*The token is active for the caller*(active: The token is good now.): <200 {"active": t*',
    ),
    (
        "assert_inactive(make_introspection_token(expires_in=-60), why='revoked')",
        "*The token is inactive, but not revoked for the caller*(expired: It has expired.)*",
    ),
    (
        "assert_inactive('t', caller=('nobody', 'secret'))",
        "*The token is answered with an error for the caller 'nobody' (unknown_client: There is no "
        'such caller.): <401 {"error": "invalid_client"*',
    ),
    (
        "assert_inactive('t', caller=make_introspection_client(may_introspect='none'))",
        "*(not_allowed: The caller's right is 'none'.): <403 *",
    ),
    (
        "assert_inactive('t', why='expird')",
        "*ValueError: There is no reason 'expird'. The reasons are, the nearest first: expired, *",
    ),
    (
        "make_introspection_client(resource='my_api')",
        "*CannotMake: There is no field 'resource' of a client. The fields are, the nearest first: "
        "resources, secret, *",
    ),
    (
        "make_introspection_token(scopes='read')",
        "*CannotMake: There is no field 'scopes' of a token. The fields are, the nearest first: "
        "scope, *",
    ),
    (
        "make_introspection_token('nobody')",
        "*CannotMake: There is no client 'nobody'*",
    ),
]


@pytest.mark.parametrize(("statement", "said"), FAILURES)
def test_a_failure_says_why(run: Run, statement: str, said: str) -> None:
    tests = f"""
def test_it(make_introspection_client, make_introspection_token, assert_active, assert_inactive):
    {statement}
"""
    result = run(tests)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(said)


def test_no_failure_shows_a_token_or_a_secret(run: Run, pytester: pytest.Pytester) -> None:
    tests = """
import pathlib


def test_it(make_introspection_client, make_introspection_token, assert_inactive, introspect):
    client = make_introspection_client()
    token = make_introspection_token(client)
    pathlib.Path("secrets.txt").write_text(f"{token} {client.secret}")
    answer = introspect(token, caller=client)
    assert_inactive(token, caller=client)


def test_an_endpoint_that_repeats_it(app, make_introspection_token, assert_active, monkeypatch):
    token = make_introspection_token()
    with pathlib.Path("secrets.txt").open("a") as file:
        file.write(f" {token}")
    monkeypatch.setitem(
        app.view_functions, "introspect.introspect", lambda: ("I got " + token, 500)
    )
    assert_active(token)
"""
    result = run(tests, "--showlocals", "-vv")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines("*<500 I got [*][*][*]>*")
    hidden = Path(pytester.path / "secrets.txt").read_text().split()
    assert len(hidden) == 3
    assert not [each for each in hidden if each in result.stdout.str()]


# Which endpoint


SEVERAL = """

@pytest.fixture
def app():
    from flask_introspect import IntrospectBlueprint

    app = make_app(INTERNAL_CLIENT_MODEL=Client, INTERNAL_TOKEN_MODEL=Token)
    internal = IntrospectBlueprint("internal", config_prefix="INTERNAL_", url_prefix="/internal")
    app.register_blueprint(internal)
    yield app
    with app.app_context():
        db.engine.dispose()
"""


def test_an_application_with_several_endpoints_says_which(run: Run) -> None:
    tests = """
import pytest


def test_neither(introspection_path): ...


class TestInternal:
    @pytest.fixture
    def introspection_blueprint(self):
        return "internal"

    def test_it(self, introspection_path, make_introspection_token, assert_active):
        assert introspection_path == "/internal/introspect"
        assert_active(make_introspection_token())
"""
    result = run(tests, plugins=SEVERAL)
    result.assert_outcomes(errors=1, passed=1)
    result.stdout.fnmatch_lines("*Override the fixture introspection_blueprint with a name*")


def test_it_goes_along_with_pytest_flask(pytester: pytest.Pytester, run: Run) -> None:
    tests = """
def test_it(client, make_introspection_token, assert_active):
    assert client.get("/").status_code == 404
    assert_active(make_introspection_token())
"""
    run(tests, "-p", "pytest_flask.plugin").assert_outcomes(passed=1)


class TestAnotherEndpoint:
    """One that is not ours: it can be asked, and nobody knows why it answers so."""

    @pytest.fixture
    def introspection_app(self) -> SmallEndpoint:
        return SmallEndpoint()

    @pytest.fixture
    def introspection_path(self) -> str:
        return "/"

    @pytest.fixture
    def caller(self, introspection_app: SmallEndpoint) -> RegisteredClient:
        return introspection_app.register()

    def test_a_token_is_asked_about(
        self,
        introspection_app: SmallEndpoint,
        caller: RegisteredClient,
        assert_active: Callable[..., Any],
        assert_inactive: Callable[..., None],
    ) -> None:
        token = introspection_app.issue(caller, scope="read")
        assert assert_active(token, caller=caller, hint="access_token")["scope"] == "read"
        introspection_app.revoke(token)
        assert_inactive(token, caller=caller)
        with pytest.raises(pytest.fail.Exception, match=r"^The token is not active: <200 "):
            assert_active(token, caller=caller)
        with pytest.raises(pytest.fail.Exception, match="Only an endpoint of Flask-Introspect"):
            assert_inactive(token, caller=caller, why="revoked")

    def test_its_factories_are_the_host_s_own(
        self, make_introspection_client: Callable[..., RegisteredClient]
    ) -> None:
        with pytest.raises(CannotMake, match="Override make_introspection_client"):
            make_introspection_client()
