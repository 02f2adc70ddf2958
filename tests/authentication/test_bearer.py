"""A bearer token that lets its client ask (RFC 7662 section 2.1, RFC 6750 section 3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ..support import CHALLENGE, FORM, JSON, Client, Host, Token, error_body

MakeHost = Callable[..., Host]


@pytest.fixture
def host(share_host: MakeHost) -> Host:
    made = share_host(INTROSPECT_AUTH_METHODS=["client_secret_basic", "bearer"])
    made.add_client(resources=["my_api"])
    made.add_token()
    made.add_client("asker", "asker_secret", resources=["my_api"])
    made.add_token("bearer", client_id="asker", scope="read introspection", aud=None)
    return made


def ask(host: Host, bearer: str, dialect: str = FORM, **options: Any) -> Any:
    headers = {"Authorization": f"Bearer {bearer}"}
    return host.ask("documented", dialect=dialect, caller=None, headers=headers, **options)


def challenge(error: str, description: str, scope: str = "") -> str:
    said = f'Bearer realm="token introspection", error="{error}", error_description="{description}"'
    return said + (f', scope="{scope}"' if scope else "")


DEAD = "The bearer token is not active"
TOO_LITTLE = "The bearer token lacks the scope to introspect tokens"


@pytest.mark.parametrize("dialect", [JSON, FORM])
def test_an_active_token_with_the_scope_acts_for_its_client(host: Host, dialect: str) -> None:
    answer = ask(host, "bearer", dialect)
    assert answer.status_code == 200
    assert answer.get_json()["username"] == "user123"


def test_the_scheme_is_case_insensitive(host: Host) -> None:
    headers = {"Authorization": "bEARER bearer"}
    assert host.ask("documented", caller=None, headers=headers).status_code == 200


def test_its_client_s_right_decides_what_it_sees(host: Host) -> None:
    host.change(Client, {"client_id": "asker"}, resources=[])
    assert ask(host, "bearer").get_json() == {"active": False}


@pytest.mark.parametrize("dialect", [JSON, FORM])
@pytest.mark.parametrize(
    "changes",
    [
        {"exp": 1},
        {"revoked_at": 1},
        {"nbf": 2**40},
        {"kind": "refresh_token"},
        {"client_id": "gone"},
    ],
    ids=str,
)
def test_a_dead_token_is_an_invalid_one(host: Host, changes: dict[str, Any], dialect: str) -> None:
    host.change(Token, {"client_id": "asker"}, **changes)
    answer = ask(host, "bearer", dialect)
    assert answer.status_code == 401
    assert answer.data == error_body(dialect, 401, "invalid_token", DEAD)
    assert answer.headers["WWW-Authenticate"] == challenge("invalid_token", DEAD)


@pytest.mark.parametrize("bearer", ["unknown", "", "a b", "\x7f", "x" * 10_000], ids=repr)
def test_what_is_no_token_of_ours_is_an_invalid_one(host: Host, bearer: str) -> None:
    answer = ask(host, bearer)
    assert answer.status_code == 401
    assert answer.get_json()["error"] == "invalid_token"


@pytest.mark.parametrize(
    "changes",
    [
        {"token_type": "DPoP"},
        {"claims": {"cnf": {"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}}},
        {"claims": {"cnf": {}}},
    ],
    ids=str,
)
def test_a_token_that_is_bound_to_a_key_is_no_bearer_token(
    host: Host, changes: dict[str, Any]
) -> None:
    host.change(Token, {"client_id": "asker"}, **changes)
    assert ask(host, "bearer").get_json()["error"] == "invalid_token"


@pytest.mark.parametrize("changes", [{"token_type": "bearer"}, {"token_type": None}], ids=str)
def test_the_type_of_a_bearer_token_may_be_written_anyhow(
    host: Host, changes: dict[str, Any]
) -> None:
    host.change(Token, {"client_id": "asker"}, **changes)
    assert ask(host, "bearer").status_code == 200


@pytest.mark.parametrize("method", ["private_key_jwt", "client_secret_basic"])
def test_the_registered_method_does_not_bind_it(host: Host, method: str) -> None:
    host.change(Client, {"client_id": "asker"}, auth_method=method)
    assert ask(host, "bearer").status_code == 200


@pytest.mark.parametrize("changes", [{"enabled": False}, {"public": True}], ids=str)
def test_the_client_of_a_token_must_be_able_to_authenticate(
    host: Host, changes: dict[str, Any]
) -> None:
    host.change(Client, {"client_id": "asker"}, **changes)
    answer = ask(host, "bearer")
    assert answer.status_code == 401
    assert answer.get_json()["error"] == "invalid_token"


@pytest.mark.parametrize("dialect", [JSON, FORM])
@pytest.mark.parametrize("scope", ["read", "introspect", None, "Introspection"])
def test_without_the_scope_it_is_not_enough(host: Host, scope: str | None, dialect: str) -> None:
    host.change(Token, {"client_id": "asker"}, scope=scope)
    answer = ask(host, "bearer", dialect)
    assert answer.status_code == 403
    assert answer.data == error_body(dialect, 403, "insufficient_scope", TOO_LITTLE)
    wanted = challenge("insufficient_scope", TOO_LITTLE, "introspection")
    assert answer.headers["WWW-Authenticate"] == wanted


def test_the_host_may_name_another_scope(make_host: MakeHost) -> None:
    host = make_host(INTROSPECT_AUTH_METHODS=["bearer"], INTROSPECT_BEARER_SCOPE="look")
    host.add_client(resources=["my_api"])
    host.add_token()
    host.add_token("bearer", scope="look", jti="another")
    assert ask(host, "bearer").status_code == 200


def test_a_client_with_the_right_none_is_not_allowed(host: Host) -> None:
    host.change(Client, {"client_id": "asker"}, may_introspect="none")
    answer = ask(host, "bearer")
    assert answer.status_code == 403
    assert answer.get_json()["error"] == "unauthorized_client"


def test_beside_a_secret_in_the_body_it_is_a_second_method(host: Host) -> None:
    answer = ask(host, "bearer", client_id="asker", client_secret="asker_secret")
    assert answer.status_code == 400


def test_both_schemes_on_offer_are_named(host: Host) -> None:
    answer = host.ask("documented", caller=None)
    assert answer.status_code == 401
    wanted = [CHALLENGE, 'Bearer realm="token introspection"']
    assert answer.headers.getlist("WWW-Authenticate") == wanted


def test_where_it_is_not_on_offer_it_is_no_authentication(make_host: MakeHost) -> None:
    host = make_host()
    host.add_client()
    host.add_token("bearer", scope="introspection")
    answer = ask(host, "bearer")
    assert answer.status_code == 401
    assert answer.get_json()["error"] == "invalid_client"
