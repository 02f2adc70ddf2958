"""``python -m flask_introspect.testing``: list the rules of the conformance suite, as CSV."""

from __future__ import annotations

import csv
import sys

from . import Conformance, rules_of

__all__ = ["main"]


def main() -> None:
    """Write a line for each rule: its test, what it says, where, and how strongly."""
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(["test", "rule", "where", "word"])
    for each in sorted(rules_of(Conformance), key=lambda rule: not rule.source.startswith("RFC")):
        table.writerow([each.name, each.text, each.place, each.word])


if __name__ == "__main__":
    main()
