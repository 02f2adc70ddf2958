"""JWT access tokens: what is said of one that is good."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flask_introspect import Reason, introspect
from flask_introspect.jose import keys_named

from ..support import DIALECTS, DOCUMENTED, INACTIVE, JSON, Host, basic, statements
from .issuer import CLAIMS, issued

MakeHost = Callable[..., Host]

EXPECTED = {
    "active": True,
    "scope": "read write",
    "client_id": "test_client_1",
    "token_type": "Bearer",
    "exp": 1640995200,
    "iat": 1640918800,
    "sub": "user123",
    "aud": "my_api",
    "iss": "http://localhost:4000",
    "jti": "jwt-1",
}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "ES384", "EdDSA"])
def test_a_signed_token_is_active(jwt_host: Host, algorithm: str, dialect: str) -> None:
    answer = jwt_host.ask(issued(algorithm), dialect=dialect)
    assert answer.status_code == 200
    assert list(answer.json.items()) == list(EXPECTED.items())


@pytest.mark.parametrize("typ", ["at+jwt", "application/at+jwt", "AT+JWT", "Application/At+Jwt"])
def test_the_type_may_have_its_prefix_and_any_case(jwt_host: Host, typ: str) -> None:
    assert jwt_host.ask(issued(headers={"typ": typ})).json["active"] is True


def test_a_host_may_say_that_its_issuer_sends_another_type(make_jwt_host: MakeHost) -> None:
    host = make_jwt_host(INTROSPECT_JWT_TYPES=["JWT"])
    assert host.ask(issued(headers={"typ": "JWT"})).json["active"] is True
    assert host.ask(issued(headers={"typ": "at+jwt"})).status_code == 404


def test_several_issuers_may_be_known(make_jwt_host: MakeHost) -> None:
    host = make_jwt_host(INTROSPECT_JWT_ISSUERS=["https://a.example", "https://b.example"])
    assert host.ask(issued(iss="https://b.example")).json["iss"] == "https://b.example"
    assert host.ask(issued(iss="http://localhost:4000")).status_code == 404


def test_opaque_tokens_stay_what_they_are(jwt_host: Host) -> None:
    jwt_host.add_token()
    assert jwt_host.ask("documented").json == DOCUMENTED


@pytest.mark.parametrize("token", ["a.b.c", "eyJ.eyJ.eyJ", "..", "eyJhIjoxfQ.x.y"])
def test_two_dots_do_not_make_a_jwt(jwt_host: Host, token: str) -> None:
    assert jwt_host.ask(token).status_code == 404
    jwt_host.add_token(token)
    assert jwt_host.ask(token).json["active"] is True


def test_a_jwt_of_nobody_that_is_known_is_looked_up_like_any_other(jwt_host: Host) -> None:
    token = jwt_host.add_token(issued(iss="https://elsewhere.example"))
    assert jwt_host.ask(token).json["iss"] == "http://localhost:4000"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cnf", {"x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}),
        ("act", {"sub": "admin"}),
        ("may_act", {"sub": "admin"}),
        ("authorization_details", [{"type": "account_information", "actions": ["read"]}]),
        ("acr", "urn:mace:incommon:iap:silver"),
        ("amr", ["pwd", "otp"]),
        ("auth_time", 1640918700),
        ("roles", ["admin"]),
        ("groups", ["staff"]),
        ("entitlements", ["gold"]),
        ("tenant", "acme"),
    ],
)
def test_further_claims_come_after_the_documented_ones(
    jwt_host: Host, name: str, value: Any
) -> None:
    answer = jwt_host.ask(issued(**{name: value})).json
    assert answer == {**EXPECTED, name: value}
    assert list(answer)[-1] == name


def test_a_claim_never_replaces_a_documented_member(jwt_host: Host) -> None:
    answer = jwt_host.ask(issued(active=False, token_type="mac")).json
    assert answer == EXPECTED


def test_a_caller_sees_no_more_claims_and_scopes_than_it_may(jwt_host: Host) -> None:
    jwt_host.add_client("narrow", resources=["my_api"], visible_claims=["scope", "cnf"])
    jwt_host.add_client("scoped", resources=["my_api"], visible_scopes=["read"])
    token = issued(cnf={"jkt": "x"}, act={"sub": "admin"})
    narrow = jwt_host.ask(token, caller=("narrow", "test_secret")).json
    assert narrow == {"active": True, "scope": "read write", "cnf": {"jkt": "x"}}
    assert jwt_host.ask(token, caller=("scoped", "test_secret")).json["scope"] == "read"


def test_another_issuers_claim_of_scopes_tells_no_more_of_them(jwt_host: Host) -> None:
    token = issued(scp=["read", "write"])
    assert jwt_host.ask(token).json["scp"] == ["read", "write"]
    jwt_host.add_client("scoped", resources=["my_api"], visible_scopes=["read"])
    answer = jwt_host.ask(token, caller=("scoped", "test_secret")).json
    assert (answer["scope"], "scp" in answer) == ("read", False)


def test_a_token_bound_to_a_key_is_a_dpop_token(jwt_host: Host) -> None:
    assert jwt_host.ask(issued(cnf={"jkt": "x"})).json["token_type"] == "DPoP"


@pytest.mark.parametrize("name", ["sub", "scope", "iat", "jti"])
def test_a_claim_that_is_not_there_is_left_out(jwt_host: Host, name: str) -> None:
    answer = jwt_host.ask(issued(**{name: None})).json
    expected = {key: value for key, value in EXPECTED.items() if key != name}
    assert answer == (expected if name != "sub" else {**EXPECTED, "sub": "test_client_1"})


@pytest.mark.parametrize(("sent", "said"), [(["my_api"], "my_api"), (["a", "my_api"], None)])
def test_an_audience_may_be_an_array(jwt_host: Host, sent: Any, said: Any) -> None:
    assert jwt_host.ask(issued(aud=sent)).json["aud"] == (said or sent)


def test_times_may_have_fractions(jwt_host: Host) -> None:
    assert jwt_host.ask(issued(exp=1640995200.9)).json["exp"] == 1640995200


def test_a_scope_may_be_a_list(jwt_host: Host) -> None:
    assert jwt_host.ask(issued(scope=["read", "write"])).json["scope"] == "read write"


@pytest.mark.parametrize("right", ["own", "audience", "any"])
def test_rights_are_those_of_opaque_tokens(jwt_host: Host, right: str) -> None:
    jwt_host.add_client("other", resources=["other_api"], may_introspect=right)
    sees_all = right == "any"
    for_nobody = jwt_host.ask(issued(aud=None), caller=("other", "test_secret"))
    assert for_nobody.status_code == (200 if sees_all else 404)
    assert jwt_host.ask(issued(), caller=("other", "test_secret")).status_code == 404
    assert jwt_host.ask(issued(client_id="other"), caller=("other", "test_secret")).json["active"]


def test_the_hosts_policy_and_claims_are_asked_about_it(make_jwt_host: MakeHost) -> None:
    host = make_jwt_host(
        INTROSPECT_POLICY=lambda caller, token: token.jti == "jwt-1" and "tenant" in token.claims,
        INTROSPECT_EXTRA_CLAIMS=lambda token, caller: {"seen": token.sub},
    )
    host.add_client("other")
    assert host.ask(issued(tenant="a"), caller=("other", "test_secret")).json["seen"] == "user123"
    assert host.ask(issued(), caller=("other", "test_secret")).status_code == 404


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"exp": 1640922400}, Reason.EXPIRED),
        ({"nbf": 1640922401}, Reason.NOT_YET_VALID),
        ({"iat": 1640922400 + 61}, Reason.UNREADABLE),
        ({"client_id": "gone"}, Reason.CLIENT_GONE),
        ({"client_id": None}, Reason.CLIENT_GONE),
        ({"exp": None}, Reason.UNREADABLE),
        ({"exp": "1640995200"}, Reason.UNREADABLE),
        ({"exp": True}, Reason.UNREADABLE),
        ({"exp": 1e300}, Reason.UNREADABLE),
        ({"nbf": "x"}, Reason.UNREADABLE),
        ({"iat": []}, Reason.UNREADABLE),
        ({"scope": {"a": 1}}, Reason.UNREADABLE),
        ({"jti": 1}, Reason.UNREADABLE),
        ({"sub": "a\0b"}, Reason.UNREADABLE),
    ],
)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_known_token_that_is_not_good_is_inactive(
    jwt_host: Host, changes: Any, reason: Reason, dialect: str
) -> None:
    token = issued(**changes)
    answer = jwt_host.ask(token, dialect=dialect)
    assert (answer.status_code, answer.data) == (200, INACTIVE)
    with jwt_host.app.app_context():
        assert introspect(token).reason is reason


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"iat": 1640922400 + 61}, 200),
        ({"exp": None}, 200),
        ({"exp": "1640995200"}, 200),
        ({"exp": 0}, 200),
        ({"aud": 5}, 404),
        ({"aud": 5, "exp": "1640995200"}, 404),
        ({"aud": [5, "my_api"], "iat": 1640922400 + 61}, 404),
    ],
)
@pytest.mark.parametrize("right", ["audience", "any"])
def test_what_cannot_be_read_hides_a_token_only_where_it_is_whom_it_is_for(
    jwt_host: Host, right: str, changes: Any, status: int
) -> None:
    jwt_host.add_client("issued_to")
    jwt_host.add_client("resource", resources=["my_api"], may_introspect=right)
    token = issued(client_id="issued_to", **changes)
    assert jwt_host.ask(token, caller=("resource", "test_secret")).status_code == status
    assert jwt_host.ask(token, caller=("issued_to", "test_secret")).data == INACTIVE


def test_a_token_ends_with_its_client(jwt_host: Host) -> None:
    from ..support import Client

    jwt_host.add_client("issued_to")
    token = issued(client_id="issued_to")
    assert jwt_host.ask(token).json["active"] is True
    jwt_host.change(Client, {"client_id": "issued_to"}, enabled=False)
    assert jwt_host.ask(token).data == INACTIVE


def test_the_leeway_counts(make_jwt_host: MakeHost) -> None:
    host = make_jwt_host(INTROSPECT_LEEWAY=5)
    assert host.ask(issued(exp=1640922396)).json["active"] is True
    assert host.ask(issued(exp=1640922395)).data == INACTIVE


def test_a_token_ends_while_its_signature_is_remembered(jwt_host: Host) -> None:
    token = issued()
    assert jwt_host.ask(token).json["active"] is True
    jwt_host.clock.now = CLAIMS["exp"]
    assert jwt_host.ask(token).data == INACTIVE


def test_a_signature_is_verified_once_whether_it_holds_or_not(
    jwt_host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []

    def note(signed: Any, keys: Any) -> Any:
        verified.append(signed.claims["jti"])
        return keys_named(signed, keys)

    monkeypatch.setattr("flask_introspect.decision.jwt_signatures.keys_named", note)
    good, forged = issued(jti="seen once"), issued(jti="forged once")[:-8] + "AAAAAAAA"
    for _ in range(3):
        assert jwt_host.ask(good).json["active"] is True
        assert jwt_host.ask(forged).status_code == 404
    assert verified == ["seen once", "forged once"]


def test_a_usual_request_is_one_statement(jwt_host: Host) -> None:
    jwt_host.ask(issued())
    with statements() as seen:
        assert jwt_host.ask(issued()).json["active"] is True
    assert len(seen) == 1


def test_a_bearer_may_come_with_a_jwt(make_jwt_host: MakeHost) -> None:
    host = make_jwt_host(INTROSPECT_AUTH_METHODS=["bearer"])
    good = {"Authorization": f"Bearer {issued(scope='introspection')}"}
    assert host.ask(issued(), caller=None, headers=good).json["active"] is True
    bound = {"Authorization": f"Bearer {issued(scope='introspection', cnf={'jkt': 'x'})}"}
    assert host.ask(issued(), caller=None, headers=bound).status_code == 401
    forged = {"Authorization": f"Bearer {issued(scope='introspection')[:-4]}AAAA"}
    assert host.ask(issued(), caller=None, headers=forged).status_code == 401


def test_in_process_the_judgement_is_the_same(jwt_host: Host) -> None:
    with jwt_host.app.app_context():
        assert introspect(issued(), caller="test_client_1").claims == EXPECTED


def test_without_keys_a_jwt_is_a_token_like_any_other(host: Host) -> None:
    assert host.ask(issued()).status_code == 404
    token = host.add_token(issued(jti="other"))
    assert host.ask(token).json["jti"] == DOCUMENTED["jti"]


def test_nobody_unauthenticated_learns_anything(jwt_host: Host) -> None:
    wrong = jwt_host.ask(issued(), caller=None, headers=basic("test_client_1", "wrong"))
    assert wrong.status_code == 401
    assert jwt_host.ask(issued(), dialect=JSON, caller=None).status_code == 401
