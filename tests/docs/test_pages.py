"""Each page can be read where it lies: in the built documentation, and as a file on a web site."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .pages import DOCS, PAGES, ROOT

#: Roles and directives that only Sphinx knows. Where the files are shown as they are, a role stands
#: there raw, and a directive takes its content away.
_ROLE = re.compile(r":[a-z:]+:`[^`]+`")

_LINK = re.compile(r"`[^`<]*<(?P<file>[^`>:#]*)(?P<anchor>#[^`>]+)?>`_")
_TITLE = re.compile(r"^(.+)\n(?:=+|-+|~+)$", re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """What the titles of a page are linked by."""
    titles = _TITLE.findall(page.read_text("utf-8"))
    return {re.sub("[^a-z0-9]+", "-", title.lower()).strip("-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_has_no_roles_of_sphinx(page: Path) -> None:
    assert _ROLE.findall(page.read_text("utf-8")) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    for link in _LINK.finditer(page.read_text("utf-8")):
        target = page.parent / link["file"] if link["file"] else page
        assert target.is_file(), link[0]
        if link["anchor"]:
            assert link["anchor"][1:] in anchors(target), link[0]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_text_of_a_page_is_at_most_100_columns_wide(page: Path) -> None:
    """Rows of tables, code and links that stand alone may be wider."""
    text = re.sub(r"(?m)^( *)\.\. code-block::.*\n(?:\1    .*\n|\n)+", "", page.read_text("utf-8"))
    text = re.sub(r"(?ms)^ *=+(?: +=+)+ *$.*?^ *=+(?: +=+)+ *$(?=\n *\n|\n\Z)", "", text)
    wide = [line for line in text.splitlines() if len(line) > 100]
    assert [line for line in wide if not re.match(r" *(:\w+:|\.\. csv-table::)", line)] == []


@pytest.mark.parametrize(
    "page", [each for each in PAGES if each.parent == DOCS], ids=lambda page: page.name
)
def test_a_page_says_whom_it_is_for(page: Path) -> None:
    opening = " ".join(page.read_text("utf-8").split("\n\n\n")[0].split())
    assert re.search(r"\b[Ff]or (whoever|a host|authorization servers|people)\b", opening), opening


@pytest.mark.parametrize("picture", ["page-light.png", "page-dark.png", "page-narrow.png"])
def test_the_pictures_are_there(picture: str) -> None:
    assert (ROOT / "docs" / "images" / picture).is_file()
