"""The commands, about JWT access tokens."""

from __future__ import annotations

import pytest

from ..cli.conftest import CLI
from ..support import INACTIVE, Host
from .issuer import issued


@pytest.fixture
def cli(jwt_host: Host) -> CLI:
    return CLI(jwt_host.app)


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (issued(), "active"),
        (issued()[:-8] + "AAAAAAAA", "bad_signature"),
        (issued(headers={"typ": "JWT"}), "wrong_type"),
        (issued(iss="https://elsewhere.example"), "wrong_issuer"),
        (issued(exp=1), "expired"),
    ],
    ids=["active", "bad_signature", "wrong_type", "wrong_issuer", "expired"],
)
def test_explain_says_why(cli: CLI, token: str, reason: str) -> None:
    said = cli.json("explain", stdin=token)
    assert said["reason"] == reason
    assert [row["jti"] for row in said["rows"]] == (
        ["jwt-1"] if reason in ("active", "expired") else []
    )


@pytest.mark.parametrize("row", [{"token": issued()}, {"jti": "jwt-1"}], ids=["digest", "jti"])
def test_revoke_finds_the_row(jwt_host: Host, cli: CLI, row: dict[str, str]) -> None:
    token = row.get("token") or issued()
    jwt_host.add_token(**{"token": "somebody else", "jti": "other", **row})
    assert jwt_host.ask(token).json["active"] is True
    assert cli.json("token", "revoke", stdin=token) == {"revoked": ["access_token"]}
    assert jwt_host.ask(token).data == INACTIVE


def test_revoke_says_that_there_is_no_row(cli: CLI) -> None:
    assert "a JWT that no row is kept of" in cli.refusal("token", "revoke", stdin=issued())
    assert "no such token" in cli.refusal("token", "revoke", stdin=issued()[:-4] + "AAAA")
