"""docs/testing.rst: each block of Python does what the page says, as it is printed."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

PAGE = Path(__file__).parents[2] / "docs" / "testing.rst"

#: The host of the page's examples. A "CORS extension" of its own answers OPTIONS.
MYAPP = """
from flask import Flask, request
from flask_sqlalchemy import SQLAlchemy

from flask_introspect import introspect_bp
from flask_introspect.models import ClientMixin, TokenMixin

db = SQLAlchemy()


class Client(db.Model, ClientMixin): ...


class Token(db.Model, TokenMixin): ...


def create_app(config):
    app = Flask(__name__)
    app.config.update(
        config, INTROSPECT_CLIENT_MODEL=Client, INTROSPECT_TOKEN_MODEL=Token
    )
    app.before_request(answer_options)
    db.init_app(app)
    app.register_blueprint(introspect_bp)

    @app.post("/logout")
    def log_out():
        db.session.scalar(Token.find(request.form["token"])).revoke()
        db.session.commit()
        return ""

    return app


def answer_options():
    return ("", 204) if request.method == "OPTIONS" else None
"""

#: The host with separate tables and foreign keys, as docs/your-own-tables.rst has it.
CLASSIC_MYAPP = """
from flask import Flask

from flask_introspect import introspect_bp
from tests.hosts.classic_tables import CONFIG, AccessToken, Client, RefreshToken, db


def create_app(config):
    app = Flask(__name__)
    app.config.update(config, **CONFIG)
    db.init_app(app)
    app.register_blueprint(introspect_bp)
    return app
"""

ANOTHER = """
from tests.kit.small_endpoint import SmallEndpoint

wsgi_app = SmallEndpoint()
revoke = wsgi_app.revoke


def register(client_id, secret):
    made = wsgi_app.register(client_id, secret=secret)
    return made.client_id, made.secret


def issue(client_id, kind, expires_in):
    return wsgi_app.issue(wsgi_app.clients[client_id], kind=kind, expires_in=expires_in)
"""


def blocks(name: str) -> list[str]:
    """The blocks of Python that begin with the name of a file."""
    found = re.findall(
        rf"^\.\. code-block:: python\n\n(    # {name}\n(?:    .*\n|\n)+)",
        PAGE.read_text("utf-8"),
        re.MULTILINE,
    )
    return [textwrap.dedent(each) for each in found]


CONFTEST, FACTORY, CLASSIC_FACTORIES, KEEPS = blocks("conftest.py")
SUITE, SUITE_WITH_A_FAULT = blocks("test_conformance.py")
[LOGOUT] = blocks("test_logout.py")
[OTHERS] = blocks("test_another_endpoint.py")

Run = Callable[..., dict[str, int]]


@pytest.fixture
def run_blocks(bare_pytester: pytest.Pytester) -> Run:
    """Runs a test file beside some blocks for ``conftest.py``."""

    def run(
        tests: str, *options: str, conftest: Sequence[str] = (CONFTEST,), myapp: str = MYAPP
    ) -> dict[str, int]:
        bare_pytester.makepyfile(myapp=myapp, another=ANOTHER, test_it=tests)
        bare_pytester.makeconftest("\n".join(conftest))
        bare_pytester.syspathinsert()
        return bare_pytester.runpytest_inprocess(*options).parseoutcomes()

    return run


def test_no_block_is_left_out() -> None:
    assert PAGE.read_text("utf-8").count(".. code-block:: python") == 8


def test_a_host_tests_its_own_logout(run_blocks: Run) -> None:
    assert run_blocks(LOGOUT) == {"passed": 1}


def test_a_host_makes_clients_in_its_own_way(run_blocks: Run) -> None:
    outcomes = run_blocks(SUITE, "-k", "hint or disabled", conftest=[CONFTEST, FACTORY])
    assert set(outcomes) == {"passed", "skipped", "deselected"}


def test_a_host_with_foreign_keys_keeps_every_rule(run_blocks: Run) -> None:
    factories = [CONFTEST, CLASSIC_FACTORIES]
    outcomes = run_blocks(SUITE, conftest=factories, myapp=CLASSIC_MYAPP)
    assert set(outcomes) == {"passed", "skipped"}
    assert outcomes["passed"] > 200


def test_without_factories_such_a_host_cannot_be_tested(run_blocks: Run) -> None:
    outcomes = run_blocks(SUITE, "-k", "good_token", myapp=CLASSIC_MYAPP)
    assert set(outcomes) == {"failed", "deselected"}


def test_a_host_keeps_its_rows(run_blocks: Run) -> None:
    tests = "def test_it(keeps_introspection_rows): assert keeps_introspection_rows"
    assert run_blocks(tests, conftest=[CONFTEST, KEEPS]) == {"passed": 1}


def test_a_host_is_held_to_the_rules(run_blocks: Run) -> None:
    outcomes = run_blocks(SUITE, "-k", "options or hint or method")
    assert (outcomes["failed"], set(outcomes)) == (1, {"passed", "failed", "deselected"})


def test_a_host_names_the_fault_that_it_knows(run_blocks: Run) -> None:
    outcomes = run_blocks(SUITE_WITH_A_FAULT, "-k", "options")
    assert (outcomes["xfailed"], set(outcomes)) == (1, {"xfailed", "deselected"})


def test_another_endpoint_is_held_to_the_rules_of_the_rfcs(run_blocks: Run) -> None:
    loading = 'pytest_plugins = ["flask_introspect.testing"]'
    outcomes = run_blocks(OTHERS, conftest=[loading])
    assert set(outcomes) == {"passed", "skipped"}
    assert outcomes["passed"] > 100
