"""What a visitor does on the page of the example app."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from example_app.demo import TOKEN

from .conftest import MakePage

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CALLERS = ["test_client_1", "resource_server", "jwt_api", "test_client_2", "stranger"]


def told(page: Page, caller: str) -> Any:
    """What a caller is told, as the page shows it."""
    return json.loads(page.get_by_label(f"What {caller} is told").inner_text())


def reason(page: Page, caller: str) -> str:
    """Why a caller is told that, as the page shows it."""
    card = page.locator(".caller").filter(has=page.get_by_role("heading", name=caller))
    return card.locator(".why code").inner_text()


def one_click(page: Page, card: str) -> None:
    """Get a token in one click, and look into it."""
    page.goto("/")
    found = page.locator(".card").filter(has=page.get_by_role("heading", name=card))
    found.get_by_role("button", name="In one click").click()
    page.get_by_role("link", name="Look into the token").click()


def test_a_visitor_logs_in_with_what_the_page_shows(make_page: MakePage) -> None:
    page = make_page(logged_in=False)
    page.get_by_role("button", name="Log in").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Get a token, look into it"


@pytest.mark.parametrize(
    ("card", "user"), [("Client credentials", None), ("Code flow with PKCE", "user123")]
)
def test_a_token_is_got_in_one_click(page: Page, card: str, user: str | None) -> None:
    one_click(page, card)
    assert told(page, "resource_server").get("username") == user
    assert reason(page, "resource_server") == "active"


def test_the_code_flow_is_gone_through_step_by_step(page: Page) -> None:
    page.get_by_role("link", name="Step by step: code flow").click()
    page.get_by_role("link", name="Go there").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Allow Test client 1?"
    page.get_by_role("button", name="Allow").click()
    assert "step 2 of 3" in page.get_by_role("heading", level=1).inner_text()
    page.get_by_role("button", name="Send it").click()
    assert '"access_token"' in page.get_by_label("Answer, step 1").inner_text()
    page.get_by_role("link", name="Look into the token").click()
    assert told(page, "test_client_1")["username"] == "user123"


def test_who_denies_is_brought_back_without_a_code(page: Page) -> None:
    page.get_by_role("link", name="Step by step: code flow").click()
    page.get_by_role("link", name="Go there").click()
    page.get_by_role("button", name="Deny").click()
    assert page.get_by_role("heading", level=1).inner_text() == "No code"
    assert "access_denied" in page.get_by_role("main").inner_text()


def test_each_caller_sees_what_is_its_business(page: Page) -> None:
    one_click(page, "A JWT")
    assert [reason(page, caller) for caller in CALLERS] == [
        *["active", "not_for_caller", "active", "not_allowed", "no_credentials"]
    ]
    assert told(page, "resource_server")["error"] == "Access token not found"
    page.get_by_role("link", name="Form (RFC 7662)").click()
    assert told(page, "resource_server") == {"active": False}


def test_a_revocation_changes_the_next_answer(page: Page) -> None:
    one_click(page, "Client credentials")
    assert told(page, "resource_server")["active"] is True
    page.get_by_role("button", name="Revoke it").click()
    assert "The token is revoked" in page.get_by_role("status").first.inner_text()
    assert told(page, "resource_server") == {"active": False}
    assert reason(page, "resource_server") == "revoked"
    card = page.locator(".caller").filter(has=page.get_by_role("heading", name="resource_server"))
    assert card.locator("del").inner_text().endswith("active")  # as it was before


def test_a_token_that_was_got_before_is_looked_into_again(page: Page) -> None:
    one_click(page, "Code flow with PKCE")
    one_click(page, "Client credentials")
    page.goto("/")
    page.get_by_role("button", name="Look into the access token").nth(1).click()
    assert told(page, "test_client_1")["username"] == "user123"


def test_a_person_without_parameters_is_led_to_the_page(make_page: MakePage, issuer: str) -> None:
    page = make_page()
    page.route(  # the console would complain of the status
        "**/v1/oauth/authorize",
        lambda route: route.fulfill(response=route.fetch(), status=200),
    )
    page.goto("/v1/oauth/authorize")
    page.get_by_role("link", name="The start page").click()
    assert page.url == f"{issuer}/"


def test_the_signed_answer_is_decoded(page: Page) -> None:
    one_click(page, "Client credentials")
    header = json.loads(page.get_by_label("Header of the signed answer").inner_text())
    payload = json.loads(page.get_by_label("Payload of the signed answer").inner_text())
    assert header["typ"] == "token-introspection+jwt"
    assert payload["token_introspection"] == told(page, payload["aud"])


def test_a_copied_curl_line_works_in_a_terminal(make_page: MakePage) -> None:
    page = make_page(permissions=["clipboard-read", "clipboard-write"])
    one_click(page, "Client credentials")
    page.get_by_label("On the wire: resource_server").click()
    page.get_by_role("button", name="Copy: curl line of resource_server").click()
    page.get_by_text("Copied").first.wait_for()
    line = page.evaluate("navigator.clipboard.readText()")
    done = subprocess.run(line, shell=True, capture_output=True, text=True, check=True, timeout=30)
    assert json.loads(done.stdout.splitlines()[-1]) == told(page, "resource_server")


def test_everything_but_copying_works_without_javascript(make_page: MakePage) -> None:
    page = make_page(java_script_enabled=False)
    one_click(page, "Code flow with PKCE")
    page.get_by_role("button", name="Revoke it").click()
    assert told(page, "resource_server") == {"active": False}
    assert page.get_by_role("button", name="Copy").count() == 0


def test_the_keyboard_alone_is_enough(make_page: MakePage) -> None:
    page = make_page(logged_in=False)

    def tab_to(name: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.textContent.trim()") == name:
                with page.expect_navigation():
                    page.keyboard.press("Enter")
                return
        raise AssertionError(f"{name!r} is never reached")

    for name in ("Log in", "In one click", "Look into the token", "Revoke it"):
        tab_to(name)
    page.get_by_text("The token is revoked").wait_for()
    assert told(page, "resource_server") == {"active": False}


def test_the_first_tab_offers_to_skip_to_the_content(page: Page) -> None:
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    assert skip.evaluate("element => element === document.activeElement")
    box = skip.bounding_box()
    assert box is not None
    assert box["x"] >= 0  # it is seen, too
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_demonstrations_token_is_looked_into_as_it_is(page: Page) -> None:
    page.get_by_label("Any token, yours or made up").fill(TOKEN)
    page.get_by_role("button", name="Look into it").click()
    assert told(page, "test_client_1")["username"] == "user123"
