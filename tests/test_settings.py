"""The configuration: what each key takes, what it says when it cannot work, and who shares it with whom."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from flask import Blueprint, Flask
from flask_sqlalchemy import SQLAlchemy

from flask_introspect import ConfigError, IntrospectBlueprint, IntrospectError, Right, introspect, introspect_bp
from flask_introspect.settings import Settings

from .support import CHALLENGE, DOCUMENTED, FORM, INACTIVE, PATH, Client, Clock, Host, Token, db, make_app, quick_hash

MODELS = {"INTROSPECT_CLIENT_MODEL": Client, "INTROSPECT_TOKEN_MODEL": Token}


def yes(*_: object) -> bool:
    """A callable that can be named in a configuration."""
    return True


def test_the_defaults_are_pinned() -> None:
    settings = Settings.read(MODELS)
    values = {name: getattr(settings, name) for name in settings.__dataclass_fields__ if name != "clock"}
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
        "bearer_scope": "introspection",
        "assertion_audiences": None,
        "assertion_algorithms": {"RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519"},
        "client_certificate": None,
        "policy": Right.AUDIENCE,
        "extra_claims": None,
        "unknown_is_inactive": None,
        "max_body_bytes": 65536,
        "max_token_length": 8192,
        "leeway": 0,
    }


def test_a_none_is_the_default() -> None:
    given = {f"INTROSPECT_{name.upper()}": None for name in Settings.__dataclass_fields__ if name != "prefix"}
    read = {name: value for name, value in given.items() if "MODEL" not in name}
    assert Settings.read({**read, **MODELS}) == Settings.read(MODELS)


def test_the_clock_is_the_systems_by_default() -> None:
    import time

    assert abs(Settings.read(MODELS).clock() - time.time()) < 60


@pytest.mark.parametrize(
    ("key", "value", "name", "expected"),
    [
        ("CLIENT_MODEL", f"{__name__.rpartition('.')[0]}.support:Client", "client_model", Client),
        ("TOKEN_MODEL", [Token, f"{__name__.rpartition('.')[0]}.support:Token"], "token_models", (Token, Token)),
        ("TOKEN_MODEL", (Token,), "token_models", (Token,)),
        ("ISSUER", "https://as.example", "issuer", "https://as.example"),
        ("POLICY", "any", "policy", Right.ANY),
        ("POLICY", Right.OWN, "policy", Right.OWN),
        ("POLICY", yes, "policy", yes),
        ("POLICY", f"{__name__}:yes", "policy", yes),
        ("SECRET_VERIFIER", f"{__name__}:yes", "secret_verifier", yes),
        ("EXTRA_CLAIMS", f"{__name__}.yes", "extra_claims", yes),
        ("UNKNOWN_TOKEN", "inactive", "unknown_is_inactive", True),
        ("UNKNOWN_TOKEN", "not_found", "unknown_is_inactive", False),
        ("AUTH_METHODS", ["basic"], "auth_methods", {"client_secret_basic"}),
        ("AUTH_METHODS", ("bearer", "private_key_jwt"), "auth_methods", {"bearer", "private_key_jwt"}),
        ("BEARER_SCOPE", "look", "bearer_scope", "look"),
        ("ASSERTION_AUDIENCES", ["https://as.example"], "assertion_audiences", ("https://as.example",)),
        ("ASSERTION_ALGORITHMS", ["ES512"], "assertion_algorithms", {"ES512"}),
        ("LEEWAY", 30, "leeway", 30),
        ("MAX_BODY_BYTES", 1, "max_body_bytes", 1),
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
    ("TOKEN_FIELDS", 1, "it holds a int", "dict"),
    ("TOKEN_FIELDS", [{}, {}], "2 mappings for 1 token models", "one for each"),
    ("SESSION", "not callable", "cannot be imported", "module:Name"),
    ("SESSION", 1, "a int cannot be called", "function"),
    ("SECRET_VERIFIER", {}, "a dict cannot be called", "function"),
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
    ("POLCY", "any", "no such key", "INTROSPECT_POLICY"),
    ("CLIENT_MODELS", Client, "no such key", "INTROSPECT_CLIENT_MODEL"),
    ("MAX_BODY_BYTE", 1, "no such key", "INTROSPECT_MAX_BODY_BYTES"),
]


def shortly(value: Any) -> str:
    return str(value).partition(" (transient")[0][:30]  # what follows is an address, another in every process


@pytest.mark.parametrize(("name", "value", "problem", "remedy"), BAD, ids=shortly)
def test_a_value_that_cannot_work_is_named_with_what_is_wrong_and_what_would_be_right(
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


def test_a_key_of_a_part_that_is_not_there_yet_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    Settings.read({**MODELS, "INTROSPECT_RATE_LIMIT": "1/second"})
    assert "INTROSPECT_RATE_LIMIT has no effect" in caplog.text


def test_settings_are_frozen() -> None:
    with pytest.raises(AttributeError):
        Settings.read(MODELS).leeway = 5  # type: ignore[misc]


def test_a_configuration_changed_after_registration_changes_nothing(host: Host) -> None:
    host.app.config.update(INTROSPECT_POLICY="none", INTROSPECT_MAX_BODY_BYTES=1, INTROSPECT_ISSUER="x")
    assert host.ask("documented").get_json() == DOCUMENTED


# Registration


def test_without_a_database_there_is_a_remedy() -> None:
    app = Flask(__name__)
    app.config.update(MODELS)
    with pytest.raises(ConfigError, match=r"INTROSPECT_SESSION: there is no database.*db\.init_app"):
        app.register_blueprint(introspect_bp)


def test_a_model_of_an_unknown_bind_is_named(database_url: str) -> None:
    other = SQLAlchemy()

    class Elsewhere(other.Model):  # type: ignore[name-defined, misc]
        __bind_key__ = "elsewhere"
        id = other.Column(other.Integer, primary_key=True)
        client_id = other.Column(other.String(9), unique=True)
        client_secret = other.Column(other.String(9))

    with pytest.raises(ConfigError, match="SQLALCHEMY_BINDS: it has no 'elsewhere'"):
        make_app(database_url, INTROSPECT_CLIENT_MODEL=Elsewhere)


# Several applications, several blueprints


def test_one_blueprint_serves_several_applications_that_share_nothing(make_host: Callable[..., Host]) -> None:
    auto, inactive = make_host(), make_host(INTROSPECT_UNKNOWN_TOKEN="inactive", INTROSPECT_AUTH_METHODS=["post"])
    auto.add_client()
    assert auto.ask("nothing").status_code == 404
    credentials = {"client_id": "test_client_1", "client_secret": "test_secret"}
    assert inactive.ask("nothing", caller=None, **credentials).data == INACTIVE
    assert inactive.ask("nothing").status_code == 401
    assert auto.ask("nothing").status_code == 404
    assert auto.ask("x", caller=None).headers["WWW-Authenticate"] == CHALLENGE


def tenant(name: str, **options: Any) -> IntrospectBlueprint:
    return IntrospectBlueprint(
        f"tenant_{name}", config_prefix=f"TENANT_{name.upper()}_INTROSPECT_", url_prefix=f"/{name}/oauth", **options
    )


@pytest.fixture
def two_tenants(make_host: Callable[..., Host]) -> Host:
    """A host with the endpoint of :func:`make_host` and two more, each configured for itself."""
    host = make_host()
    for name, policy in (("a", "audience"), ("b", "none")):
        host.app.config.update(
            {
                f"TENANT_{name.upper()}_INTROSPECT_{key}": value
                for key, value in {
                    "CLIENT_MODEL": Client,
                    "TOKEN_MODEL": Token,
                    "POLICY": policy,
                    "ISSUER": f"https://{name}.example",
                    "CLOCK": host.clock,
                    "UNKNOWN_TOKEN": "inactive",
                    "MAX_BODY_BYTES": 1000,
                }.items()
            }
        )
        host.app.register_blueprint(tenant(name))
    host.add_client(resources=["my_api"])
    host.add_token()
    return host


def test_several_blueprints_of_one_application_share_nothing(two_tenants: Host) -> None:
    def ask(path: str, token: str = "documented") -> tuple[int, Any]:
        response = two_tenants.send(f"token={token}", FORM, path=path)
        return response.status_code, response.get_json().get("iss", response.get_json())

    assert ask(PATH) == (200, "http://localhost:4000")
    assert ask("/a/oauth/introspect") == (200, "https://a.example")
    assert ask("/b/oauth/introspect")[0] == 403
    assert ask(PATH, "x" * 2000) == (200, {"active": False})
    assert ask("/a/oauth/introspect", "x" * 2000)[0] == 413


def test_a_bad_key_of_a_second_blueprint_is_named_with_its_prefix(host: Host) -> None:
    with pytest.raises(ConfigError, match=r"^TENANT_C_INTROSPECT_TOKEN_MODEL: it is not set"):
        host.app.register_blueprint(tenant("c"))


@pytest.mark.parametrize("path", [PATH, "/a/oauth/introspect", "/b/oauth/introspect"])
def test_every_blueprint_answers_other_methods(two_tenants: Host, path: str) -> None:
    response = two_tenants.send(method="GET", path=path)
    assert (response.status_code, response.headers["Allow"], response.content_type) == (405, "POST", "application/json")


def test_in_process_the_endpoint_is_chosen_by_name(two_tenants: Host) -> None:
    with two_tenants.app.app_context():
        assert introspect("documented").claims["iss"] == "http://localhost:4000"
        assert introspect("documented", endpoint="tenant_a").claims["iss"] == "https://a.example"
        with pytest.raises(ConfigError, match="no blueprint 'tenant_c' is registered"):
            introspect("documented", endpoint="tenant_c")


def test_the_same_blueprint_may_be_registered_twice_under_two_names(host: Host) -> None:
    host.app.register_blueprint(introspect_bp, name="again", url_prefix="/again")
    for path in (PATH, "/again/introspect"):
        assert host.send(b"token=documented", FORM, path=path).get_json() == DOCUMENTED
        assert host.send(method="PUT", path=path).headers["Allow"] == "POST"


def test_a_blueprint_may_be_nested(host: Host) -> None:
    parent = Blueprint("parent", __name__, url_prefix="/parent")
    parent.register_blueprint(IntrospectBlueprint("child"))
    host.app.register_blueprint(parent)
    path = "/parent/v1/oauth/introspect"
    assert host.send(b"token=documented", FORM, path=path).get_json() == DOCUMENTED
    assert host.send(b"", FORM, path=path).status_code == 400
    assert host.send(b"", FORM, path=path, caller=None).headers["WWW-Authenticate"] == CHALLENGE
    assert host.send(method="GET", path=path).headers["Allow"] == "POST"
    with host.app.app_context():
        assert introspect("documented", endpoint="parent.child").active


def test_a_prefix_may_hold_variables(host: Host) -> None:
    host.app.register_blueprint(IntrospectBlueprint("any_tenant", url_prefix="/t/<tenant>/oauth"))
    path = "/t/acme/oauth/introspect"
    assert host.send(b"token=documented", FORM, path=path).get_json() == DOCUMENTED
    assert host.send(b"", FORM, path=path).status_code == 400
    assert host.send(method="DELETE", path=path).status_code == 405


def test_a_blueprint_may_be_mounted_elsewhere(make_host: Callable[..., Host]) -> None:
    host = make_host()
    host.app.register_blueprint(introspect_bp, name="moved", url_prefix="/oauth2")
    host.add_client()
    assert host.send(b"token=x", FORM, path="/oauth2/introspect").data == INACTIVE


def test_an_application_without_the_blueprint_is_told_so() -> None:
    with Flask(__name__).app_context(), pytest.raises(ConfigError, match="no blueprint 'introspect' is registered"):
        introspect("x")


def test_a_real_clock_is_asked_at_each_request(make_host: Callable[..., Host], monkeypatch: pytest.MonkeyPatch) -> None:
    host = make_host(INTROSPECT_CLOCK=None)
    host.add_client(resources=["my_api"])
    host.add_token()
    monkeypatch.setattr("time.time", Clock())
    assert host.ask("documented").get_json() == DOCUMENTED
    monkeypatch.setattr("time.time", Clock(DOCUMENTED["exp"]))
    assert host.ask("documented").data == INACTIVE


def test_the_secret_of_a_configuration_error_stays_secret(database_url: str) -> None:
    """Nothing of a row is in an error: only the keys and the names of the host's models."""
    with pytest.raises(ConfigError) as raised:
        make_app(database_url, INTROSPECT_CLIENT_MODEL=Client(client_secret=quick_hash("x")))
    assert "pbkdf2" not in str(raised.value)


def test_the_endpoint_reads_with_the_session_that_the_host_hands_in(make_host: Callable[..., Host]) -> None:
    """A test that keeps everything in one open transaction sees its own rows, and nothing is rolled back."""
    host = make_host(INTROSPECT_SESSION=lambda: db.session)
    with host.app.app_context():
        row, token = Token.issue("test_client_1", exp=None)
        db.session.add_all([row, Client(client_id="test_client_1", client_secret=quick_hash("test_secret"))])
        db.session.flush()
        assert introspect(token).active
        assert introspect(token, caller="test_client_1").active
        assert db.session().in_transaction()
        db.session.commit()
        assert not db.session().in_transaction()
        assert introspect(token).active
        assert not db.session().in_transaction()  # a transaction that a reading began is ended


@pytest.mark.parametrize("source", ["session()", "engine", "connect"])
def test_a_session_may_be_a_session_an_engine_or_a_connection(make_host: Callable[..., Host], source: str) -> None:
    with_what: dict[str, Callable[[], Any]] = {
        "session()": lambda: db.session(),
        "engine": lambda: db.engine,
        "connect": lambda: connection,
    }
    host = make_host(INTROSPECT_SESSION=with_what[source])
    host.add_client(resources=["my_api"])
    host.add_token()
    with host.app.app_context(), db.engine.connect() as connection:
        for _ in range(2):
            assert introspect("documented", caller="test_client_1").active
