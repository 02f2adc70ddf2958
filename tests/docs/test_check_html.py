"""The check that ``make docs`` ends with finds what a reader would stumble over."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from .pages import DOCS

WHOLE = """<!DOCTYPE html><html><body>
<h1 id="top">A page</h1>
<p>A key, <code>::</code>, <code>:ref:`x`</code>, and a ratio of 3:1.</p>
<pre>.. code-block:: python</pre>
<table><tr><th colspan="2">both</th></tr><tr><td>one</td><td>two</td></tr></table>
<p><a href="#top">up</a> <a href="other.html#there">there</a> <a href="https://example.com/x">out</a>
<a href="/other.html">from the root</a> <img src="picture.svg" alt=""></p>
</body></html>"""


@pytest.fixture(scope="module")
def check_html() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_html", DOCS / "check_html.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A directory with one page that is whole, and what it links to."""
    (tmp_path / "page.html").write_text(WHOLE)
    (tmp_path / "other.html").write_text('<p id="there">Here.</p>')
    (tmp_path / "picture.svg").write_text("<svg/>")
    return tmp_path


def test_whole_pages_have_no_fault(check_html: ModuleType, site: Path) -> None:
    assert list(check_html.check(site)) == []


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ('<div class="system-message">Unknown</div>', "system-message"),
        ('<span class="problematic">*x</span>', "problematic"),
        ("<p>See :doc:`quickstart`.</p>", "a raw role: See :doc:`quickstart`."),
        ("<p>A ``literal`` here</p>", "a raw literal: A ``literal`` here"),
        ("<p>.. note:: This</p>", "a raw directive: .. note:: This"),
        ("<p>`There &lt;x.rst&gt;`__</p>", "a raw link: `There <x.rst>`__"),
        ("<p>===== ===== a b</p>", "a broken table: ===== ===== a b"),
        ("<td>one\n* - two</td>", "a broken table: one * - two"),
        (
            "<table><tr><td>1</td></tr><tr><td>1</td><td>2</td></tr></table>",
            "a broken table: its rows differ in length",
        ),
        ('<a href="gone.html">x</a>', "a dead link: gone.html"),
        ('<a href="other.html#gone">x</a>', "a link to nowhere in a page: other.html#gone"),
        ('<a href="#gone">x</a>', "a link to nowhere in a page: #gone"),
        ('<a href="quickstart.rst">x</a>', "a link to a source: quickstart.rst"),
        ('<img src="gone.svg">', "a dead link: gone.svg"),
        ('<object data="gone.svg"></object>', "a dead link: gone.svg"),
    ],
)
def test_a_fault_is_told_with_its_page(
    check_html: ModuleType, site: Path, html: str, fault: str
) -> None:
    (site / "page.html").write_text(WHOLE.replace("</body>", html + "</body>"))
    assert list(check_html.check(site)) == [f"page.html: {fault}"]


def test_no_pages_are_not_whole_pages(check_html: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there are no pages"):
        list(check_html.check(tmp_path))
