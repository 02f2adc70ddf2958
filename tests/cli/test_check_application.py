"""``flask introspect check`` looks at what stands beside an endpoint in its application."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from flask_introspect import IntrospectBlueprint

from ..conftest import MakeHost
from ..support import Client, Token
from .conftest import CLI
from .test_check import findings

#: A second endpoint, beside the one that a host has.
SECOND: dict[str, Any] = {
    "INTROSPECT_B_CLIENT_MODEL": Client,
    "INTROSPECT_B_TOKEN_MODEL": Token,
    "INTROSPECT_B_ISSUER": "https://auth.example.com",
    "INTROSPECT_B_FAILED_AUTH_LIMIT": "off",
    "INTROSPECT_B_FAILED_AUTH_ADDRESS_LIMIT": "off",
}


def second(app: Flask, url_prefix: str = "/b", **options: Any) -> Flask:
    app.register_blueprint(
        IntrospectBlueprint("b", config_prefix="INTROSPECT_B_", url_prefix=url_prefix, **options)
    )
    return app


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("INTROSPECT_STORAGE_URI", "Did you mean INTROSPECT_LIMIT_STORAGE_URI?"),
        ("INTROSPECT_LIMIT", "Did you mean INTROSPECT_"),
        ("INTROSPECT_XYZ", "Take it out."),
    ],
)
def test_a_key_that_nothing_reads_is_a_warning(make_host: MakeHost, key: str, meant: str) -> None:
    app = make_host(**{key: "a_value"}).app
    assert findings(app, status=0) == {"unknown_key": "warning"}
    printed = CLI(app)("check").stdout
    assert f"There is no key {key}: it is ignored" in printed
    assert meant in printed
    assert "a_value" not in printed


def test_the_keys_of_another_endpoint_are_known(make_host: MakeHost) -> None:
    app = second(make_host(**SECOND).app)
    assert findings(app, "--strict", status=0) == {}


def test_an_endpoint_under_the_url_of_another_is_an_error(make_host: MakeHost) -> None:
    app = second(make_host(**SECOND).app, "/v1/oauth")
    found = CLI(app).json("check", status=1)["findings"]
    assert [(each["endpoint"], each["code"]) for each in found] == [("b", "url_taken")]
    assert "POST /v1/oauth/introspect is answered by 'introspect.introspect'" in found[0]["problem"]


def test_an_endpoint_under_another_subdomain_is_none_of_them(make_host: MakeHost) -> None:
    app = second(make_host(**SECOND).app, "/v1/oauth", subdomain="b")
    assert findings(app, "--strict", status=0) == {}
