"""The document is sound, and says what is configured."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import validate

from flask_introspect import ConfigError, IntrospectBlueprint, introspect_bp, plain
from flask_introspect.cli import introspect_cli

from ..jwt.issuer import jwk
from ..support import DOCUMENTED, FORM, JSON, Client, Host, Token, db
from .support import document_of, documented, operation, valid

MakeHost = Callable[..., Host]

ROOT = Path(__file__).parents[2]
SIGNED = "application/token-introspection+jwt"
SIGNING = {"keys": [jwk("ES256", private=True)]}

#: One configuration for each thing that the document says otherwise.
CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "default": {},
    "no issuer": {"INTROSPECT_ISSUER": None},
    "every method": {
        "INTROSPECT_AUTH_METHODS": [
            "client_secret_basic",
            "client_secret_post",
            "client_secret_jwt",
            "private_key_jwt",
            "tls_client_auth",
            "self_signed_tls_client_auth",
            "bearer",
        ],
        "INTROSPECT_CLIENT_CERTIFICATE": {"environ": "PEM", "verified": "VERIFIED"},
        "INTROSPECT_CLIENT_FIELDS": {"client_secret": plain("client_secret")},
    },
    "signed answers": {"INTROSPECT_SIGNING_KEYS": SIGNING},
    "inactive": {"INTROSPECT_UNKNOWN_TOKEN": "inactive"},
    "not found": {"INTROSPECT_UNKNOWN_TOKEN": "not_found"},
    "limits": {"INTROSPECT_RATE_LIMIT": "1 per minute"},
}


@pytest.fixture
def describe(make_host: MakeHost) -> Callable[..., dict[str, Any]]:
    """Gives the document of a host with this configuration."""
    return lambda **config: document_of(make_host(**config).app)


Describe = Callable[..., dict[str, Any]]


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_the_document_is_valid_openapi(describe: Describe, name: str) -> None:
    document = describe(**CONFIGURATIONS[name])
    assert document["openapi"] == "3.1.0"
    validate(document)


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_every_example_is_what_its_schema_says(describe: Describe, name: str) -> None:
    document = describe(**CONFIGURATIONS[name])
    described = operation(document)
    contents = [described["requestBody"]["content"]]
    contents += [each["content"] for each in described["responses"].values()]
    bodies = [body for content in contents for body in content.values()]
    examples = [(body, each) for body in bodies for each in body.get("examples", {}).values()]
    assert len(examples) > 20
    for body, example in examples:
        assert valid(document, body["schema"], example["value"])


def test_the_printed_document_is_that_of_the_default_configuration() -> None:
    printed = (ROOT / "docs/openapi.json").read_text("utf-8")
    assert printed == json.dumps(documented(), indent=2) + "\n", (
        "renew it: python -m tests.openapi > docs/openapi.json"
    )


def test_the_body_is_described_in_both_dialects(describe: Describe) -> None:
    assert set(operation(describe())["requestBody"]["content"]) == {JSON, FORM}


@pytest.mark.parametrize(
    ("methods", "schemes", "members"),
    [
        (["client_secret_basic"], [{"client_secret_basic": []}], set()),
        (["client_secret_post"], [{}], {"client_id", "client_secret"}),
        (["bearer"], [{"bearer": ["introspection"]}], set()),
        (["private_key_jwt"], [{}], {"client_id", "client_assertion", "client_assertion_type"}),
        (
            ["bearer", "client_secret_post"],
            [{"bearer": ["introspection"]}, {}],
            {"client_id", "client_secret"},
        ),
    ],
)
def test_what_proves_who_calls_is_what_is_on_offer(
    describe: Describe, methods: list[str], schemes: list[Any], members: set[str]
) -> None:
    document = describe(INTROSPECT_AUTH_METHODS=methods)
    assert operation(document)["security"] == schemes
    for body in ("JsonRequest", "FormRequest"):
        found = document["components"]["schemas"][body]["properties"]
        assert found.keys() - {"token", "token_type_hint"} == members


def test_certificates_are_a_security_scheme(describe: Describe) -> None:
    document = describe(**CONFIGURATIONS["every method"])
    schemes = document["components"]["securitySchemes"]
    assert schemes["tls_client_auth"]["type"] == "mutualTLS"
    assert {} in operation(document)["security"]


@pytest.mark.parametrize(
    ("methods", "challenged"), [(["client_secret_basic"], True), (["private_key_jwt"], False)]
)
def test_a_challenge_is_described_where_a_scheme_is_on_offer(
    describe: Describe, methods: list[str], challenged: bool
) -> None:
    responses = operation(describe(INTROSPECT_AUTH_METHODS=methods))["responses"]
    assert ("WWW-Authenticate" in responses["401"]["headers"]) is challenged


@pytest.mark.parametrize(
    ("methods", "pattern"),
    [
        (["client_secret_basic"], "^Basic "),
        (["bearer"], "^Bearer "),
        (["bearer", "client_secret_basic"], "^Basic |^Bearer "),
    ],
)
def test_a_challenge_names_a_scheme_that_is_on_offer(
    describe: Describe, methods: list[str], pattern: str
) -> None:
    header = operation(describe(INTROSPECT_AUTH_METHODS=methods))["responses"]["401"]["headers"]
    assert header["WWW-Authenticate"]["required"] is True
    assert header["WWW-Authenticate"]["schema"]["pattern"] == pattern


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_every_part_is_referred_to(describe: Describe, name: str) -> None:
    document = describe(**CONFIGURATIONS[name])
    parts, text = document["components"], json.dumps(document)
    referred = {name for way in operation(document)["security"] for name in way}
    assert parts.pop("securitySchemes").keys() == referred
    for kind, of_kind in parts.items():
        for each in of_kind:
            assert f'"#/components/{kind}/{each}"' in text


@pytest.mark.parametrize("issuer", ["https://auth.example.com", "urn:example:issuer", None])
def test_the_example_is_of_the_configured_issuer(describe: Describe, issuer: str | None) -> None:
    answer = operation(describe(INTROSPECT_ISSUER=issuer))["responses"]["200"]
    example = answer["content"][JSON]["examples"]["active"]["value"]
    assert example.get("iss") == issuer
    assert [*example] == [each for each in DOCUMENTED if issuer or each != "iss"]


@pytest.mark.parametrize(
    ("config", "status", "there"),
    [
        ({}, "404", True),
        ({"INTROSPECT_UNKNOWN_TOKEN": "not_found"}, "404", True),
        ({"INTROSPECT_UNKNOWN_TOKEN": "inactive"}, "404", False),
        ({}, "429", False),
        ({"INTROSPECT_RATE_LIMIT": "1 per minute"}, "429", True),
    ],
)
def test_a_status_is_described_where_it_can_come(
    describe: Describe, config: dict[str, Any], status: str, there: bool
) -> None:
    assert (status in operation(describe(**config))["responses"]) is there


@pytest.mark.parametrize(
    ("config", "there"), [({}, False), (CONFIGURATIONS["signed answers"], True)]
)
def test_signed_answers_are_described_where_there_are_keys(
    describe: Describe, config: dict[str, Any], there: bool
) -> None:
    described = operation(describe(**config))["responses"]["200"]
    assert (SIGNED in described["content"]) is there
    assert ("Vary" in described["headers"]) is there


def test_variables_of_the_hosts_prefix_become_parameters(database_url: str) -> None:
    app = Flask(__name__)
    app.config.update(
        SQLALCHEMY_DATABASE_URI=database_url,
        A_CLIENT_MODEL=Client,
        A_TOKEN_MODEL=Token,
    )
    db.init_app(app)
    blueprint = IntrospectBlueprint("a", config_prefix="A_", url_prefix="/<string:tenant>/oauth")
    app.register_blueprint(blueprint)
    with app.app_context():
        document = blueprint.openapi()
    validate(document)
    (parameter,) = document["paths"]["/{tenant}/oauth/introspect"]["parameters"]
    assert (parameter["name"], parameter["in"]) == ("tenant", "path")
    assert "servers" not in document


# Where it comes from


def test_the_host_can_mount_a_view_of_it(fresh_host: Host) -> None:
    fresh_host.app.add_url_rule("/openapi.json", view_func=introspect_bp.openapi_view)
    answer = fresh_host.app.test_client().get("/openapi.json")
    assert answer.content_type == "application/json"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.json == document_of(fresh_host.app)


@pytest.mark.parametrize("options", [[], ["--json"], ["--endpoint", "introspect"]], ids=str)
def test_the_command_line_prints_it(host: Host, options: list[str]) -> None:
    result = host.app.test_cli_runner().invoke(introspect_cli, ["openapi", *options])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == document_of(host.app)


def test_a_blueprint_that_is_not_registered_has_none() -> None:
    with Flask(__name__).app_context(), pytest.raises(ConfigError, match="is not registered"):
        introspect_bp.openapi()


WITHOUT = """
import sys
from flask_introspect.cli import introspect_cli
sys.modules["apispec"] = None  # as if it were not installed
from flask_introspect import ConfigError, introspect_bp
from tests.support import make_app
app = make_app("sqlite://")
with app.app_context():
    try:
        introspect_bp.openapi()
    except ConfigError as error:
        print(error)
print(app.test_cli_runner().invoke(introspect_cli, ["openapi"]).stderr)
"""


@pytest.mark.slow
def test_a_missing_library_is_told_with_its_extra() -> None:
    command = [sys.executable, "-c", WITHOUT]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    said = "openapi: the document needs apispec. pip install Flask-Introspect[openapi]"
    assert done.stdout.split("\n")[:2] == [said, f"Error: {said}"]
