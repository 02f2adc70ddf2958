"""curl, Authlib and the resource servers in Python, each as the page on resource servers shows it.

``trusting`` trusts a throwaway authority; only addresses are others than on the page.
"""

from __future__ import annotations

import json
import runpy
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient

from .blocks import block
from .servers import GARBAGE, AuthServer, missing

pytestmark = pytest.mark.real_clients

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Runs a block of Python, and returns what it defines."""
    with ExitStack() as cleanup:

        def run(name: str, *places: tuple[str, str]) -> dict[str, Any]:
            program = tmp_path / "program.py"
            program.write_text(block(name, *places), "utf-8")
            defined = runpy.run_path(str(program), run_name="program")
            if "session" in defined:
                cleanup.callback(defined["session"].close)
            return defined

        yield run


# Who asks by hand


def test_curl_prints_the_answer(trusting: AuthServer) -> None:
    if shutil.which("curl") is None:
        missing("curl")
    line = block("ask-with-curl", trusting.place).removeprefix("$ ")
    answers = [
        subprocess.run(
            f"TOKEN={token}; {line}", shell=True, check=True, capture_output=True, timeout=30
        ).stdout
        for token in (trusting.users_token, GARBAGE)
    ]
    known, unknown = map(json.loads, answers)
    assert (known["active"], known["username"]) == (True, "user123")
    assert unknown == {"active": False}


def test_authlib_returns_the_answer(trusting: AuthServer, run: Run) -> None:
    introspect = run("ask-with-authlib", trusting.place)["introspect"]
    answer = introspect(trusting.users_token)
    assert (answer["active"], answer["username"], answer["scope"]) == (
        True,
        "user123",
        "read write",
    )
    assert introspect(trusting.revoke(trusting.issue())) == {"active": False}
    assert introspect(GARBAGE) == {"active": False}


def test_authlib_raises_when_the_endpoint_is_down(trusting: AuthServer, run: Run) -> None:
    introspect = run("ask-with-authlib", trusting.closed_place)["introspect"]
    with pytest.raises(requests.ConnectionError):
        introspect(trusting.users_token)


def test_authlib_raises_when_the_certificate_is_not_trusted(auth: AuthServer, run: Run) -> None:
    introspect = run("ask-with-authlib", auth.place)["introspect"]
    with pytest.raises(requests.exceptions.SSLError):
        introspect(auth.users_token)


# Flask


def get_orders(http: FlaskClient, token: str) -> tuple[int, Any]:
    answer = http.get("/orders", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, answer.get_json(silent=True)


@pytest.fixture(params=["flask-with-authlib", "flask-oidc"])
def flask_block(request: pytest.FixtureRequest) -> str:
    if request.param == "flask-oidc":
        try:
            import flask_oidc  # noqa: F401
        except ImportError:
            missing("flask-oidc")
    return str(request.param)


@pytest.fixture
def orders(trusting: AuthServer, run: Run, flask_block: str) -> FlaskClient:
    client: FlaskClient = run(flask_block, trusting.place)["app"].test_client()
    return client


def test_flask_lets_a_live_token_in(trusting: AuthServer, orders: FlaskClient) -> None:
    assert get_orders(orders, trusting.users_token) == (200, {"of": "user123"})


def test_flask_refuses_a_token_at_once_when_it_is_revoked(
    trusting: AuthServer, orders: FlaskClient
) -> None:
    token = trusting.issue()
    assert get_orders(orders, token)[0] == 200
    trusting.revoke(token)
    assert get_orders(orders, token)[0] == 401


def test_flask_refuses_a_token_that_nobody_issued(orders: FlaskClient) -> None:
    assert get_orders(orders, GARBAGE)[0] == 401


def test_flask_refuses_a_token_without_the_scope(trusting: AuthServer, orders: FlaskClient) -> None:
    assert get_orders(orders, trusting.issue("write"))[0] == 403


@pytest.mark.parametrize(
    ("flask_block", "status"),
    [("flask-with-authlib", 503), ("flask-oidc", 500)],
    indirect=["flask_block"],
)
def test_flask_lets_nobody_in_when_the_endpoint_is_down(
    trusting: AuthServer, run: Run, flask_block: str, status: int
) -> None:
    app = run(flask_block, trusting.closed_place)["app"]
    assert get_orders(app.test_client(), trusting.users_token)[0] == status
