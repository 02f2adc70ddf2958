"""Apache's two modules as resource servers, each configured as the page shows it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack

import pytest
import requests

from .apache import apache
from .blocks import PRINTED, block
from .servers import GARBAGE, TRUSTED, AuthServer, public_folder

pytestmark = pytest.mark.real_clients

#: The status of an answer, and the user that it is for.
Answer = tuple[int, str | None]
GetOrders = Callable[..., Answer]


def configurations(auth: AuthServer, module: str, authority: str) -> Mapping[str, str]:
    """The module's block where the endpoint is up, is down, or is not trusted.

    ``keeping`` lacks the page's setting that nothing is to be kept.
    """
    if module == "auth_openidc":
        trust = (TRUSTED, authority)
        ask_always = ("OIDCOAuthTokenIntrospectionInterval -1\n", "")
        return {
            "up": block("mod-auth-openidc", auth.place, trust),
            "keeping": block("mod-auth-openidc", auth.place, trust, ask_always),
            "down": block("mod-auth-openidc", auth.closed_place, trust),
            "not trusted": block("mod-auth-openidc", auth.place),
        }
    # It trusts what the system trusts, and cannot be told otherwise.
    plain = (PRINTED, auth.plain_url)
    return {
        "up": block("mod-oauth2", plain),
        "keeping": block("mod-oauth2", plain, ("&expiry=0", "")),
        "down": block("mod-oauth2", auth.closed_place),
        "not trusted": block("mod-oauth2", auth.place),
    }


@pytest.fixture(scope="module", params=["oauth2", "auth_openidc"])
def module(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def get_orders(module: str, auth: AuthServer) -> Iterator[GetOrders]:
    """Asks one of the virtual hosts for its orders."""
    with ExitStack() as cleanup:
        folder = cleanup.enter_context(public_folder())
        authority = shutil.copy(auth.certificates.authority, folder)
        made = configurations(auth, module, str(authority))
        urls = cleanup.enter_context(apache(folder, module, made))

        def ask(token: str | None, host: str = "up", **headers: str) -> Answer:
            if token is not None:
                headers["Authorization"] = f"Bearer {token}"
            answer = requests.get(f"{urls[host]}/orders", headers=headers, timeout=30)
            assert (answer.text == "the orders") is (answer.status_code == 200)
            return answer.status_code, answer.headers.get("X-User") if answer.ok else None

        yield ask


def test_a_live_token_gets_in_as_its_user(auth: AuthServer, get_orders: GetOrders) -> None:
    assert get_orders(auth.users_token) == (200, "user123")


def test_a_revoked_token_is_refused_at_once(auth: AuthServer, get_orders: GetOrders) -> None:
    token = auth.issue()
    assert get_orders(token) == (200, "test_client_1")
    assert get_orders(auth.revoke(token))[0] == 401


def test_a_revoked_token_stays_good_where_answers_are_kept(
    auth: AuthServer, get_orders: GetOrders
) -> None:
    token = auth.issue()
    assert get_orders(token, "keeping")[0] == 200
    assert get_orders(auth.revoke(token), "keeping")[0] == 200


@pytest.mark.parametrize("token", [None, GARBAGE], ids=["no token", "one that nobody issued"])
def test_who_has_no_token_is_refused(get_orders: GetOrders, token: str | None) -> None:
    assert get_orders(token)[0] == 401


@pytest.mark.parametrize("scope", ["read", "read write", "write read"])
def test_a_token_with_the_scope_gets_in(
    auth: AuthServer, get_orders: GetOrders, scope: str
) -> None:
    assert get_orders(auth.issue(scope))[0] == 200


#: Of a refused token that is live; mod_oauth2's expression is the reason for its 401.
LACKS_SCOPE = {"oauth2": 401, "auth_openidc": 403}


@pytest.mark.parametrize("scope", ["write", "read.all"])
def test_a_token_without_the_scope_is_refused(
    auth: AuthServer, get_orders: GetOrders, module: str, scope: str
) -> None:
    token = auth.longer_scope_token if scope == "read.all" else auth.issue(scope)
    assert get_orders(token)[0] == LACKS_SCOPE[module]


def test_nobody_gets_a_scope_by_a_header(
    auth: AuthServer, get_orders: GetOrders, module: str
) -> None:
    forged = dict.fromkeys(("OAUTH2_CLAIM_scope", "OIDC_CLAIM_scope"), "read")
    assert get_orders(auth.issue("write"), **forged)[0] == LACKS_SCOPE[module]


@pytest.mark.parametrize("host", ["down", "not trusted"])
def test_nobody_gets_in_when_the_endpoint_cannot_be_asked(
    auth: AuthServer, get_orders: GetOrders, host: str
) -> None:
    assert get_orders(auth.users_token, host)[0] == 401
