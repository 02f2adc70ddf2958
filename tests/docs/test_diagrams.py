"""The diagrams show what is there: their pictures, the imports, the order of refusals."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html import unescape
from itertools import groupby, pairwise
from pathlib import Path

import pytest

from .pages import DOCS, ROOT

PACKAGE = ROOT / "flask_introspect"
DIAGRAMS = sorted((DOCS / "diagrams").glob("*.dot"))

Edges = set[tuple[str, str]]

#: ``storage`` hands its decoders to the room inside it; nothing else looks up.
UPWARDS = {("storage/mapping", "storage")}

as_diagram = pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)


def source(path: Path) -> str:
    """A diagram's source without its comments."""
    return re.sub(r"^ *//.*\n", "", path.read_text("utf-8"), flags=re.MULTILINE)


def labels(path: Path) -> dict[str, str]:
    """What is written in the boxes, by their names in the source."""
    named = re.findall(r'^ +(\w+) \[label="((?:\\.|[^"])*)"', source(path), re.MULTILINE)
    return {name: label.replace('\\"', '"') for name, label in named}


def edges(path: Path) -> Edges:
    """The arrows, by their ends."""
    found: Edges = set()
    for line in re.findall(r"^ +(\S.*->[^\[\n]*)", source(path), re.MULTILINE):
        groups = [re.findall(r"\w+", part) for part in line.split("->")]
        for tails, heads in pairwise(groups):
            found |= {(tail, head) for tail in tails for head in heads}
    return found


@as_diagram
def test_a_picture_is_drawn_from_its_source(path: Path) -> None:
    picture = unescape(path.with_suffix(".svg").read_text("utf-8"))
    drawn = {tuple(each.split("->")) for each in re.findall(r"<title>(\w+->\w+)</title>", picture)}
    assert drawn == edges(path)
    shown = re.findall(r"<text [^>]*>([^<]*)</text>", picture.replace("\N{NO-BREAK SPACE}", " "))
    for label in labels(path).values():
        assert {*label.split(r"\n")} <= {*shown}


def room_of(*parts: str) -> str:
    if parts[:2] == ("storage", "mapping"):
        return "storage/mapping"
    return parts[0] if parts else "__init__"


def imports() -> Iterator[tuple[str, str]]:
    """Which room imports from which, by relative imports, the only ones in the package."""
    for path in PACKAGE.rglob("*.py"):
        here = path.relative_to(PACKAGE).with_suffix("").parts
        room = room_of(*(part for part in here if part != "__init__"))
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level:
                base = here[: len(here) - node.level]
                names = [node.module] if node.module else [each.name for each in node.names]
                for name in names:
                    yield room, room_of(*base, *name.split("."))


@pytest.fixture(scope="module")
def between_rooms() -> Edges:
    return {(room, other) for room, other in imports() if room != other and room != "__init__"}


def drawn_rooms(path: Path) -> dict[str, str]:
    """The box of each room; a box may hold several."""
    named = {"endpoint": "endpoint", "models": "models", **labels(path)}
    return {
        room.rstrip("/"): box for box, label in named.items() for room in re.split(r"\\n|, ", label)
    }


def reached(box: str, arrows: Edges) -> set[str]:
    heads = {head for tail, head in arrows if tail == box}
    return heads.union(*(reached(head, arrows) for head in heads))


def test_the_house_has_an_arrow_or_a_way_for_every_import(between_rooms: Edges) -> None:
    path = DOCS / "diagrams" / "house.dot"
    box, arrows = drawn_rooms(path), edges(path)
    needed = {(box[room], box[other]) for room, other in between_rooms}
    needed -= {(each, each) for each in box.values()}
    assert arrows <= needed
    assert [each for each in needed if each[1] not in reached(each[0], arrows)] == []


def test_the_table_of_rooms_names_each_and_imports_run_down_it(between_rooms: Edges) -> None:
    table = (DOCS / "internals.rst").read_text("utf-8").partition("The house\n---")[2]
    rows = re.findall(r"^    \* - (``.*``)$", table.partition("\n\n\n")[0], re.MULTILINE)
    rooms = [[each.rstrip("/") for each in re.findall(r"``(\S+)``", row)] for row in rows]
    place = {room: number for number, row in enumerate(rooms) for room in row}
    assert {room for edge in between_rooms for room in edge} <= {*place}
    assert {each for each in between_rooms if place[each[0]] > place[each[1]]} == UPWARDS


def test_the_request_is_refused_in_the_order_that_the_page_gives() -> None:
    drawn = re.findall(r'^ +e_\w+ \[label="([\d ]+)"', source(DIAGRAMS[-1]), re.MULTILINE)
    page = (DOCS / "wire.rst").read_text("utf-8")
    listed = page.partition("the first of this order:")[2].partition("6. the answer")[0]
    assert without_repeats(" ".join(drawn)) == without_repeats(listed)


def without_repeats(text: str) -> list[str]:
    return [status for status, _ in groupby(re.findall(r"\b[45]\d\d\b", text))]
