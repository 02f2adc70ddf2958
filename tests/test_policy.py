"""Who may see which token, and which of its claims: the contract's table of rights."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from flask_introspect import Client, Kind, Right, Token, UnauthorizedClient
from flask_introspect.decision.policy import Policy

from .support import DOCUMENTED, FORM, INACTIVE, JSON, Host, envelope, spoken
from .support import Client as ClientRow

OWN = Token(Kind.ACCESS, client_id="me")
OWN_FOR_OTHERS = Token(Kind.ACCESS, client_id="me", aud=("other_api",))
NAMES_ME = Token(Kind.ACCESS, client_id="app", aud=("me",))
NAMES_MY_RESOURCE = Token(Kind.ACCESS, client_id="app", aud=("my_api",))
NAMES_MINE_AND_OTHERS = Token(Kind.ACCESS, client_id="app", aud=("other_api", "my_api"))
NAMES_OTHERS = Token(Kind.ACCESS, client_id="app", aud=("other_api", "third_api"))
NAMES_NOBODY = Token(Kind.ACCESS, client_id="app")
NOBODYS = Token(Kind.ACCESS, client_id=None)
OWN_REFRESH = Token(Kind.REFRESH, client_id="me")
OTHERS_REFRESH = Token(Kind.REFRESH, client_id="app", aud=("me", "my_api"))
OTHERS_BARE_REFRESH = Token(Kind.REFRESH, client_id="app")

TOKENS = {
    "its own": OWN,
    "its own, for others": OWN_FOR_OTHERS,
    "naming it": NAMES_ME,
    "naming its resource": NAMES_MY_RESOURCE,
    "naming its resource and others": NAMES_MINE_AND_OTHERS,
    "naming others": NAMES_OTHERS,
    "naming nobody": NAMES_NOBODY,
    "issued to nobody": NOBODYS,
    "its own refresh token": OWN_REFRESH,
    "another's refresh token": OTHERS_REFRESH,
    "another's refresh token naming nobody": OTHERS_BARE_REFRESH,
}
SEES: dict[Right, set[str]] = {Right.NONE: set()}
SEES[Right.OWN] = {"its own", "its own, for others", "its own refresh token"}
SEES[Right.AUDIENCE] = SEES[Right.OWN] | {
    "naming it",
    "naming its resource",
    "naming its resource and others",
}
SEES[Right.ANY] = SEES[Right.AUDIENCE] | {"naming nobody", "issued to nobody"}


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("right", Right)
def test_each_right_sees_what_the_contract_says(right: Right, token: str) -> None:
    caller = Client("me", right=right, resources=frozenset({"my_api"}))
    assert Policy(Right.AUDIENCE, "INTROSPECT_POLICY").permits(caller, TOKENS[token]) is (
        token in SEES[right]
    )


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("right", Right)
def test_the_hosts_default_counts_for_callers_whose_row_says_nothing(
    right: Right, token: str
) -> None:
    caller = Client("me", resources=frozenset({"my_api"}))
    assert Policy(right, "INTROSPECT_POLICY").permits(caller, TOKENS[token]) is (
        token in SEES[right]
    )


@pytest.mark.parametrize(
    "audience", ["MY_API", "my_api ", " my_api", "my_api/", "my_ap", "my_api2", "*", ""]
)
def test_audiences_are_compared_whole(audience: str) -> None:
    caller = Client("me", resources=frozenset({"my_api"}))
    assert not Policy(Right.AUDIENCE, "INTROSPECT_POLICY").permits(
        caller, Token(Kind.ACCESS, client_id="app", aud=(audience,))
    )


def test_a_star_among_the_resources_stands_for_every_audience() -> None:
    gateway, policy = (
        Client("gateway", resources=frozenset({"*"})),
        Policy(Right.AUDIENCE, "INTROSPECT_POLICY"),
    )
    assert policy.permits(gateway, NAMES_OTHERS)
    assert not policy.permits(gateway, NAMES_NOBODY)  # no audience is not every audience
    assert not policy.permits(gateway, OTHERS_REFRESH)
    assert Policy(Right.ANY, "INTROSPECT_POLICY").permits(gateway, NAMES_NOBODY)
    assert not Policy(Right.OWN, "INTROSPECT_POLICY").permits(gateway, NAMES_OTHERS)


def test_only_the_right_none_keeps_a_caller_out() -> None:
    for right in (Right.OWN, Right.AUDIENCE, Right.ANY, None):
        Policy(Right.AUDIENCE, "INTROSPECT_POLICY").admit(Client("me", right=right))
    with pytest.raises(UnauthorizedClient):
        Policy(Right.AUDIENCE, "INTROSPECT_POLICY").admit(Client("me", right=Right.NONE))
    with pytest.raises(UnauthorizedClient):
        Policy(Right.NONE, "INTROSPECT_POLICY").admit(Client("me"))
    Policy(Right.NONE, "INTROSPECT_POLICY").admit(Client("me", right=Right.OWN))


# A callable


def test_a_callable_judges_access_tokens_alone() -> None:
    asked: list[tuple[Client, Token]] = []

    def judge(caller: Client, token: Token) -> bool:
        asked.append((caller, token))
        return True

    policy, caller = Policy(judge, "INTROSPECT_POLICY"), Client("me")
    policy.admit(caller)
    assert policy.permits(caller, NAMES_OTHERS)
    assert policy.permits(caller, OWN_REFRESH)
    assert not policy.permits(caller, OTHERS_REFRESH)
    assert asked == [(caller, NAMES_OTHERS)]


def test_a_callable_may_deny_a_client_its_own_tokens() -> None:
    assert not Policy(lambda caller, token: False, "INTROSPECT_POLICY").permits(Client("me"), OWN)


@pytest.mark.parametrize("right", Right)
def test_a_right_in_the_row_outdoes_the_callable(right: Right) -> None:
    caller = Client("me", right=right)
    assert not Policy(lambda caller, token: True, "INTROSPECT_POLICY").permits(caller, NAMES_OTHERS)


@pytest.mark.parametrize("answer", [None, 1, 0, "yes", [True], NotImplemented], ids=str)
def test_an_answer_that_is_no_boolean_means_no_with_a_log_line(
    answer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert (
        Policy(lambda caller, token: answer, "INTROSPECT_POLICY").permits(Client("me"), OWN)
        is False
    )
    assert type(answer).__name__ in caplog.text
    assert "'me'" in caplog.text


def test_a_callable_that_raises_means_no_with_a_log_line(caplog: pytest.LogCaptureFixture) -> None:
    def judge(caller: Client, token: Token) -> bool:
        raise RuntimeError("broken judge")

    assert Policy(judge, "INTROSPECT_POLICY").permits(Client("me"), OWN) is False
    assert "RuntimeError" in caplog.text
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


# Through the endpoint


@pytest.mark.parametrize(
    ("right", "resources", "seen"),
    [
        (None, ["my_api"], True),
        (None, ["*"], True),
        (None, ["other_api"], False),
        (None, None, False),
        ("own", ["my_api"], False),
        ("audience", ["x", "my_api"], True),
        ("any", None, False),
        ("any", ["my_api"], True),
    ],
)
def test_the_rights_of_a_row_decide_what_the_endpoint_says(
    host: Host, right: str | None, resources: list[str] | None, seen: bool
) -> None:
    host.add_client("rs", may_introspect=right, resources=resources)
    response = host.ask("documented", caller=("rs", "test_secret"))
    assert response.data == (
        host.ask("documented").data if seen else envelope(404, "Access token not found")
    )


@pytest.mark.parametrize("word", ["none", "everything", "ANY", "own "])
def test_a_word_in_the_row_that_is_no_right_means_none(
    host: Host, word: str, caplog: pytest.LogCaptureFixture
) -> None:
    host.add_client("rs", may_introspect=word, resources=["*"])
    assert host.ask("documented", caller=("rs", "test_secret")).status_code == 403
    assert (repr(word) in caplog.text) is (word != "none")


def test_the_client_id_itself_can_be_the_audience(host: Host) -> None:
    host.add_client("rs")
    host.add_token("for rs", "elsewhere-app", aud=["x", "rs"])
    host.add_client("elsewhere-app")
    assert host.ask("for rs", caller=("rs", "test_secret")).get_json()["aud"] == ["x", "rs"]


@pytest.mark.parametrize(
    "policy", ["any", Right.ANY, lambda caller, token: caller.client_id == "rs"], ids=spoken
)
def test_the_hosts_policy_is_the_default(make_host: Callable[..., Host], policy: Any) -> None:
    host = make_host(INTROSPECT_POLICY=policy)
    host.add_client("rs")
    host.add_client()
    host.add_token(aud=None)
    assert host.ask("documented", caller=("rs", "test_secret")).get_json()["active"] is True


def test_a_callable_sees_records_and_no_token_or_secret(make_host: Callable[..., Host]) -> None:
    seen: list[str] = []

    def judge(caller: Client, token: Token) -> bool:
        seen.extend([repr(caller), repr(token)])
        return token.username == "user123" and caller.client_id == "rs"

    host = make_host(INTROSPECT_POLICY=judge)
    host.add_client("rs")
    host.add_client()
    host.add_token("s3cr3t-token")
    assert host.ask("s3cr3t-token", caller=("rs", "test_secret")).status_code == 200
    assert host.ask("s3cr3t-token").status_code == 404
    assert "s3cr3t" not in "".join(seen)
    assert "pbkdf2" not in "".join(seen)


def test_a_policy_none_shuts_out_whom_no_row_lets_in(make_host: Callable[..., Host]) -> None:
    host = make_host(INTROSPECT_POLICY="none")
    host.add_client("rs", may_introspect="own")
    host.add_client()
    assert host.ask("documented").status_code == 403
    assert host.ask("documented", caller=("rs", "test_secret")).status_code == 404


@pytest.mark.parametrize("dialect", [JSON, FORM])
def test_a_policy_that_raises_makes_a_token_unknown(
    make_host: Callable[..., Host], dialect: str
) -> None:
    def judge(caller: Client, token: Token) -> bool:
        raise RuntimeError

    host = make_host(INTROSPECT_POLICY=judge)
    host.add_client()
    host.add_token()
    unknown = host.ask("never was", dialect=dialect)
    response = host.ask("documented", dialect=dialect)
    assert (response.status_code, response.data) == (unknown.status_code, unknown.data)


# Only some claims and scopes


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        (None, list(DOCUMENTED)),
        ([], ["active"]),
        (["scope"], ["active", "scope"]),
        (["sub", "exp", "never heard of"], ["active", "exp", "sub"]),
        (["active", "tenant"], ["active", "tenant"]),
    ],
)
def test_a_caller_is_told_only_its_claims(
    host: Host, claims: list[str] | None, told: list[str]
) -> None:
    host.add_token("with claims", claims={"tenant": "a"} if claims else None)
    host.change(ClientRow, {"client_id": "test_client_1"}, visible_claims=claims)
    assert list(host.ask("with claims").get_json()) == told


@pytest.mark.parametrize(
    ("scopes", "told"),
    [
        (None, "read write"),
        (["write", "read"], "read write"),
        (["write"], "write"),
        (["x"], None),
        ([], None),
    ],
)
def test_a_caller_is_told_only_its_scopes(
    host: Host, scopes: list[str] | None, told: str | None
) -> None:
    host.change(ClientRow, {"client_id": "test_client_1"}, visible_scopes=scopes)
    answer = host.ask("documented").get_json()
    assert answer.get("scope") == told
    assert answer["active"] is True
    assert ("scope" in answer) is (told is not None)


def test_inactive_tokens_tell_a_limited_caller_nothing_else(host: Host) -> None:
    host.add_token("revoked", revoked_at=1)
    host.change(ClientRow, {"client_id": "test_client_1"}, visible_claims=["scope"])
    assert host.ask("revoked").data == INACTIVE
