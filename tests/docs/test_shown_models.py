"""What pages show of models is what other tests run, on every database."""

from __future__ import annotations

import re
import textwrap

import pytest

from .pages import ROOT, blocks


def shown_by(source: str) -> str:
    """The models and the configuration of a host of the tests."""
    text = (ROOT / source).read_text("utf-8").partition("# [models]\n")[2]
    models, _, config = text.partition("# [end]")[0].partition("# [config]\n")
    return f"{models.strip()}\n\n\n{config.strip()}"


@pytest.mark.parametrize("host", ["authlib", "classic", "odd", "django"])
def test_the_page_shows_the_host_of_the_tests(host: str) -> None:
    shown = shown_by(f"tests/hosts/{host}_tables.py")
    pages = [each.text for each in blocks("python") if each.page == "your-own-tables.rst"]
    assert [text for text in pages if text.strip().endswith(shown)]


@pytest.mark.parametrize(
    ("page", "source", "part"),
    [
        ("migrations.rst", "test_recipe.py", "metadata"),
        ("migrations.rst", "test_recipe.py", "digests"),
        ("hashing-tokens.rst", "authlib_host.py", "model"),
        ("hashing-tokens.rst", "authlib_host.py", "config"),
        ("hashing-tokens.rst", "authlib_host.py", "lookups"),
        ("hashing-tokens.rst", "authlib_host.py", "authlib"),
    ],
)
def test_a_page_shows_the_recipe_of_the_tests(page: str, source: str, part: str) -> None:
    text = (ROOT / "tests" / "migrations" / source).read_text("utf-8")
    (run,) = re.findall(rf"^( *# \[{part}\]\n.*?)^ *# \[/{part}\]$", text, re.DOTALL | re.MULTILINE)
    shown = textwrap.dedent(re.sub("  # type: ignore.*", "", run)).partition("\n")[2].strip()
    assert [each for each in blocks("python") if each.page == page and shown in each.text]
