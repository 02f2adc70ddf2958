"""The contract's decision table: whole requests in both dialects, answers byte for byte."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from .support import (
    CHALLENGE,
    DIALECTS,
    DOCUMENTED,
    FORM,
    HEADERS,
    INACTIVE,
    JSON,
    NOW,
    Client,
    Host,
    Token,
    envelope,
    quick_hash,
    rfc_error,
    statements,
)

ACTIVE = json.dumps(DOCUMENTED).encode()
NOT_FOUND = envelope(404, "Access token not found")


class Row(NamedTuple):
    """A situation, and the answer in each dialect.

    A code and a text stand for an error that differs only in shape.
    """

    situation: str
    request: Mapping[str, Any]
    status: int
    json: bytes
    form: bytes
    headers: Mapping[str, str] = {}
    form_status: int | None = None


def known(situation: str, token: str) -> Row:
    return Row(situation, {"token": token}, 200, INACTIVE, INACTIVE)


def unknown(
    situation: str, token: str, text: str = "Access token not found", **request: Any
) -> Row:
    return Row(
        situation, {"token": token, **request}, 404, envelope(404, text), INACTIVE, form_status=200
    )


def refused(
    situation: str,
    status: int,
    code: str,
    text: str,
    headers: Mapping[str, str] | None = None,
    **request: Any,
) -> Row:
    return Row(
        situation, request, status, envelope(status, text), rfc_error(code, text), headers or {}
    )


def unauthenticated(situation: str, caller: tuple[str, str] | None) -> Row:
    return refused(
        situation,
        401,
        "invalid_client",
        "Client authentication failed",
        {"WWW-Authenticate": CHALLENGE},
        token="documented",
        caller=caller,
    )


ROWS = [
    Row("an active token", {"token": "documented"}, 200, ACTIVE, ACTIVE),
    known("an expired token", "expired"),
    known("a revoked token", "revoked"),
    known("a token that is not yet valid", "future"),
    known("a token of a disabled client", "of-disabled"),
    known("a token of a client that is gone", "of-nobody"),
    unknown("an unknown token", "nothing"),
    unknown("an unknown access token", "nothing", token_type_hint="access_token"),
    unknown(
        "an unknown refresh token",
        "nothing",
        "Refresh token not found",
        token_type_hint="refresh_token",
    ),
    unknown("an unknown token of an unknown kind", "nothing", token_type_hint="saml2"),
    unknown("a malformed token", "docu\0mented"),
    unknown("a blank token", " "),
    unknown("a token that is too long", "x" * 8193),
    unknown("an active token for others", "foreign"),
    unknown("an expired token for others", "foreign-expired"),
    unknown(
        "another client's refresh token",
        "foreign-refresh",
        "Refresh token not found",
        token_type_hint="refresh_token",
    ),
    refused("no token", 400, "invalid_request", "token: it is missing"),
    refused("an empty token", 400, "invalid_request", "token: it must not be empty", token=""),
    unauthenticated("no credentials", None),
    unauthenticated("a wrong secret", ("test_client_1", "wrong")),
    unauthenticated("an unknown client", ("nobody", "test_secret")),
    unauthenticated("a disabled client", ("disabled", "test_secret")),
    unauthenticated("a public client", ("public", "test_secret")),
    refused(
        "a caller that may not ask",
        403,
        "unauthorized_client",
        "The client is not allowed to introspect tokens",
        token="documented",
        caller=("shut out", "test_secret"),
    ),
    refused(
        "a body that is too large",
        413,
        "invalid_request",
        "The request body is too large",
        token="x" * 70_000,
    ),
]


@pytest.fixture(scope="module")
def world(lasting_host: Host) -> Host:
    """The documented client and token, and every kind of both that the table speaks of."""
    add_world(lasting_host)
    return lasting_host


def add_world(host: Host) -> None:
    secret = quick_hash("test_secret")

    def client(client_id: str, **columns: Any) -> Client:
        return Client(client_id=client_id, client_secret=secret, **columns)

    def token(token: str, client_id: str = "test_client_1", **columns: Any) -> Token:
        return Token.issue(client_id, token=token, **{"iat": NOW, "exp": NOW + 1, "aud": "my_api", **columns})[
            0
        ]

    host.save(
        client("elsewhere", resources=["other_api"]),
        client("disabled", enabled=False),
        client("public", public=True),
        client("shut out", may_introspect="none", resources=["my_api"]),
        token("expired", exp=NOW),
        token("revoked", revoked_at=NOW - 1),
        token("future", nbf=NOW + 1),
        token("of-disabled", "disabled"),
        token("of-nobody", "nobody"),
        token("foreign", "elsewhere", aud="other_api"),
        token("foreign-expired", "elsewhere", aud="other_api", exp=NOW - 1),
        token("foreign-refresh", "elsewhere", kind="refresh_token"),
    )


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.situation)
def test_each_situation_has_its_answer(world: Host, row: Row, dialect: str) -> None:
    response = world.ask(dialect=dialect, **row.request)
    body = row.json if dialect == JSON else row.form
    status = row.status if dialect == JSON or row.form_status is None else row.form_status
    assert (response.status_code, response.data) == (status, body)
    assert dict(response.headers) == {**HEADERS, "Content-Length": str(len(body)), **row.headers}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token"])
@pytest.mark.parametrize("token", ["foreign", "foreign-expired", "foreign-refresh"])
def test_a_token_for_others_cannot_be_told_from_one_that_never_was(
    world: Host, token: str, hint: str | None, dialect: str
) -> None:
    parameters = {"token_type_hint": hint} if hint else {}

    def seen(presented: str) -> tuple[int, bytes, list[tuple[str, str]], int]:
        with statements() as sent:
            response = world.ask(presented, dialect=dialect, **parameters)
        return response.status_code, response.data, list(response.headers), len(sent)

    careful, careful_unknown = seen(token), seen("never-was")
    assert careful[:3] == careful_unknown[:3]
    assert seen(token) == seen("never-was")  # by the fast way, down to the number of statements


@pytest.mark.parametrize("token", ["expired", "revoked", "future", "of-disabled", "of-nobody"])
def test_reasons_cannot_be_told_apart(world: Host, token: str) -> None:
    world.ask("documented")
    with statements() as sent:
        responses = [world.ask(token, dialect=dialect) for dialect in (JSON, FORM)]
    assert len(sent) == 2
    assert {response.data for response in responses} == {INACTIVE}
    assert responses[0].headers == responses[1].headers


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "hint", ["access_token", "refresh_token", "", "id_token", "\0", "x" * 10_000]
)
def test_a_hint_never_hides_a_token(world: Host, hint: str, dialect: str) -> None:
    assert world.ask("documented", dialect=dialect, token_type_hint=hint).data == ACTIVE


@pytest.mark.parametrize("dialect", DIALECTS)
def test_parameters_that_are_not_known_are_ignored(world: Host, dialect: str) -> None:
    assert world.ask("documented", dialect=dialect, resource="my_api", nonce="1").data == ACTIVE
