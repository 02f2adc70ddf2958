"""What the host can publish: metadata (RFC 8414) and the public keys of signed answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jwt
import pytest
from flask import Flask

from flask_introspect import ConfigError, IntrospectBlueprint, introspect_bp

from ..authentication import signing
from ..support import DOCUMENTED, Client, Host, Token, db
from .answers import SIGNED, SIGNING, encryption_jwks
from .issuer import jwk, jwks

MakeHost = Callable[..., Host]

METHODS = "introspection_endpoint_auth_methods_supported"
PRIVATE = {"d", "p", "q", "dp", "dq", "qi"}


def metadata(host: Host) -> dict[str, Any]:
    with host.app.app_context():
        return introspect_bp.metadata()


def test_by_default_it_names_the_endpoint_and_two_methods(host: Host) -> None:
    assert metadata(host) == {
        "introspection_endpoint": "http://localhost:4000/v1/oauth/introspect",
        METHODS: ["client_secret_basic", "client_secret_post"],
    }


def test_it_names_what_is_configured(make_host: MakeHost) -> None:
    host = make_host(
        INTROSPECT_AUTH_METHODS=["bearer", "private_key_jwt"],
        INTROSPECT_ASSERTION_ALGORITHMS=["ES256", "RS256"],
        INTROSPECT_SIGNING_KEYS={"keys": [jwk("ES256", private=True)]},
    )
    assert metadata(host) == {
        "introspection_endpoint": "http://localhost:4000/v1/oauth/introspect",
        METHODS: ["Bearer", "private_key_jwt"],
        "introspection_endpoint_auth_signing_alg_values_supported": ["ES256", "RS256"],
        "introspection_signing_alg_values_supported": ["ES256"],
        "introspection_encryption_alg_values_supported": [
            "RSA-OAEP",
            "RSA-OAEP-256",
            "ECDH-ES",
            "ECDH-ES+A128KW",
            "ECDH-ES+A256KW",
        ],
        "introspection_encryption_enc_values_supported": [
            "A128CBC-HS256",
            "A256CBC-HS512",
            "A128GCM",
            "A256GCM",
        ],
    }


def test_secrets_that_sign_have_algorithms_of_their_own(make_host: MakeHost) -> None:
    host = make_host(
        INTROSPECT_AUTH_METHODS=["client_secret_jwt"],
        INTROSPECT_CLIENT_FIELDS={"client_secret": plain_secret()},
    )
    named = metadata(host)["introspection_endpoint_auth_signing_alg_values_supported"]
    assert named == ["HS256", "HS384", "HS512"]


def plain_secret() -> Any:
    from flask_introspect import plain

    return plain("client_secret")


@pytest.mark.parametrize(
    ("issuer", "held"),
    [
        (None, "it is not set"),
        ("urn:example:issuer", "it holds 'urn:example:issuer'"),
        ("auth.example.com", "it holds 'auth.example.com'"),
    ],
)
def test_it_needs_the_issuers_url(make_host: MakeHost, issuer: str | None, held: str) -> None:
    host = make_host(INTROSPECT_ISSUER=issuer)
    with pytest.raises(ConfigError, match="INTROSPECT_ISSUER") as refused:
        metadata(host)
    assert refused.value.problem.endswith(f", and {held}")


def test_each_method_that_is_named_is_taken(make_host: MakeHost) -> None:
    offered = ["client_secret_basic", "client_secret_post", "private_key_jwt", "bearer"]
    host = make_host(INTROSPECT_AUTH_METHODS=offered)
    keys = {"keys": [signing.jwk(name) for name in ("RS256", "ES256", "ES384", "EdDSA")]}
    host.add_client(resources=["my_api"])
    host.add_client("signer", client_secret=None, jwks=keys, resources=["my_api"])
    host.add_token()
    host.add_token("bearer", scope="introspection")

    def presented(method: str) -> dict[str, Any]:
        secret = {"client_id": "test_client_1", "client_secret": "test_secret"}
        assertion = {"client_assertion_type": signing.TYPE, "client_assertion": signing.signed()}
        ways: dict[str, dict[str, Any]] = {
            "client_secret_basic": {},
            "client_secret_post": {"caller": None, **secret},
            "private_key_jwt": {"caller": None, **assertion},
            "Bearer": {"caller": None, "headers": {"Authorization": "Bearer bearer"}},
        }
        return ways[method]

    named = metadata(host)
    assert len(named[METHODS]) == len(offered)
    for method in named[METHODS]:
        assert host.ask("documented", **presented(method)).json == DOCUMENTED, method
    algorithms = named["introspection_endpoint_auth_signing_alg_values_supported"]
    for n, algorithm in enumerate(sorted(set(algorithms) & {*signing.KEYS})):
        assertion = signing.signed(algorithm, jti=f"use {n}")
        assert signing.ask(host, assertion).json == DOCUMENTED, algorithm


def test_each_algorithm_that_is_named_signs(make_host: MakeHost) -> None:
    host = make_host(INTROSPECT_SIGNING_KEYS=SIGNING)
    for algorithm in metadata(host)["introspection_signing_alg_values_supported"]:
        host.add_client(algorithm, introspection_signed_response_alg=algorithm)
        answer = host.ask("x", caller=(algorithm, "test_secret"), headers={"Accept": SIGNED})
        assert jwt.get_unverified_header(answer.data)["alg"] == algorithm


def test_each_encryption_that_is_named_encrypts(make_host: MakeHost) -> None:
    host = make_host(INTROSPECT_SIGNING_KEYS={"keys": [jwk("ES256", private=True)]})
    named = metadata(host)
    for alg in named["introspection_encryption_alg_values_supported"]:
        for enc in named["introspection_encryption_enc_values_supported"]:
            keys = encryption_jwks("RSA" if alg.startswith("RSA") else "EC")
            host.add_client(
                f"{alg} {enc}",
                jwks=keys,
                introspection_encrypted_response_alg=alg,
                introspection_encrypted_response_enc=enc,
            )
            caller = (f"{alg} {enc}", "test_secret")
            answer = host.ask("x", caller=caller, headers={"Accept": SIGNED})
            assert answer.data.count(b".") == 4


# The public keys


def test_the_public_keys_are_those_that_verify(make_host: MakeHost) -> None:
    host = make_host(INTROSPECT_SIGNING_KEYS=SIGNING)
    with host.app.app_context():
        keys = introspect_bp.jwks()["keys"]
    expected = [
        {name: value for name, value in each.items() if name not in ("alg", "key_ops")}
        for each in jwks()["keys"]
    ]
    assert keys == expected
    assert not [each for each in keys if PRIVATE & each.keys()]


def test_without_signing_keys_the_set_is_empty(host: Host) -> None:
    with host.app.app_context():
        assert introspect_bp.jwks() == {"keys": []}


def test_the_host_can_mount_a_view_of_them(make_host: MakeHost) -> None:
    host = make_host(INTROSPECT_SIGNING_KEYS=SIGNING)
    host.app.add_url_rule("/jwks.json", view_func=introspect_bp.jwks_view)
    answer = host.app.test_client().get("/jwks.json")
    assert answer.content_type == "application/jwk-set+json"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert [each["kid"] for each in answer.json["keys"]] == ["RS256", "ES256", "ES384", "EdDSA"]


def mounted(database_url: str, prefix: str) -> Flask:
    """A host that mounts the endpoint elsewhere."""
    app = Flask(__name__)
    app.config.update(
        SQLALCHEMY_DATABASE_URI=database_url,
        INTROSPECT_CLIENT_MODEL=Client,
        INTROSPECT_TOKEN_MODEL=Token,
        INTROSPECT_ISSUER="https://a.example",
    )
    db.init_app(app)
    app.register_blueprint(introspect_bp, url_prefix=prefix)
    return app


@pytest.mark.parametrize(
    ("prefix", "path"),
    [("/oauth/", "/oauth/introspect"), ("/", "/introspect"), ("/a//", "/a/introspect")],
)
def test_a_slash_at_the_end_of_the_prefix_is_not_announced(
    database_url: str, prefix: str, path: str
) -> None:
    app = mounted(database_url, prefix)
    with app.app_context():
        endpoint = introspect_bp.metadata()["introspection_endpoint"]
    assert endpoint == f"https://a.example{path}"
    assert app.test_client().post(path).status_code == 401


def test_a_variable_of_the_prefix_needs_its_value(database_url: str) -> None:
    app = mounted(database_url, "/<string:tenant>/oauth")
    with app.app_context():
        filled = introspect_bp.metadata(tenant="acme & sons")
        assert (
            filled["introspection_endpoint"]
            == "https://a.example/acme%20%26%20sons/oauth/introspect"
        )
        with pytest.raises(ConfigError, match=r"needs a value for tenant"):
            introspect_bp.metadata()


def test_each_blueprint_speaks_of_its_own_endpoint(database_url: str) -> None:
    app = Flask(__name__)
    app.config.update(
        SQLALCHEMY_DATABASE_URI=database_url,
        A_CLIENT_MODEL=Client,
        A_TOKEN_MODEL=Token,
        A_ISSUER="https://a.example",
        B_CLIENT_MODEL=Client,
        B_TOKEN_MODEL=Token,
        B_ISSUER="https://b.example/tenant",
    )
    db.init_app(app)
    a = IntrospectBlueprint("a", config_prefix="A_", url_prefix="/a")
    b = IntrospectBlueprint("b", config_prefix="B_", url_prefix="/b")
    app.register_blueprint(a, name="another")
    app.register_blueprint(b, url_prefix="/mounted")
    with app.app_context():
        assert a.metadata()["introspection_endpoint"] == "https://a.example/a/introspect"
        assert b.metadata()["introspection_endpoint"] == "https://b.example/mounted/introspect"
        with pytest.raises(ConfigError, match="'introspect' is not registered"):
            introspect_bp.metadata()
