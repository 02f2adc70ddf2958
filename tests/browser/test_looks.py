"""How the pages look, and to whom: in light and dark, narrow, and to a screen reader."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .conftest import MakePage

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WIDE, NARROW = {"width": 1200, "height": 900}, {"width": 375, "height": 812}

#: How to get to each page from the start.
PAGES = {
    "start": [],
    "one click": ["form[action='/code'] button"],
    "looks": ["form[action='/code'] button", "text=Look into the token"],
    "wire": ["form[action='/jwt'] button", "text=Look into the token", "summary >> nth=-1"],
    "revoked": ["form[action='/jwt'] button", "text=Look into the token", "text=Revoke it"],
    "before": ["a[href='/client-credentials']"],
    "step 1": ["a[href='/code']"],
    "consent": ["a[href='/code']", "text=Go there"],
    "step 2": ["a[href='/code']", "text=Go there", "button[value=allow]"],
    "denied": ["a[href='/code']", "text=Go there", "button[value=deny]"],
    "refresh token": ["form[action='/code'] button", "text=Look into the refresh token"],
}

#: Pages for who has not logged in; the last two are refusals.
PUBLIC = {
    "enter": "/",
    "log in": "/v1/oauth/authorize?response_type=code&client_id=test_client_1&state=x"
    "&code_challenge_method=S256&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "nothing asked": "/v1/oauth/authorize",
    "unknown client": "/v1/oauth/authorize?response_type=code&client_id=nobody",
}


def go(page: Page, name: str) -> None:
    for selector in PAGES[name]:
        page.click(selector)
    page.wait_for_load_state()


def violations(page: Page) -> list[str]:
    """What axe-core finds fault with."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_fault(make_page: MakePage, name: str, scheme: str) -> None:
    page = make_page(color_scheme=scheme, viewport=WIDE, bypass_csp=True)  # axe is put in
    go(page, name)
    assert violations(page) == []


def visit(page: Page, name: str) -> None:
    """Go to a public page. Chromium would complain of the status of a refusal in the console."""
    page.route(
        "**/v1/oauth/authorize*",
        lambda route: route.fulfill(response=route.fetch(), status=200),
    )
    page.goto(PUBLIC[name])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PUBLIC)
def test_axe_finds_no_fault_before_the_login(make_page: MakePage, name: str, scheme: str) -> None:
    page = make_page(logged_in=False, color_scheme=scheme, viewport=WIDE, bypass_csp=True)
    visit(page, name)
    assert violations(page) == []


@pytest.mark.parametrize("name", PUBLIC)
def test_nothing_is_wider_than_a_telephone_before_the_login(make_page: MakePage, name: str) -> None:
    page = make_page(logged_in=False, viewport=NARROW)
    visit(page, name)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_form_that_is_refused_is_readable(make_page: MakePage, scheme: str) -> None:
    page = make_page(logged_in=False, color_scheme=scheme, viewport=NARROW, bypass_csp=True)
    page.route("**/log-in", lambda route: route.fulfill(response=route.fetch(), status=200))
    page.evaluate("document.querySelector('[name=csrf_token]').value = 'forged'")
    page.get_by_role("button", name="Log in").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Nothing was done"
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_wider_than_a_telephone(make_page: MakePage, name: str) -> None:
    page = make_page(viewport=NARROW)
    go(page, name)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("name", PAGES)
def test_headings_leave_out_no_level(make_page: MakePage, name: str) -> None:
    page = make_page()
    go(page, name)
    levels = page.locator("h1, h2, h3, h4").evaluate_all(
        "headings => headings.map(each => Number(each.tagName[1]))"
    )
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize(
    ("picture", "scheme", "viewport"),
    [("page-light", "light", WIDE), ("page-dark", "dark", WIDE), ("page-narrow", "light", NARROW)],
)
def test_the_pictures_of_the_documentation_are_taken(
    make_page: MakePage, tmp_path: Path, picture: str, scheme: str, viewport: dict[str, int]
) -> None:
    page = make_page(color_scheme=scheme, viewport=viewport)
    go(page, "looks")
    path = Path(os.environ.get("SCREENSHOTS", tmp_path)) / f"{picture}.png"
    page.screenshot(path=path)
    assert path.stat().st_size < 150_000
