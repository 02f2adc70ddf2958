"""Results: a table to read, JSON and SVG to keep, and the table in the docs."""

from __future__ import annotations

import csv
import io
import json
import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from .rounds import Spread, Target, ratios

RESULTS = Path(__file__).parent / "results"
DOCS = Path(__file__).parents[1] / "docs"
PACKAGES = ("Flask", "Werkzeug", "SQLAlchemy", "Flask-SQLAlchemy", "marshmallow", "Authlib")


@dataclass(frozen=True)
class Row:
    """One target's measures, by their unit."""

    name: str
    measures: Mapping[str, Spread]


def rows_of(targets: Sequence[Target], base: str, unit: str) -> list[Row]:
    """Summarise what targets took, in microseconds and against one of them.

    :param base: the name of that one; :param unit: what the ratio is called.
    """
    seconds = {target.name: target.seconds for target in targets}
    to_base = ratios(seconds, base)
    return [
        Row(name, {"µs": Spread.of([value * 1e6 for value in values]), unit: to_base[name]})
        for name, values in seconds.items()
    ]


@dataclass(frozen=True)
class Report:
    """A finished run."""

    name: str
    title: str
    rows: Sequence[Row]
    notes: Sequence[str] = ()

    @property
    def units(self) -> list[str]:
        """All units of the rows, in their order."""
        return list(dict.fromkeys(unit for row in self.rows for unit in row.measures))

    def table(self) -> list[list[str]]:
        """Write the rows as text, below a head: medians, with the smallest and the largest."""
        return [
            ["", *self.units],
            *(
                [row.name, *(_cell(row.measures.get(unit)) for unit in self.units)]
                for row in self.rows
            ),
        ]

    def show(self) -> None:
        """Print the table."""
        table = self.table()
        widths = [max(len(line[column]) for line in table) for column in range(len(table[0]))]
        print(f"\n{self.title}\n{surroundings()}\n")
        for line in table:
            name, *cells = (
                text.ljust(width) if n == 0 else text.rjust(width)
                for n, (text, width) in enumerate(zip(line, widths, strict=True))
            )
            print(name, *cells, sep="  ")
        for note in self.notes:
            print(note)

    def write(self, folder: Path = RESULTS) -> None:
        """Write JSON and SVG, and the table into the page of the docs that has it."""
        folder.mkdir(parents=True, exist_ok=True)
        whole = {**asdict(self), "surroundings": surroundings()}
        (folder / f"{self.name}.json").write_text(
            json.dumps(whole, indent=1, ensure_ascii=False) + "\n", "utf-8"
        )
        _plot(self, folder / f"{self.name}.svg")
        for page in DOCS.glob("*.rst"):
            before = page.read_text("utf-8")
            after = with_table(before, self.name, self.table())
            if after != before:
                page.write_text(after, "utf-8")


def with_table(page: str, name: str, table: Sequence[Sequence[str]]) -> str:
    """Put a table's rows into the ``csv-table`` of its name, should a page have it.

    The rows stand in the page itself, since GitHub shows no file that a page includes.
    """
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(table)
    rows = "".join(f"    {line}\n" for line in written.getvalue().splitlines())
    directive = (
        r"(^\.\. csv-table::.*\n    :name: "
        + re.escape(name.replace("_", "-"))
        + r"\n(?:    :.*\n)*\n)(?:    .*\n)+"
    )
    return re.sub(directive, lambda found: found[1] + rows, page, flags=re.MULTILINE)


def surroundings() -> str:
    """Describe the machine and what is installed."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{python}, {os.cpu_count()} cores; {packages}"


def _cell(spread: Spread | None) -> str:
    if spread is None:
        return ""
    if spread.low == spread.high:
        return _short(spread.median)
    return f"{_short(spread.median)} ({_short(spread.low)} – {_short(spread.high)})"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _plot(report: Report, path: Path) -> None:
    """Draw a bar for each target, in the last unit. The line across it spans all rounds."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams.update({"svg.hashsalt": report.name, "font.size": 9})
    from matplotlib import pyplot

    unit = report.units[-1]
    rows = [row for row in reversed(report.rows) if unit in row.measures]
    spreads = [row.measures[unit] for row in rows]
    medians = [spread.median for spread in spreads]
    figure, axes = pyplot.subplots(figsize=(8, 0.4 + 0.35 * len(rows)), layout="constrained")
    error: Any = [[s.median - s.low for s in spreads], [s.high - s.median for s in spreads]]
    bars = axes.barh(
        [row.name for row in rows], medians, xerr=error, color="#3b7a8c", ecolor="#999999"
    )
    axes.bar_label(bars, [_short(median) for median in medians], padding=4)
    axes.set_xlabel(unit)
    if max(medians) > 20 * min(medians):
        axes.set_xscale("log")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
