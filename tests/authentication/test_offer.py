"""What a host can put on offer, what it needs for that, and what it loads."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flask_introspect import ConfigError

from ..support import CHALLENGE, FORM, Host, make_app

MakeHost = Callable[..., Host]

ISSUER = "https://auth.example.com"
CERTIFICATE = {"environ": "SSL_CLIENT_CERT", "verified": None}
EXTRA = "pip install Flask-Introspect[jwt]"

#: Serves a request in a process of its own, where the named packages are not installed.
SERVE = """
import sys
for name in {hidden!r}:
    sys.modules[name] = None
from flask_introspect import ConfigError
from tests.support import make_app
try:
    app = make_app("sqlite://", **{config!r})
except ConfigError as error:
    print(error.key, error.problem, error.remedy, sep="|")
else:
    answer = app.test_client().post("/v1/oauth/introspect", json={{"token": "t"}})
    loaded = [name for name in ("cryptography", "joserfc") if sys.modules.get(name)]
    print(answer.status_code, *loaded)
"""


def serve(*hidden: str, **config: Any) -> str:
    config.setdefault("INTROSPECT_CLIENT_CERTIFICATE", CERTIFICATE)
    code = SERVE.format(hidden=hidden, config=config)
    run = [sys.executable, "-c", code]
    root = Path(__file__).parents[2]
    done = subprocess.run(run, cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.slow
@pytest.mark.parametrize("methods", [None, ["basic", "post", "bearer"]], ids=str)
def test_without_keys_and_certificates_no_cryptography_is_loaded(methods: Any) -> None:
    assert serve(INTROSPECT_AUTH_METHODS=methods) == "401"
    assert serve("joserfc", "cryptography", INTROSPECT_AUTH_METHODS=methods) == "401"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "problem"),
    [
        ("private_key_jwt", "signed assertions need joserfc"),
        ("tls_client_auth", "client certificates need cryptography and joserfc"),
        ("self_signed_tls_client_auth", "client certificates need cryptography and joserfc"),
    ],
)
@pytest.mark.parametrize("hidden", ["joserfc", "cryptography"])
def test_a_method_without_its_extra_names_the_extra(hidden: str, method: str, problem: str) -> None:
    said = serve(hidden, INTROSPECT_AUTH_METHODS=[method])
    assert said == f"INTROSPECT_AUTH_METHODS|{problem}|{EXTRA}"


def refused(**config: Any) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        make_app("sqlite://", **config)
    return caught.value


def test_a_secret_that_is_hashed_cannot_sign() -> None:
    error = refused(INTROSPECT_AUTH_METHODS=["client_secret_jwt"])
    assert error.key == "INTROSPECT_AUTH_METHODS"
    assert error.problem == (
        "client_secret_jwt needs the secret itself, and the client table keeps hashes"
    )
    assert "private_key_jwt" in error.remedy


def test_a_certificate_that_cannot_be_seen_proves_nobody() -> None:
    error = refused(INTROSPECT_AUTH_METHODS=["tls_client_auth"])
    assert error.key == "INTROSPECT_CLIENT_CERTIFICATE"
    assert '{"environ": NAME' in error.remedy


def test_without_an_issuer_no_assertion_is_meant_for_this_server() -> None:
    error = refused(INTROSPECT_AUTH_METHODS=["private_key_jwt"], INTROSPECT_ISSUER=None)
    assert error.key == "INTROSPECT_ASSERTION_AUDIENCES"
    assert "INTROSPECT_ISSUER" in error.remedy


def test_a_list_of_audiences_does_instead_of_an_issuer() -> None:
    audiences = {"INTROSPECT_ISSUER": None, "INTROSPECT_ASSERTION_AUDIENCES": [ISSUER]}
    make_app("sqlite://", INTROSPECT_AUTH_METHODS=["private_key_jwt"], **audiences)


@pytest.mark.parametrize(
    "algorithm", ["none", "HS256", "rs256", "RS1", "", "ES256K", "RSA-OAEP", 5], ids=repr
)
def test_an_algorithm_that_cannot_be_allowed_fails_at_registration(algorithm: Any) -> None:
    error = refused(INTROSPECT_ASSERTION_ALGORITHMS=[algorithm])
    assert error.key == "INTROSPECT_ASSERTION_ALGORITHMS"


@pytest.mark.parametrize(
    "scope", ["", " ", "a b", 'a"', "a\\", "a\r\nX-Evil: 1", "ä", 5, ["a"]], ids=repr
)
def test_a_scope_that_no_header_can_hold_fails_at_registration(scope: Any) -> None:
    assert refused(INTROSPECT_BEARER_SCOPE=scope).key == "INTROSPECT_BEARER_SCOPE"


@pytest.mark.parametrize(
    ("methods", "challenges"),
    [
        (["basic", "private_key_jwt"], [CHALLENGE]),
        (["bearer"], ['Bearer realm="token introspection"']),
        (["post", "private_key_jwt"], []),
    ],
)
def test_a_challenge_names_the_schemes_on_offer(
    make_host: MakeHost, methods: list[str], challenges: list[str]
) -> None:
    answer = make_host(INTROSPECT_AUTH_METHODS=methods).ask("t", dialect=FORM, caller=None)
    assert answer.status_code == 401
    assert answer.headers.getlist("WWW-Authenticate") == challenges
