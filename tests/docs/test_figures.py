"""The figures in the pages are those that the benchmarks wrote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.report import RESULTS, Report, Row, with_table
from benchmarks.rounds import Spread

from .pages import PAGES


def report_of(path: Path) -> Report:
    kept = json.loads(path.read_text("utf-8"))
    rows = [
        Row(row["name"], {unit: Spread(**each) for unit, each in row["measures"].items()})
        for row in kept["rows"]
    ]
    return Report(kept["name"], kept["title"], rows)


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*.json")), ids=lambda path: path.stem)
def test_a_page_has_the_table_of_a_run(path: Path) -> None:
    report = report_of(path)
    name = f"    :name: {report.name.replace('_', '-')}\n"
    (page,) = (page for each in PAGES if name in (page := each.read_text("utf-8")))
    assert with_table(page, report.name, report.table()) == page


def test_a_tables_rows_are_replaced_and_nothing_else() -> None:
    page = (
        ".. csv-table:: One.\n    :name: a-run\n    :header-rows: 1\n\n    ,µs\n    old,1\n\n"
        "Text.\n\n.. csv-table::\n    :name: another\n\n    ,µs\n    other,2\n"
    )
    changed = with_table(page, "a_run", [["", "µs"], ["new, with a comma", "3"]])
    assert changed == page.replace("    old,1\n", '    "new, with a comma",3\n')
