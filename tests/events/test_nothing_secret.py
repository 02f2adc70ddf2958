"""No token and no secret is in a repr, a metric or a span; the log is searched all the time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from flask import request
from opentelemetry.sdk.trace import ReadableSpan
from prometheus_client import REGISTRY, generate_latest

from flask_introspect.authentication import Presented
from flask_introspect.authentication.presented import ClientCredentials
from flask_introspect.authentication.verified import VerifiedSecrets
from flask_introspect.endpoint import endpoints_of
from flask_introspect.secrets import stored_secrets
from flask_introspect.settings import Settings
from flask_introspect.wire import Parameters

from ..authentication.signing import TYPE, jwk, signed
from ..support import DIALECTS, Client, Host, Token, basic
from .support import Received

MakeHost = Callable[..., Host]

TOKEN, SECRET = "t0ken-0f-a-caller", "5ecret-0f-a-caller"
ASSERTION = signed(client=SECRET)

WAYS: dict[str, dict[str, Any]] = {
    "basic": {"caller": ("test_client_1", SECRET)},
    "wrong": {"caller": ("test_client_1", f"wrong {SECRET}")},
    "post": {"caller": None, "client_id": "test_client_1", "client_secret": SECRET},
    "bearer": {"caller": None, "headers": {"Authorization": f"Bearer {TOKEN}"}},
    "assertion": {"caller": None, "client_assertion_type": TYPE, "client_assertion": ASSERTION},
    "two ways": {"client_secret": SECRET},
    "in the URL": {"caller": None, "path": f"/v1/oauth/introspect?client_secret={SECRET}"},
}
METHODS = ["client_secret_basic", "client_secret_post", "bearer", "private_key_jwt"]


@pytest.fixture
def watched(make_host: MakeHost) -> Host:
    host = make_host(
        INTROSPECT_METRICS=True, INTROSPECT_TRACING=True, INTROSPECT_AUTH_METHODS=METHODS
    )
    host.add_client(secret=SECRET, resources=["my_api"])
    host.add_client("signer", jwks={"keys": [jwk("ES256")]}, client_secret=None)
    host.add_token(TOKEN, scope="introspection")
    return host


def seen_of(host: Host, spans: Sequence[ReadableSpan], received: Received) -> Iterator[str]:
    yield generate_latest(REGISTRY).decode()
    yield from (each.to_json() for each in spans)
    yield from map(repr, received)
    yield repr(endpoints_of(host.app))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_what_a_request_brought_is_seen_nowhere(
    watched: Host,
    spans: Callable[[], Sequence[ReadableSpan]],
    receive: Callable[[Host], Received],
    way: dict[str, Any],
    dialect: str,
) -> None:
    received = receive(watched)
    kept: list[object] = []
    watched.app.teardown_request(lambda _: kept.append(request.environ["flask_introspect.sight"]))
    path = way.get("path", "/v1/oauth/introspect")
    others = {name: value for name, value in way.items() if name != "path"}
    if path.endswith(SECRET):
        watched.send({"token": TOKEN}, dialect, path=path, **others)
    else:
        watched.ask(TOKEN, dialect=dialect, **others)
    assert len(spans()) == len(received) == len(kept) == 1
    header = basic("test_client_1", SECRET)["Authorization"].partition(" ")[2]
    for text in (*seen_of(watched, spans(), received), repr(kept)):
        for secret in (TOKEN, SECRET, ASSERTION, header):
            assert secret not in text


def remembering() -> VerifiedSecrets:
    memo = VerifiedSecrets()
    memo.add(memo.fingerprint(ClientCredentials("me", SECRET)), SECRET, None)
    return memo


@pytest.mark.parametrize(
    "value",
    [
        ClientCredentials("me", SECRET),
        Parameters({"token": SECRET}),
        Presented(Parameters({"token": SECRET}), {"HTTP_AUTHORIZATION": SECRET}),
        stored_secrets(SECRET),
        remembering(),
        vars(remembering()),
        Settings.read(
            {
                "INTROSPECT_CLIENT_MODEL": Client,
                "INTROSPECT_TOKEN_MODEL": Token,
                "INTROSPECT_LIMIT_STORAGE_URI": f"redis://:{SECRET}@localhost",
            }
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_repr_shows_no_secret(value: object) -> None:
    """Tools that write the local variables of a traceback ask for it."""
    assert SECRET not in repr(value)
