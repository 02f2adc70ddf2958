"""``flask introspect explain``: why the endpoint answers as it does."""

from __future__ import annotations

from typing import Any

import pytest

from flask_introspect import IntrospectBlueprint, Reason
from flask_introspect.admin.reasons import _EXPLANATIONS
from flask_introspect.cli import introspect_cli

from ..support import FORM, JSON, NOW, Client, Host, Token, make_app
from .conftest import CLI

REASONS: list[tuple[Reason, dict[str, Any]]] = [
    (Reason.ACTIVE, {}),
    (Reason.EXPIRED, {"exp": NOW}),
    (Reason.REVOKED, {"revoked_at": NOW}),
    (Reason.NOT_YET_VALID, {"nbf": NOW + 1}),
    (Reason.CLIENT_GONE, {"client_id": "gone"}),
    (Reason.CLIENT_DISABLED, {"client_id": "disabled"}),
    (Reason.UNREADABLE, {"aud": {"no": "list"}}),
]


@pytest.mark.parametrize(("reason", "columns"), REASONS)
def test_the_reason_is_one_of_the_closed_codes(
    host: Host, cli: CLI, reason: Reason, columns: dict[str, Any]
) -> None:
    host.add_client("disabled", enabled=False)
    host.add_token("sesame", **{"jti": None, **columns})
    said = cli.json("explain", stdin="sesame")
    assert said["reason"] == reason.value
    assert said["rows"][0]["kind"] == "access_token"


@pytest.mark.parametrize(
    ("token", "reason"),
    [("nothing", Reason.UNKNOWN), ("é", Reason.MALFORMED), ("x" * 8193, Reason.TOO_LONG)],
)
def test_a_token_that_is_not_there_has_a_reason_too(cli: CLI, token: str, reason: Reason) -> None:
    said = cli.json("explain", stdin=token)
    assert said["reason"] == reason.value
    assert said["rows"] == []


def test_a_token_that_the_caller_may_not_see_is_explained_with_its_row(
    host: Host, cli: CLI
) -> None:
    host.add_client("stranger")
    said = cli.json("explain", "--caller", "stranger", stdin="documented")
    assert said["reason"] == "not_for_caller"
    assert said["rows"][0]["aud"] == ["my_api"]


@pytest.mark.parametrize("caller", ["test_client_1", "stranger"])
def test_the_answers_are_those_of_the_endpoint(host: Host, cli: CLI, caller: str) -> None:
    host.add_client("stranger")
    answers = cli.json("explain", "--caller", caller, stdin="documented")["answers"]
    for dialect in (JSON, FORM):
        real = host.ask("documented", dialect=dialect, caller=(caller, "test_secret"))
        assert answers[dialect] == {"status": real.status_code, "body": real.get_json()}


def test_a_caller_that_is_refused_is_explained_like_the_refusal(host: Host, cli: CLI) -> None:
    host.change(Client, {"client_id": "test_client_1"}, may_introspect="none")
    said = cli.json("explain", "--caller", "test_client_1", stdin="documented")
    assert (said["reason"], said["answers"][FORM]["status"]) == ("not_allowed", 403)
    said = cli.json("explain", "--caller", "nobody", stdin="documented")
    assert (said["reason"], said["answers"][FORM]["status"]) == ("unknown_client", 401)


def test_a_person_reads_reason_answers_and_row(host: Host, cli: CLI) -> None:
    host.change(Token, {"client_id": "test_client_1"}, revoked_at=NOW)
    lines = cli("explain", stdin="documented").stdout.splitlines()
    assert lines[0] == "revoked: It was revoked."
    assert 'application/json: 200 {"active": false}' in lines
    assert "  exp: 1640995200 (2022-01-01 00:00:00 UTC)" in lines


def test_every_reason_is_explained() -> None:
    assert set(_EXPLANATIONS) == set(Reason)


def test_of_several_endpoints_one_must_be_named(database_url: str) -> None:
    app = make_app(database_url, B_CLIENT_MODEL=Client, B_TOKEN_MODEL=Token)
    app.register_blueprint(IntrospectBlueprint("b", config_prefix="B_", url_prefix="/b"))
    both = CLI(app)
    assert both.refusal("client", "list") == (
        "Error: This application has several endpoints. Say which with --endpoint: introspect, b"
    )
    assert "There is no endpoint 'c'" in both.refusal("client", "list", "--endpoint", "c")


def test_the_named_endpoint_answers(fresh_host: Host) -> None:
    fresh_host.app.config.update(B_CLIENT_MODEL=Client, B_TOKEN_MODEL=Token, B_POLICY="none")
    fresh_host.app.register_blueprint(IntrospectBlueprint("b", config_prefix="B_", url_prefix="/b"))
    both = CLI(fresh_host.app)
    options = ["--caller", "test_client_1", "--endpoint"]
    assert both.json("explain", *options, "introspect", stdin="documented")["reason"] == "active"
    assert both.json("explain", *options, "b", stdin="documented")["reason"] == "not_allowed"


def test_the_endpoints_own_prefix_is_named(fresh_host: Host) -> None:
    fresh_host.app.config.update(B_CLIENT_MODEL=Client, B_TOKEN_MODEL=Token)
    fresh_host.app.register_blueprint(IntrospectBlueprint("b", config_prefix="B_", url_prefix="/b"))
    said = CLI(fresh_host.app).json("explain", "--endpoint", "b", stdin="x" * 9000)
    assert "longer than B_MAX_TOKEN_LENGTH" in said["explanation"]


def test_every_command_has_json_and_endpoint() -> None:
    groups = [introspect_cli]
    commands = []
    for group in groups:
        for command in group.commands.values():
            (groups if hasattr(command, "commands") else commands).append(command)  # type: ignore[arg-type]
    assert len(commands) == 17
    for command in commands:
        # Keys are generated before there is an endpoint.
        expected = {"as_json"} if command.name == "generate" else {"as_json", "endpoint"}
        assert expected <= {parameter.name for parameter in command.params}


CALLERS: dict[str, dict[str, Any]] = {
    "sound": {},
    "unknown_client": {"client_id": "somebody else"},
    "client_disabled": {"enabled": False},
    "public_client": {"public": True, "may_introspect": "any"},
    "not_allowed": {"may_introspect": "none"},
}


@pytest.mark.parametrize("reason", CALLERS)
def test_explain_introspect_and_the_wire_are_of_one_mind(host: Host, cli: CLI, reason: str) -> None:
    host.add_client("asker", "secret", resources=["my_api"])
    host.change(Client, {"client_id": "asker"}, **CALLERS[reason])
    said = cli.json("explain", "--caller", "asker", stdin="documented")
    for dialect in (JSON, FORM):
        wire = host.ask("documented", dialect=dialect, caller=("asker", "secret"))
        answer = said["answers"][dialect]
        assert (answer["status"], answer["body"]) == (wire.status_code, wire.get_json())
    assert said["reason"] == ("active" if reason == "sound" else reason)


def test_a_kind_that_is_none_is_named_by_all(
    host: Host, cli: CLI, caplog: pytest.LogCaptureFixture
) -> None:
    host.change(Token, {"client_id": "test_client_1"}, kind="bearer")
    assert host.ask("documented").status_code == 404
    expected = "Token.kind holds 'bearer', which is no kind of token"
    assert expected in cli.json("explain", stdin="documented")["explanation"]
    assert expected in cli.refusal("token", "revoke", stdin="documented")
    findings = cli.json("check", status=1)["findings"]
    assert any(expected in each["problem"] for each in findings)
