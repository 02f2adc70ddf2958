"""Look at the pages as they were built: ``python docs/check_html.py docs/_build/html``.

Sphinx is content with much that a reader is not: a table whose source lost its shape, or a role
that was printed rather than applied, is a paragraph like any other.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

#: Source that shows as text, and what it is called.
RAW = {
    "a raw role": re.compile(r":[a-z][a-z:]+:`"),
    "a raw literal": re.compile(r"``"),
    "a raw directive": re.compile(r"(?:^|\n)\s*\.\. [\w-]+::"),
    "a raw link": re.compile(r"`\S[^`]*<[^`>]+>`_"),
    "a broken table": re.compile(r"={4,}|\+-{3,}\+|(?:^|\n)\s*\* - "),
}

#: What docutils makes of source that it could not read.
FAULTS = {"system-message", "problematic"}

#: What stands in these is shown as it is.
VERBATIM = {"code", "pre", "script", "style"}

#: What leads to a file.
LINKS = {"a": "href", "link": "href", "img": "src", "object": "data", "script": "src"}


class Page(HTMLParser):
    """What one page holds.

    :ivar ids: what can be linked to in it.
    :ivar links: what it links to, its pictures among them.
    :ivar faults: what is wrong with it by itself.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.faults: list[str] = []
        self._verbatim = 0
        self._text: list[str] = []
        self._tables: list[list[int]] = []
        self.feed(html)
        self.close()
        self._end_text()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.ids |= {found[name] for name in ("id", "name") if found.get(name)}
        if tag in LINKS and found.get(LINKS[tag]):
            self.links.append(found[LINKS[tag]])
        self.faults += sorted(FAULTS & {*found.get("class", "").split()})
        self._verbatim += tag in VERBATIM
        if tag in ("p", "td", "th", "li", "dd", "h1", "h2", "h3", "h4"):
            self._end_text()
        self._count_cells(tag, found)

    def handle_endtag(self, tag: str) -> None:
        self._verbatim -= tag in VERBATIM
        if tag == "p":
            self._end_text()
        if tag == "table" and self._tables and len(set(self._tables.pop())) > 1:
            self.faults.append("a broken table: its rows differ in length")

    def handle_data(self, data: str) -> None:
        if not self._verbatim:
            self._text.append(data)

    def _count_cells(self, tag: str, found: dict[str, str]) -> None:
        if tag == "table":
            self._tables.append([])
        elif tag == "tr" and self._tables:
            self._tables[-1].append(0)
        elif tag in ("td", "th") and self._tables and self._tables[-1]:
            self._tables[-1][-1] += int(found.get("colspan", 1))

    def _end_text(self) -> None:
        text, self._text = "".join(self._text), []
        for fault, pattern in RAW.items():
            if pattern.search(text):
                self.faults.append(f"{fault}: {' '.join(text.split())[:80]}")


def check(directory: Path) -> Iterator[str]:
    """Find what is wrong with the pages in a directory, a line for each fault.

    :raises ValueError: if there is no page.
    """
    files = sorted(directory.glob("*.html"))
    if not files:
        raise ValueError(f"there are no pages in {directory}")
    pages = {path.resolve(): Page(path.read_text("utf-8")) for path in files}
    for path, page in pages.items():
        yield from (f"{path.name}: {fault}" for fault in page.faults)
        for link in dict.fromkeys(page.links):
            if fault := dead(link, path, pages):
                yield f"{path.name}: {fault}: {link}"


def dead(link: str, page: Path, pages: dict[Path, Page]) -> str | None:
    """Say what is wrong with a link that should lead to a file beside the page."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    # The page for a missing page is shown at any address, so its links begin at the root.
    place = Path(unquote(parts.path).lstrip("/"))
    target = (page.parent / place).resolve() if parts.path else page
    if place.suffix == ".rst":
        return "a link to a source"
    if not target.exists():
        return "a dead link"
    if parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].ids:
        return "a link to nowhere in a page"
    return None


def main() -> None:
    """Print the faults; end with 1 where there are any."""
    faults = list(check(Path(sys.argv[1])))
    print("\n".join(faults) or "the pages are whole")
    raise SystemExit(bool(faults))


if __name__ == "__main__":
    main()
