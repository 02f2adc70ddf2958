"""What each key takes, and what it says when it cannot work."""

from __future__ import annotations

import functools
import inspect
import re
from typing import Any

import pytest
from limits import parse

from flask_introspect import (
    ConfigError,
    IntrospectError,
    Right,
)
from flask_introspect.settings import Settings

from ..support import (
    DOCUMENTED,
    Client,
    Host,
    Token,
    make_app,
    quick_hash,
)

MODELS = {"INTROSPECT_CLIENT_MODEL": Client, "INTROSPECT_TOKEN_MODEL": Token}


def yes(*_: object) -> bool:
    """A callable that can be named in a configuration."""
    return True


def no_arguments() -> bool:
    """A callable that takes nothing."""
    return True


def test_the_defaults_are_pinned() -> None:
    settings = Settings.read(MODELS)
    names = settings.__dataclass_fields__.keys() - {"clock", "known_keys"}
    values = {name: getattr(settings, name) for name in names}
    assert values == {
        "prefix": "INTROSPECT_",
        "client_model": Client,
        "token_models": (Token,),
        "client_fields": None,
        "token_fields": (None,),
        "session": None,
        "issuer": None,
        "auth_methods": {"client_secret_basic", "client_secret_post"},
        "allow_repeated_credentials": False,
        "secret_verifier": None,
        "secret_hasher": None,
        "bearer_scope": "introspection",
        "assertion_audiences": None,
        "assertion_algorithms": {"RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519"},
        "client_certificate": None,
        "jwt_keys": None,
        "jwt_algorithms": {"RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519"},
        "jwt_types": {"at+jwt"},
        "jwt_issuers": None,
        "jwt_stored": False,
        "jwt_revoked": None,
        "signing_keys": None,
        "failed_auth_limit": (parse("20 per minute"),),
        "failed_auth_address_limit": (parse("300 per minute"),),
        "inactive_limit": (),
        "rate_limit": (),
        "limit_storage_uri": "memory://",
        "limits_fail_open": True,
        "max_hashes": 2,
        "policy": Right.AUDIENCE,
        "extra_claims": None,
        "unknown_is_inactive": None,
        "max_body_bytes": 65536,
        "max_token_length": 8192,
        "store_timeout": 5,
        "leeway": 0,
        "metrics": False,
        "tracing": False,
    }


def test_a_none_is_the_default() -> None:
    given = {
        f"INTROSPECT_{name.upper()}": None
        for name in Settings.__dataclass_fields__
        if name != "prefix"
    }
    read = {name: value for name, value in given.items() if "MODEL" not in name}
    assert Settings.read({**read, **MODELS}) == Settings.read(MODELS)


def test_the_clock_is_the_systems_by_default() -> None:
    import time

    assert abs(Settings.read(MODELS).clock() - time.time()) < 60


@pytest.mark.parametrize(
    ("key", "value", "name", "expected"),
    [
        ("CLIENT_MODEL", f"{Client.__module__}:Client", "client_model", Client),
        ("TOKEN_MODEL", [Token, f"{Token.__module__}:Token"], "token_models", (Token, Token)),
        ("TOKEN_MODEL", (Token,), "token_models", (Token,)),
        ("ISSUER", "https://as.example", "issuer", "https://as.example"),
        ("POLICY", "any", "policy", Right.ANY),
        ("POLICY", Right.OWN, "policy", Right.OWN),
        ("POLICY", yes, "policy", yes),
        ("POLICY", f"{__name__}:yes", "policy", yes),
        ("SECRET_VERIFIER", f"{__name__}:yes", "secret_verifier", yes),
        ("SECRET_HASHER", f"{__name__}:yes", "secret_hasher", yes),
        ("EXTRA_CLAIMS", f"{__name__}.yes", "extra_claims", yes),
        ("UNKNOWN_TOKEN", "inactive", "unknown_is_inactive", True),
        ("UNKNOWN_TOKEN", "not_found", "unknown_is_inactive", False),
        ("AUTH_METHODS", ["basic"], "auth_methods", {"client_secret_basic"}),
        (
            "AUTH_METHODS",
            ("bearer", "private_key_jwt"),
            "auth_methods",
            {"bearer", "private_key_jwt"},
        ),
        ("BEARER_SCOPE", "look", "bearer_scope", "look"),
        (
            "ASSERTION_AUDIENCES",
            ["https://as.example"],
            "assertion_audiences",
            ("https://as.example",),
        ),
        ("ASSERTION_ALGORITHMS", ["ES512"], "assertion_algorithms", {"ES512"}),
        ("LEEWAY", 30, "leeway", 30),
        ("MAX_BODY_BYTES", 1, "max_body_bytes", 1),
        ("STORE_TIMEOUT", 1, "store_timeout", 1),
        ("STORE_TIMEOUT", 2.5, "store_timeout", 2.5),
        ("STORE_TIMEOUT", "off", "store_timeout", None),
        ("STORE_TIMEOUT", False, "store_timeout", None),
        ("STORE_TIMEOUT", 0, "store_timeout", None),
    ],
)
def test_each_key_takes_what_it_documents(key: str, value: Any, name: str, expected: Any) -> None:
    assert getattr(Settings.read({**MODELS, f"INTROSPECT_{key}": value}), name) == expected


BAD = [
    ("CLIENT_MODEL", None, "it is not set", "module:Name"),
    ("TOKEN_MODEL", None, "it is not set", "module:Name"),
    ("CLIENT_MODEL", "nowhere:Client", "cannot be imported", "module:Name"),
    ("CLIENT_MODEL", "tests.support:Nothing", "cannot be imported", "module:Name"),
    ("CLIENT_MODEL", "not a module", "cannot be imported", "module:Name"),
    ("CLIENT_MODEL", object, "is no mapped class", "model"),
    ("CLIENT_MODEL", Client(), "is no mapped class", "model"),
    ("CLIENT_MODEL", Client.__table__, "is no mapped class", "model"),
    ("CLIENT_MODEL", 1, "is no mapped class", "model"),
    ("TOKEN_MODEL", [], "the list is empty", "at least one"),
    ("TOKEN_MODEL", [Token, "nowhere:Token"], "cannot be imported", "module:Name"),
    ("TOKEN_MODEL", [Token, None], "is no mapped class", "model"),
    ("CLIENT_FIELDS", ["client_id"], "it holds a list", "dict"),
    ("TOKEN_FIELDS", 1, "it holds an int", "dict"),
    ("CLIENT_CERTIFICATE", "X-Client-Cert", "it holds a str", '{"header": NAME, "verified": '),
    ("CLIENT_CERTIFICATE", {"header": "X"}, "must have 'verified'", '"from": [ADDRESS, ...]}'),
    ("TOKEN_FIELDS", [{}, {}], "2 mappings for 1 token models", "one for each"),
    ("SESSION", "not callable", "cannot be imported", "module:Name"),
    ("SESSION", 1, "an int cannot be called", "function"),
    ("SECRET_VERIFIER", {}, "a dict cannot be called", "function"),
    ("SECRET_HASHER", {}, "a dict cannot be called", "function"),
    ("EXTRA_CLAIMS", "nowhere:claims", "cannot be imported", "module:Name"),
    ("CLOCK", 5, "cannot be called", "function"),
    ("ISSUER", "", "it holds ''", "https://"),
    ("ISSUER", 4000, "it holds 4000", "https://"),
    ("AUTH_METHODS", [], "it holds []", "client_secret_basic"),
    ("AUTH_METHODS", "basic", "it holds 'basic'", "client_secret_basic"),
    ("AUTH_METHODS", ["basic", "none"], "no method 'none'", "client_secret_post"),
    ("AUTH_METHODS", [["basic"]], "no method ['basic']", "client_secret_post"),
    ("POLICY", "everything", "it holds 'everything'", "'audience'"),
    ("POLICY", "", "it holds ''", "'audience'"),
    ("POLICY", 1, "it holds 1", "'audience'"),
    ("POLICY", [], "it holds []", "callable"),
    ("POLICY", "nowhere:judge", "cannot be imported", "module:Name"),
    ("POLICY", f"{__name__}:MODELS", "it holds {", "callable"),
    ("UNKNOWN_TOKEN", "404", "it holds '404'", "'not_found'"),
    ("UNKNOWN_TOKEN", True, "it holds True", "'inactive'"),
    ("UNKNOWN_TOKEN", [], "it holds []", "'inactive'"),
    ("ALLOW_REPEATED_CREDENTIALS", "yes", "it holds 'yes'", "True or False"),
    ("ALLOW_REPEATED_CREDENTIALS", 1, "it holds 1", "True or False"),
    ("MAX_BODY_BYTES", 0, "it holds 0", "1 or more"),
    ("MAX_BODY_BYTES", -1, "it holds -1", "1 or more"),
    ("MAX_BODY_BYTES", "64K", "it holds '64K'", "whole number"),
    ("MAX_BODY_BYTES", 1.5, "it holds 1.5", "whole number"),
    ("MAX_TOKEN_LENGTH", 0, "it holds 0", "1 or more"),
    ("MAX_TOKEN_LENGTH", True, "it holds True", "whole number"),
    ("LEEWAY", -1, "it holds -1", "0 or more"),
    ("STORE_TIMEOUT", 0.5, "it holds 0.5", '1 or more, or "off"'),
    ("STORE_TIMEOUT", -1, "it holds -1", '1 or more, or "off"'),
    ("STORE_TIMEOUT", float("nan"), "it holds nan", '1 or more, or "off"'),
    ("STORE_TIMEOUT", float("inf"), "it holds inf", '1 or more, or "off"'),
    ("STORE_TIMEOUT", True, "it holds True", '1 or more, or "off"'),
    ("STORE_TIMEOUT", "5", "it holds '5'", '1 or more, or "off"'),
    ("STORE_TIMEOUT", [], "it holds []", '1 or more, or "off"'),
    (
        "POLICY",
        lambda caller: True,
        "cannot be called with (caller, token)",
        "takes (caller, token)",
    ),
    ("POLICY", f"{__name__}:no_arguments", "no_arguments cannot be called with", "(caller, token)"),
    ("EXTRA_CLAIMS", lambda token: {}, "be called with (token, caller)", "takes (token, caller)"),
    ("SECRET_VERIFIER", lambda stored: True, "(stored, presented)", "takes (stored, presented)"),
    ("SECRET_HASHER", no_arguments, "no_arguments cannot be called with (secret)", "(secret)"),
    ("JWT_REVOKED", lambda token, other: True, "cannot be called with (token)", "takes (token)"),
    ("JWT_KEYS", lambda kid: {}, "cannot be called with ()", "takes ()"),
    ("SESSION", lambda model: model, "cannot be called with ()", "takes ()"),
    ("CLOCK", lambda zone: 1, "cannot be called with ()", "takes ()"),
    ("POLCY", "any", "no such key", "INTROSPECT_POLICY"),
    ("CLIENT_MODELS", Client, "no such key", "INTROSPECT_CLIENT_MODEL"),
    ("MAX_BODY_BYTE", 1, "no such key", "INTROSPECT_MAX_BODY_BYTES"),
]


@pytest.mark.parametrize(
    "judge",
    [yes, lambda caller, token, more=None: True, functools.partial(yes, 1), print],
    ids=["any", "a default", "partial", "written in C"],
)
def test_a_callable_that_fits_its_call_is_taken(judge: Any) -> None:
    assert Settings.read({**MODELS, "INTROSPECT_POLICY": judge}).policy is judge


def test_a_callable_whose_signature_nobody_knows_is_taken() -> None:
    class Judge:
        __signature__ = 5

        def __call__(self) -> bool:
            return True

    judge = Judge()
    with pytest.raises(TypeError):
        inspect.signature(judge)
    assert Settings.read({**MODELS, "INTROSPECT_POLICY": judge}).policy is judge


def shortly(value: Any) -> str:
    # An address is another one in every process.
    return re.split(r" \(transient| at 0x", str(value))[0][:30]


@pytest.mark.parametrize(("name", "value", "problem", "remedy"), BAD, ids=shortly)
def test_a_value_that_cannot_work_is_named_with_what_would_be_right(
    name: str, value: Any, problem: str, remedy: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        Settings.read({**MODELS, f"INTROSPECT_{name}": value})
    error = raised.value
    assert error.key == f"INTROSPECT_{name}"
    assert problem in error.problem
    assert remedy in error.remedy
    assert str(error) == f"{error.key}: {error.problem}. {error.remedy}"
    assert isinstance(error, IntrospectError)


def test_a_bad_configuration_fails_at_registration(database_url: str) -> None:
    with pytest.raises(ConfigError, match="INTROSPECT_POLICY: it holds 'all'"):
        make_app(database_url, INTROSPECT_POLICY="all")


def test_keys_of_others_and_keys_that_resemble_nothing_are_left_alone() -> None:
    config = {**MODELS, "INTROSPECT_COLOUR": 1, "INTROSPECTION_POLICY": 1, 5: 1, "POLICY": 1}
    assert Settings.read(config) == Settings.read(MODELS)


def test_the_keys_of_an_endpoint_whose_prefix_begins_alike_are_left_alone() -> None:
    config = {**MODELS, "INTROSPECT_B_CLIENT_MODEL": Client, "INTROSPECT_B_MAX_TOKEN_LENGTH": 1}
    assert Settings.read(config) == Settings.read(MODELS)


def test_settings_are_frozen() -> None:
    with pytest.raises(AttributeError):
        Settings.read(MODELS).leeway = 5  # type: ignore[misc]


def test_a_configuration_changed_after_registration_changes_nothing(fresh_host: Host) -> None:
    fresh_host.app.config.update(
        INTROSPECT_POLICY="none", INTROSPECT_MAX_BODY_BYTES=1, INTROSPECT_ISSUER="x"
    )
    assert fresh_host.ask("documented").get_json() == DOCUMENTED


def test_the_secret_of_a_configuration_error_stays_secret(database_url: str) -> None:
    """Nothing of a row is in an error: only the keys and the names of the host's models."""
    with pytest.raises(ConfigError) as raised:
        make_app(database_url, INTROSPECT_CLIENT_MODEL=Client(client_secret=quick_hash("x")))
    assert "pbkdf2" not in str(raised.value)
