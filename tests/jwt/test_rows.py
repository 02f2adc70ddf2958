"""JWT access tokens of which the host keeps a row, or a list of revoked ones."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable
from typing import Any

import pytest

from flask_introspect import Reason, introspect

from ..support import DIALECTS, INACTIVE, Host, Token, error_body, statements
from .issuer import CLAIMS, issued

MakeHost = Callable[..., Host]

#: A row that holds nothing of the token but its identifier: its digest is another's.
BY_JTI = {"token": "somebody else", "jti": "jwt-1"}


def twin(token: str) -> str:
    """The same token with the other signature that everybody can make of an ES256 one."""
    signed, _, signature = token.rpartition(".")
    octets = base64.urlsafe_b64decode(signature + "==")
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    s = order - int.from_bytes(octets[32:], "big")
    other = octets[:32] + s.to_bytes(32, "big")
    return f"{signed}.{base64.urlsafe_b64encode(other).rstrip(b'=').decode()}"


@pytest.fixture(params=["digest", "jti"])
def with_row(request: pytest.FixtureRequest, jwt_host: Host) -> tuple[Host, str]:
    """A host that keeps a row of the token, by its digest or by its identifier."""
    token = issued()
    jwt_host.add_token(**(BY_JTI if request.param == "jti" else {"token": token, "jti": "other"}))
    return jwt_host, token


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_revoked_token_is_inactive_in_the_next_request(
    with_row: tuple[Host, str], dialect: str
) -> None:
    host, token = with_row
    assert host.ask(token, dialect=dialect).json["active"] is True
    host.change(Token, {}, revoked_at=1)
    answer = host.ask(token, dialect=dialect)
    assert (answer.status_code, answer.data) == (200, INACTIVE)


def test_one_statement_reads_the_row_too(with_row: tuple[Host, str]) -> None:
    host, token = with_row
    host.ask(token)
    with statements() as seen:
        host.ask(token)
    assert len(seen) == 1


def test_the_earlier_end_counts(with_row: tuple[Host, str]) -> None:
    host, token = with_row
    host.change(Token, {}, exp=CLAIMS["exp"] - 1)
    assert host.ask(token).json["exp"] == CLAIMS["exp"] - 1
    host.change(Token, {}, exp=1640922400)
    assert host.ask(token).data == INACTIVE


def test_the_later_beginning_counts(with_row: tuple[Host, str]) -> None:
    host, token = with_row
    host.change(Token, {}, nbf=1640922401)
    assert host.ask(token).data == INACTIVE


def test_the_row_adds_what_the_token_does_not_say(with_row: tuple[Host, str]) -> None:
    host, token = with_row
    host.change(Token, {}, claims={"tenant": "acme", "scope": "all"}, scope="admin")
    answer = host.ask(token).json
    assert (answer["username"], answer["tenant"], answer["scope"]) == (
        "user123",
        "acme",
        "read write",
    )


def test_a_row_that_cannot_be_read_is_no_good(with_row: tuple[Host, str]) -> None:
    host, token = with_row
    host.change(Token, {}, claims=["no object"])
    with host.app.app_context():
        assert introspect(token).reason is Reason.UNREADABLE


def test_a_signature_written_otherwise_does_not_bring_a_revoked_token_back(jwt_host: Host) -> None:
    token = issued(jti=None)
    assert jwt_host.ask(twin(token)).json["active"] is True
    jwt_host.add_token(token, revoked_at=1)
    assert jwt_host.ask(token).data == INACTIVE
    assert jwt_host.ask(twin(token)).data == INACTIVE


@pytest.mark.parametrize(
    "row",
    [
        {"client_id": "somebody"},
        {"iss": "https://elsewhere.example"},
        {"kind": "refresh_token"},
        {"jti": "jwt-2"},
    ],
)
def test_the_row_of_another_token_says_nothing(jwt_host: Host, row: Any) -> None:
    jwt_host.add_token(**{**BY_JTI, "revoked_at": 1, **row})
    assert jwt_host.ask(issued()).json["active"] is True


def test_a_forged_token_never_finds_a_row_by_its_identifier(jwt_host: Host) -> None:
    jwt_host.add_token(**BY_JTI)
    assert jwt_host.ask(issued()[:-8] + "AAAAAAAA").status_code == 404


def test_a_host_may_say_that_every_token_has_a_row(make_jwt_host: MakeHost) -> None:
    host = make_jwt_host(INTROSPECT_JWT_STORED=True)
    assert host.ask(issued()).status_code == 404
    host.add_token(**BY_JTI)
    assert host.ask(issued()).json["active"] is True


# The host's own list


def test_the_hosts_callable_says_what_is_revoked(make_jwt_host: MakeHost) -> None:
    asked: list[Any] = []
    host = make_jwt_host(
        INTROSPECT_JWT_REVOKED=lambda token: asked.append(token) or token.jti == "jwt-2"
    )
    assert host.ask(issued()).json["active"] is True
    assert host.ask(issued(jti="jwt-2")).data == INACTIVE
    assert [(token.jti, token.client_id) for token in asked] == [
        ("jwt-1", "test_client_1"),
        ("jwt-2", "test_client_1"),
    ]


def test_it_is_asked_only_about_tokens_that_the_caller_may_know(make_jwt_host: MakeHost) -> None:
    def revoked(token: Any) -> bool:
        raise AssertionError

    host = make_jwt_host(INTROSPECT_JWT_REVOKED=revoked)
    assert host.ask(issued(aud="other", client_id="other")).status_code == 404
    host.add_token()
    assert host.ask("documented").json["active"] is True


@pytest.mark.parametrize("dialect", DIALECTS)
def test_one_that_raises_is_a_503(
    make_jwt_host: MakeHost, dialect: str, caplog: pytest.LogCaptureFixture
) -> None:
    def revoked(token: Any) -> bool:
        raise OSError(token)

    host = make_jwt_host(INTROSPECT_JWT_REVOKED=revoked)
    answer = host.ask(issued(), dialect=dialect)
    text = "The token store is unavailable, try again later"
    assert answer.status_code == 503
    assert answer.data == error_body(dialect, 503, "temporarily_unavailable", text)
    (record,) = [each for each in caplog.records if each.levelno >= logging.ERROR]
    assert "INTROSPECT_JWT_REVOKED" in record.getMessage()
    assert "jwt-1" not in caplog.text


def test_one_that_answers_nonsense_is_a_500(make_jwt_host: MakeHost) -> None:
    host = make_jwt_host(INTROSPECT_JWT_REVOKED=lambda token: None)
    assert host.ask(issued()).status_code == 500
