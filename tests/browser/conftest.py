"""The example app in Chromium. Whatever a page complains of in the console fails its test.

``SCREENSHOTS=docs/images`` writes the pictures that the documentation shows.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from example_app.demo import PASSWORD, USERNAME

from ..example.served import serve_example

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

REQUIRED = os.environ.get("TEST_REQUIRE_BROWSER") == "1"

MakePage = Callable[..., "Page"]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        sync_playwright = None  # type: ignore[assignment]
    if program is None or sync_playwright is None:
        said = f"there is no {'chromium' if program is None else 'playwright'}"
        pytest.fail(said) if REQUIRED else pytest.skip(said)
    with sync_playwright() as playwright:
        # Chromium's own sandbox does not work for root.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def issuer(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve_example(tmp_path_factory.mktemp("example")) as issuer:
        yield issuer


@pytest.fixture
def make_page(chromium: Browser, issuer: str) -> Iterator[MakePage]:
    """Opens pages, each in a browser of its own: ``color_scheme``, ``viewport``, and so on."""
    complaints: list[str] = []
    contexts = []

    def make(*, logged_in: bool = True, **options: Any) -> Page:
        context = chromium.new_context(base_url=issuer, **options)
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        # A violation of the Content-Security-Policy stands there as well.
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/")
        if logged_in:
            page.get_by_label("Name").fill(USERNAME)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Log in").click()
            page.get_by_role("button", name="Log out").wait_for()
        return page

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(make_page: MakePage) -> Page:
    """A page on which the user has logged in."""
    return make_page()
