"""The example app under gunicorn, asked by the clients that people use."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Callable, Iterator

import pytest
from authlib.integrations.requests_client import OAuth2Session

from example_app.__main__ import curl_lines
from example_app.callers import ask_about_a_jwt, ask_for_a_signed_answer
from example_app.demo import TOKEN

from .served import ROOT, serve_example

pytestmark = [pytest.mark.real_clients, pytest.mark.slow]


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve_example(tmp_path_factory.mktemp("example")) as issuer:
        yield issuer


@pytest.fixture
def session(issuer: str) -> Iterator[OAuth2Session]:
    """Authlib's client, with a token that it got for itself."""
    with OAuth2Session("test_client_1", "test_secret") as session:
        session.fetch_token(f"{issuer}/v1/oauth/token", grant_type="client_credentials")
        yield session


@pytest.mark.parametrize("line", [0, 1], ids=["json", "form"])
def test_curl_prints_the_documented_answer(issuer: str, line: int) -> None:
    printed = subprocess.run(
        curl_lines(issuer)[line], shell=True, check=True, capture_output=True, timeout=30
    ).stdout

    answer = json.loads(printed)
    assert answer == {
        "active": True,
        "scope": "read write",
        "client_id": "test_client_1",
        "username": "user123",
        "token_type": "Bearer",
        "exp": answer["iat"] + 30 * 24 * 3600,
        "iat": answer["iat"],
        "nbf": answer["iat"],
        "sub": "user123",
        "aud": "my_api",
        "iss": issuer,
        "jti": "b8e3bc09-cf9a-40c5-a5ad-e5f1240c2f4a",
    }


@pytest.mark.parametrize("line", curl_lines("http://localhost:4000"), ids=["json", "form"])
def test_the_readme_shows_the_lines_that_are_tested_here(line: str) -> None:
    readme = (ROOT / "README.rst").read_text("utf-8").replace("\\\n", " ")

    assert " ".join(line.split()) in " ".join(readme.split())


@pytest.mark.parametrize("ask", [ask_about_a_jwt, ask_for_a_signed_answer])
def test_the_example_shows_a_jwt_and_a_signed_answer(
    issuer: str, ask: Callable[[str], str]
) -> None:
    assert "'active': True" in ask(issuer)


def test_authlib_sees_its_token_revoked_at_once_by_every_worker(
    issuer: str, session: OAuth2Session
) -> None:
    def is_active() -> list[bool]:
        endpoint = f"{issuer}/v1/oauth/introspect"
        answers = [
            session.introspect_token(endpoint, token_type_hint="access_token") for _ in range(8)
        ]
        return [answer.json()["active"] for answer in answers]

    assert is_active() == [True] * 8

    session.revoke_token(
        f"{issuer}/v1/oauth/revoke", token_type_hint="access_token"
    ).raise_for_status()

    assert is_active() == [False] * 8


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_fastmcp_accepts_a_live_token(issuer: str, method: str) -> None:
    from fastmcp.server.auth.providers.introspection import IntrospectionTokenVerifier

    verifier = IntrospectionTokenVerifier(
        introspection_url=f"{issuer}/v1/oauth/introspect",
        client_id="resource_server",
        client_secret="resource_secret",
        client_auth_method=method,
        required_scopes=["read"],
        audience="my_api",
    )

    accepted = asyncio.run(verifier.verify_token(TOKEN))

    assert accepted is not None
    assert accepted.subject == "user123"
    assert accepted.scopes == ["read", "write"]
    assert asyncio.run(verifier.verify_token("no-such-token")) is None
