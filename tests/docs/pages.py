"""The documentation as its readers find it: pages, and the blocks of code in them."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

#: What is shown where the files are as they are, and is not made of docstrings.
PAGES = sorted(path for path in DOCS.glob("*.rst") if path.name not in ("api.rst", "changes.rst"))
PAGES += [ROOT / "README.rst", ROOT / "CHANGES.rst", ROOT / "CONTRIBUTING.rst"]

_BLOCK = re.compile(
    r"^(?P<indent> *)\.\. code-block:: (?P<language>\w+)\n"
    r"(?:(?P=indent) +:.*\n)*\n"
    r"(?P<text>(?:(?P=indent)    .*\n|\n)+)",
    re.MULTILINE,
)
_NOT_RUN = re.compile(r"\.\. not run: (.+)\n\n *\Z")


class Block(NamedTuple):
    """A block of code.

    :ivar not_run: why it cannot be run, where a comment before it says so.
    """

    page: str
    line: int
    language: str
    text: str
    not_run: str | None

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(*languages: str) -> Iterator[Block]:
    """The blocks of all pages in some languages."""
    for page in PAGES:
        text = page.read_text("utf-8")
        for found in _BLOCK.finditer(text):
            if found["language"] in languages:
                before = text[: found.start()]
                reason = _NOT_RUN.search(before)
                yield Block(
                    page.name,
                    before.count("\n") + 1,
                    found["language"],
                    textwrap.dedent(found["text"]),
                    reason[1] if reason else None,
                )
