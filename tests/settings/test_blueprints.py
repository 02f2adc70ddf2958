"""Several applications, several blueprints: who shares what with whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Blueprint

from flask_introspect import (
    ConfigError,
    IntrospectBlueprint,
    introspect,
    introspect_bp,
)

from ..support import (
    CHALLENGE,
    DOCUMENTED,
    FORM,
    INACTIVE,
    PATH,
    Client,
    Host,
    Token,
)


def test_one_blueprint_serves_several_applications_that_share_nothing(
    make_host: Callable[..., Host],
) -> None:
    auto, inactive = (
        make_host(),
        make_host(INTROSPECT_UNKNOWN_TOKEN="inactive", INTROSPECT_AUTH_METHODS=["post"]),
    )
    auto.add_client()
    assert auto.ask("nothing").status_code == 404
    credentials = {"client_id": "test_client_1", "client_secret": "test_secret"}
    assert inactive.ask("nothing", caller=None, **credentials).data == INACTIVE
    assert inactive.ask("nothing").status_code == 401
    assert auto.ask("nothing").status_code == 404
    assert auto.ask("x", caller=None).headers["WWW-Authenticate"] == CHALLENGE


def tenant(name: str, **options: Any) -> IntrospectBlueprint:
    return IntrospectBlueprint(
        f"tenant_{name}",
        config_prefix=f"TENANT_{name.upper()}_INTROSPECT_",
        url_prefix=f"/{name}/oauth",
        **options,
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


def test_a_bad_key_of_a_second_blueprint_is_named_with_its_prefix(fresh_host: Host) -> None:
    with pytest.raises(ConfigError, match=r"^TENANT_C_INTROSPECT_TOKEN_MODEL: it is not set"):
        fresh_host.app.register_blueprint(tenant("c"))


@pytest.mark.parametrize("path", [PATH, "/a/oauth/introspect", "/b/oauth/introspect"])
def test_every_blueprint_answers_other_methods(two_tenants: Host, path: str) -> None:
    response = two_tenants.send(method="GET", path=path)
    assert (response.status_code, response.headers["Allow"], response.content_type) == (
        405,
        "POST",
        "application/json",
    )


def test_in_process_the_endpoint_is_chosen_by_name(two_tenants: Host) -> None:
    with two_tenants.app.app_context():
        assert introspect("documented").claims["iss"] == "http://localhost:4000"
        assert introspect("documented", endpoint="tenant_a").claims["iss"] == "https://a.example"
        with pytest.raises(ConfigError, match="no blueprint 'tenant_c' is registered"):
            introspect("documented", endpoint="tenant_c")


def test_the_same_blueprint_may_be_registered_twice_under_two_names(fresh_host: Host) -> None:
    fresh_host.app.register_blueprint(introspect_bp, name="again", url_prefix="/again")
    for path in (PATH, "/again/introspect"):
        assert fresh_host.send(b"token=documented", FORM, path=path).get_json() == DOCUMENTED
        assert fresh_host.send(method="PUT", path=path).headers["Allow"] == "POST"


def test_a_blueprint_may_be_nested(fresh_host: Host) -> None:
    parent = Blueprint("parent", __name__, url_prefix="/parent")
    parent.register_blueprint(IntrospectBlueprint("child"))
    fresh_host.app.register_blueprint(parent)
    path = "/parent/v1/oauth/introspect"
    assert fresh_host.send(b"token=documented", FORM, path=path).get_json() == DOCUMENTED
    assert fresh_host.send(b"", FORM, path=path).status_code == 400
    assert (
        fresh_host.send(b"", FORM, path=path, caller=None).headers["WWW-Authenticate"] == CHALLENGE
    )
    assert fresh_host.send(method="GET", path=path).headers["Allow"] == "POST"
    with fresh_host.app.app_context():
        assert introspect("documented", endpoint="parent.child").active


def test_a_prefix_may_hold_variables(fresh_host: Host) -> None:
    fresh_host.app.register_blueprint(
        IntrospectBlueprint("any_tenant", url_prefix="/t/<tenant>/oauth")
    )
    path = "/t/acme/oauth/introspect"
    assert fresh_host.send(b"token=documented", FORM, path=path).get_json() == DOCUMENTED
    assert fresh_host.send(b"", FORM, path=path).status_code == 400
    assert fresh_host.send(method="DELETE", path=path).status_code == 405


def test_a_blueprint_may_be_mounted_elsewhere(make_host: Callable[..., Host]) -> None:
    host = make_host()
    host.app.register_blueprint(introspect_bp, name="moved", url_prefix="/oauth2")
    host.add_client()
    assert host.send(b"token=x", FORM, path="/oauth2/introspect").data == INACTIVE
