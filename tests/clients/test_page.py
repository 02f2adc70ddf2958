"""The page on resource servers shows what is run, and says what isn't."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from .blocks import PAGE, blocks

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

#: How a block begins that the page only shows: what runs it isn't at hand.
NOT_RUN = ("$ flask introspect client add", "spring:", "resolver ")


def test_every_block_of_the_page_is_run_or_known_not_to_be() -> None:
    tests = "".join(
        path.read_text("utf-8") for path in HERE.glob("test_*.py") if path != Path(__file__)
    )
    for name, text in blocks():
        assert f'"{name}"' in tests if name else text.startswith(NOT_RUN), text


def versions_on_the_page() -> dict[str, str]:
    """The table of the page: who, and in which version."""
    rows = re.findall(r"^    \* - (.+)\n      - (.+)$", PAGE.read_text("utf-8"), re.MULTILINE)
    return {who.lower(): version for who, version in rows}


@pytest.mark.parametrize("who", ["authlib", "flask-oidc", "fastmcp", "django-oauth-toolkit"])
def test_the_page_names_the_version_that_is_installed(who: str) -> None:
    pins = (ROOT / "requirements/constraints.txt").read_text("utf-8")
    minors = re.findall(rf"^{who}==(\d+\.\d+)\.", pins, re.MULTILINE)
    assert versions_on_the_page()[who] in minors


def test_the_page_names_the_version_of_oauth4webapi() -> None:
    package = json.loads((HERE / "package.json").read_text("utf-8"))
    version = package["dependencies"]["oauth4webapi"]
    assert version.startswith(versions_on_the_page()["oauth4webapi"] + ".")
