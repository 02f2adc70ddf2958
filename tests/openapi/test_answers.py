"""Every real answer is what the document says of its status."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import request as http
from werkzeug.exceptions import ImATeapot
from werkzeug.test import TestResponse

from ..jwt.issuer import jwk
from ..support import DIALECTS, FORM, JSON, NOW, Host, db
from .support import assert_described, document_of, operation

MakeHost = Callable[..., Host]
Ask = Callable[[Host, str], TestResponse]

SIGNED = {"Accept": "application/token-introspection+jwt"}
WRONG = ("test_client_1", "wrong")


def fill(host: Host) -> Host:
    """Add the documented rows, and a token and a client of each further kind."""
    host.add_documented()
    host.add_client("rightless", may_introspect="none")
    host.add_token("expired", exp=NOW - 1, jti="1")
    host.add_token("two audiences", aud=["my_api", "other"], jti="2")
    host.add_token("refresh", kind="refresh_token", jti="3")
    host.add_token("own claims", claims={"cnf": {"jkt": "x"}}, jti="4")
    host.add_token("bare", scope=None, username=None, exp=None, iat=None, nbf=None, aud=None)
    host.add_token("bearer without scope", scope="read", jti="5")
    return host


def ask(token: Any = None, **options: Any) -> Ask:
    return lambda host, dialect: host.ask(token, dialect=dialect, **options)


def send(body: Any, **options: Any) -> Ask:
    return lambda host, dialect: host.send(body, dialect, **options)


def bearer(token: str) -> dict[str, Any]:
    return {"caller": None, "headers": {"Authorization": f"Bearer {token}"}}


#: Requests, and the status that each gets in JSON and as a form.
REQUESTS: dict[str, tuple[Ask, int, int]] = {
    "active": (ask("documented"), 200, 200),
    "several audiences": (ask("two audiences"), 200, 200),
    "a refresh token": (ask("refresh"), 200, 200),
    "claims of the host's own": (ask("own claims"), 200, 200),
    "few members": (ask("bare"), 200, 200),
    "expired": (ask("expired"), 200, 200),
    "unknown": (ask("nothing"), 404, 200),
    "unknown refresh token": (ask("nothing", token_type_hint="refresh_token"), 404, 200),
    "a secret in the body": (
        ask("documented", caller=None, client_id="test_client_1", client_secret="test_secret"),
        200,
        200,
    ),
    "no token": (ask(), 400, 400),
    "two methods": (ask("x", client_secret="y"), 400, 400),
    "a token in the query": (
        send(b"", path="/v1/oauth/introspect?token=x", headers={"Content-Length": "0"}),
        400,
        400,
    ),
    "no credentials": (ask("documented", caller=None), 401, 401),
    "a wrong secret": (ask("documented", caller=WRONG), 401, 401),
    "an unknown bearer token": (ask("documented", **bearer("x")), 401, 401),
    "a bearer token without scope": (ask("documented", **bearer("bearer without scope")), 403, 403),
    "a client without a right": (
        ask("documented", caller=("rightless", "test_secret")),
        403,
        403,
    ),
    "another method": (send(None, method="GET"), 405, 405),
    "a long body": (send(b"x" * 70_000), 413, 413),
    "signed": (ask("documented", headers=SIGNED), 200, 200),
    "signed and unknown": (ask("nothing", headers=SIGNED), 200, 200),
}


@pytest.fixture
def everything(share_host: MakeHost) -> Host:
    """A host with signed answers and bearer tokens."""
    return fill(
        share_host(
            INTROSPECT_AUTH_METHODS=["client_secret_basic", "client_secret_post", "bearer"],
            INTROSPECT_SIGNING_KEYS={"keys": [jwk("ES256", private=True)]},
        )
    )


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", REQUESTS)
def test_an_answer_is_as_described(everything: Host, name: str, dialect: str) -> None:
    request, in_json, as_form = REQUESTS[name]
    answer = request(everything, dialect)
    assert answer.status_code == (in_json if dialect == JSON else as_form)
    assert_described(document_of(everything.app), answer)


@pytest.mark.parametrize("content_type", ["text/plain", None, "application/xml"])
def test_an_unknown_content_type_is_as_described(everything: Host, content_type: str) -> None:
    answer = everything.send(b"token=x", content_type)
    assert answer.status_code == 415
    assert_described(document_of(everything.app), answer)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("choice", "status"),
    [("inactive", [200, 200]), ("not_found", [404, 404]), ("auto", [404, 200])],
)
def test_an_unknown_token_is_as_described(
    share_host: MakeHost, choice: str, status: list[int], dialect: str
) -> None:
    host = fill(share_host(INTROSPECT_UNKNOWN_TOKEN=choice))
    answer = host.ask("nothing", dialect=dialect)
    assert answer.status_code == status[[JSON, FORM].index(dialect)]
    assert_described(document_of(host.app), answer)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_too_many_requests_are_as_described(make_host: MakeHost, dialect: str) -> None:
    host = fill(make_host(INTROSPECT_RATE_LIMIT="1 per minute"))
    host.ask("documented")
    answer = host.ask("documented", dialect=dialect)
    assert answer.status_code == 429
    assert_described(document_of(host.app), answer)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_store_that_fails_is_as_described(lone_host: Host, dialect: str) -> None:
    with lone_host.app.app_context():
        db.drop_all()
    answer = lone_host.ask("documented", dialect=dialect)
    assert answer.status_code == 503
    assert_described(document_of(lone_host.app), answer)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(("raised", "status"), [(RuntimeError(), 500), (ImATeapot(), 418)])
def test_a_hook_that_raises_is_as_described(
    fresh_host: Host, raised: Exception, status: int, dialect: str
) -> None:
    @fresh_host.app.before_request
    def fail() -> None:
        raise raised

    answer = fresh_host.ask("documented", dialect=dialect)
    assert answer.status_code == status
    assert_described(document_of(fresh_host.app), answer)


# The examples


def shut_out(host: Host, dialect: str) -> TestResponse:
    for _ in range(3):
        host.ask("documented", caller=("rightless", "wrong"))
    return host.ask("documented", dialect=dialect, caller=("rightless", "wrong"))


def without_tables(host: Host, dialect: str) -> TestResponse:
    with host.app.app_context():
        db.drop_all()
    return host.ask("documented", dialect=dialect)


#: Requests for the statuses that the table above leaves out; after the last nothing works.
FURTHER: list[Ask] = [
    lambda host, dialect: host.send(b"token=x", "text/plain"),
    ask("documented", headers={"X-Fail": "1"}),
    shut_out,
    without_tables,
]


def test_every_example_is_a_real_answer(make_lone_host: MakeHost) -> None:
    host = make_lone_host(
        INTROSPECT_AUTH_METHODS=["client_secret_basic", "client_secret_post", "bearer"],
        INTROSPECT_FAILED_AUTH_LIMIT="3 per minute",
    )

    @host.app.before_request
    def fail() -> None:
        if "X-Fail" in http.headers:
            raise RuntimeError

    fill(host)
    answers = set()
    for request in [*(each for each, *_ in REQUESTS.values()), *FURTHER]:
        for dialect in (JSON, FORM):
            answer = request(host, dialect)
            answers.add((str(answer.status_code), answer.text))
            host.clock.now += 61  # who was shut out may come again
    examples = [
        (status, json.dumps(example["value"]))
        for status, described in operation(document_of(host.app))["responses"].items()
        for example in described["content"][JSON].get("examples", {}).values()
    ]
    assert len(examples) > 20
    assert [each for each in examples if each not in answers] == []
