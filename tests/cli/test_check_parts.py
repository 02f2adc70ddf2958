"""``flask introspect check`` tries what the configuration names besides tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ..authentication.test_certificates import CertifiedClient
from ..conftest import MakeHost
from ..jwt.issuer import ISSUER, jwk, jwks
from ..limits import test_storage
from ..support import db
from .conftest import CLI
from .test_check import findings

#: A server of the test's own.
redis = test_storage.redis

NO_SERVER = "redis://:a_password@127.0.0.1:1/0"


def raise_it() -> Any:
    raise RuntimeError("a_password")


def problem(make_host: MakeHost, **config: Any) -> str:
    """The one error that ``check`` finds, with its remedy."""
    result = CLI(make_host(**config).app)("check")
    assert result.exit_code == 1
    assert "a_password" not in result.output
    return " ".join(result.stdout.split())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (raise_it, "INTROSPECT_SESSION raised RuntimeError"),
        (lambda: None, "INTROSPECT_SESSION returned NoneType"),
        (lambda: "sqlite://", "INTROSPECT_SESSION returned str"),
    ],
    ids=["raises", "nothing", "a text"],
)
def test_a_session_that_is_none_is_an_error(make_host: MakeHost, given: Any, said: str) -> None:
    assert said in problem(make_host, INTROSPECT_SESSION=given)


def test_a_session_that_reads_elsewhere_is_tried(make_host: MakeHost, tmp_path: Path) -> None:
    empty = sa.create_engine(f"sqlite:///{tmp_path / 'replica.db'}")
    said = problem(make_host, INTROSPECT_SESSION=lambda: empty)
    assert "INTROSPECT_SESSION reads no clients" in said
    assert "no such table: client" in said
    empty.dispose()


@pytest.mark.parametrize("name", ["session", "engine"])
def test_a_session_that_can_read_is_fine(make_host: MakeHost, name: str) -> None:
    app = make_host(INTROSPECT_SESSION=lambda: getattr(db, name)).app
    assert findings(app, "--strict", status=0) == {}


def test_a_storage_that_does_not_answer_is_a_warning(make_host: MakeHost) -> None:
    app = make_host(INTROSPECT_LIMIT_STORAGE_URI=NO_SERVER).app
    assert findings(app, status=0) == {"no_storage": "warning"}


def test_a_storage_that_must_answer_and_does_not_is_an_error(make_host: MakeHost) -> None:
    config = {"INTROSPECT_LIMIT_STORAGE_URI": NO_SERVER, "INTROSPECT_LIMIT_FAILURE": "closed"}
    assert "LIMIT_FAILURE = 'closed' callers are refused" in problem(make_host, **config)


def test_a_storage_that_answers_is_fine(make_host: MakeHost, redis: test_storage.Redis) -> None:
    app = make_host(INTROSPECT_LIMIT_STORAGE_URI=redis.url).app
    assert findings(app, "--strict", status=0) == {}


@pytest.mark.parametrize("method", ["private_key_jwt", "self_signed_tls_client_auth"])
def test_a_method_without_a_column_for_keys_is_an_error(make_host: MakeHost, method: str) -> None:
    said = problem(
        make_host,
        INTROSPECT_AUTH_METHODS=["client_secret_basic", method],
        INTROSPECT_CLIENT_FIELDS={"jwks": None},
        INTROSPECT_CLIENT_CERTIFICATE={"environ": "CERT", "verified": "VERIFIED"},
    )
    assert f"No client can use {method}" in said
    assert "Client has no column for 'jwks'" in said


def test_a_method_without_a_column_for_names_is_an_error(make_host: MakeHost) -> None:
    config: dict[str, Any] = {
        "INTROSPECT_AUTH_METHODS": ["tls_client_auth"],
        "INTROSPECT_CLIENT_CERTIFICATE": {"environ": "CERT", "verified": "VERIFIED"},
    }
    assert "no column for 'tls_client_auth_subject_dn' or" in problem(make_host, **config)
    app = make_host(INTROSPECT_CLIENT_MODEL=CertifiedClient, **config).app
    assert findings(app, status=0) == {}


def test_keys_for_no_algorithm_that_is_allowed_are_an_error(make_host: MakeHost) -> None:
    config = {"INTROSPECT_JWT_KEYS": jwks("ES256"), "INTROSPECT_JWT_ALGORITHMS": ["RS256"]}
    said = problem(make_host, INTROSPECT_ISSUER=ISSUER, **config)
    assert "the keys are for ES256, and allowed are RS256" in said


@pytest.mark.parametrize("key", ["INTROSPECT_JWT_KEYS", "INTROSPECT_SIGNING_KEYS"])
@pytest.mark.parametrize(
    ("given", "said"),
    [
        (raise_it, "raised RuntimeError"),
        (lambda: None, "returned what cannot be used: a NoneType is no JWK set"),
        (lambda: {"keys": []}, "returned what cannot be used: the set is empty"),
    ],
    ids=["raises", "nothing", "no keys"],
)
def test_a_callable_that_gives_no_keys_is_an_error(
    make_host: MakeHost, key: str, given: Any, said: str
) -> None:
    assert f"{key} {said}, so no" in problem(make_host, INTROSPECT_ISSUER=ISSUER, **{key: given})


def test_a_file_that_lost_its_keys_is_an_error(make_host: MakeHost, file: Path) -> None:
    file.write_text(json.dumps(jwks("ES256")))
    app = make_host(INTROSPECT_ISSUER=ISSUER, INTROSPECT_JWT_KEYS=file).app
    assert findings(app, status=0) == {}
    file.unlink()
    assert findings(app, status=1) == {"no_keys": "error"}


def test_keys_that_fit_are_fine(make_host: MakeHost) -> None:
    config: dict[str, Any] = {
        "INTROSPECT_JWT_KEYS": lambda: jwks("ES256"),
        "INTROSPECT_SIGNING_KEYS": lambda: jwk("ES256", private=True),
    }
    assert findings(make_host(INTROSPECT_ISSUER=ISSUER, **config).app, status=0) == {}
