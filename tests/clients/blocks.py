"""The code blocks of the page on resource servers, to be run as they are printed."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs/resource-servers.rst"

#: Where the page's authorization server is.
PRINTED = "https://auth.example.com"

_BLOCK = re.compile(
    r"^\.\. code-block:: \S+\n((?:    :.*\n)*)\n((?:    .*\n|\n)+)",
    re.MULTILINE,
)


def blocks() -> list[tuple[str, str]]:
    """All blocks of the page: the name, empty for one without, and the text."""
    found = []
    for options, text in _BLOCK.findall(PAGE.read_text("utf-8")):
        name = re.search(r":name: (\S+)", options)
        found.append((name[1] if name else "", textwrap.dedent(text).strip("\n") + "\n"))
    return found


def block(name: str, *places: tuple[str, str]) -> str:
    """A block by its name.

    :param places: what is printed, and what a test needs in its place: addresses, ports, paths.
        Everything else is run as it is printed.
    :raises AssertionError: if a text to replace isn't there.
    """
    text = dict(blocks())[name]
    for printed, real in places:
        assert printed in text, f"{printed!r} is not in the block {name!r}"
        text = text.replace(printed, real)
    return text
