"""Pages read well where they are shown as files: links lead somewhere, and nothing is raw."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import flask_introspect

from .pages import DOCS, PAGES, ROOT

#: Made of docstrings in part, so what it links to is known when it is built.
API = DOCS / "api.rst"

ALL = [*PAGES, API]
TEXT = {page: page.read_text("utf-8") for page in ALL}

_LINK = re.compile(r"<(?!https?:|mailto:)([^<>`\s]+)>`_")
_SECTION = re.compile(r"^(\S.*)\n([=~-])\2{2,}$", re.MULTILINE)
_TARGET = re.compile(r"^\.\. _([\w-]+):$", re.MULTILINE)
_DIRECTIVE = re.compile(
    r"^( *)\.\. (?:code-block|csv-table|list-table|literalinclude|image)::.*\n(?:\1 +.*\n|\n)*",
    re.MULTILINE,
)

as_page = pytest.mark.parametrize(
    "page", PAGES, ids=lambda page: str(page.relative_to(ROOT)).replace("/", " ")
)


def anchors(page: Path) -> set[str]:
    """What can be linked to on a page, as docutils names it."""
    names = [title for title, _ in _SECTION.findall(TEXT[page])] + _TARGET.findall(TEXT[page])
    return {re.sub("[^a-z0-9]+", "-", name.lower()).strip("-") for name in names}


def prose(page: Path) -> str:
    """A page without what stands in it as it is: code, included files, literals."""
    text = _DIRECTIVE.sub("", TEXT[page])
    text = re.sub(r"::\n\n(?: +.*\n|\n)+", "\n", text)
    return re.sub(r"``.+?``", "", text, flags=re.DOTALL)


@as_page
def test_a_page_has_no_role_that_only_sphinx_knows(page: Path) -> None:
    assert re.findall(r":[a-z:]+:`", prose(page)) == []


@as_page
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in _LINK.findall(TEXT[page]):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        if anchor.startswith("flask_introspect."):
            assert anchor.removeprefix("flask_introspect.") in flask_introspect.__all__, link
        elif anchor:
            assert anchor in anchors(target), link


@as_page
def test_every_picture_is_there(page: Path) -> None:
    for name in re.findall(r"\.\. (?:image|figure):: (\S+)", TEXT[page]):
        assert (page.parent / name).exists(), name


@as_page
def test_a_line_of_text_has_100_columns_at_most(page: Path) -> None:
    for line in _DIRECTIVE.sub("", TEXT[page]).splitlines():
        a_table = re.match(r"[=-]+(  +[=-]+)+$|\S.*  ", line) or line.startswith(" " * 12)
        a_link = re.fullmatch(r"\s*\S*<?https?://\S+", line)
        assert len(line) <= 100 or a_table or a_link, line


@as_page
def test_a_page_has_one_title_and_says_whom_it_is_for(page: Path) -> None:
    titles = [title for title, underline in _SECTION.findall(TEXT[page]) if underline == "="]
    assert len(titles) == 1
    if page.parent == DOCS and page.name != "index.rst":
        opening = TEXT[page].split("\n\n")[1]
        assert re.match(r"For (who|those|newcomers)", opening), opening


def test_the_index_links_to_every_page_in_its_order() -> None:
    text, _, tables = TEXT[DOCS / "index.rst"].partition(".. toctree::")
    links = re.findall(r"^\* `.+? <(?:\.\./)?([\w-]+)\.rst>`__", text, re.MULTILINE)
    assert [link.lower() for link in links] == re.findall(r"^    ([\w-]+)$", tables, re.MULTILINE)
