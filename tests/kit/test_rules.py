"""Every test of the suite is a rule, which names where it stands."""

from __future__ import annotations

import csv
import inspect
import io
import re
import textwrap
from pathlib import Path

import pytest

from flask_introspect.testing import Conformance, RFCConformance, Rule, rules_of
from flask_introspect.testing.__main__ import main as list_rules

DOCS = Path(__file__).parents[2] / "docs"
RULES = list(rules_of(Conformance))

every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)


def test_every_test_is_a_rule() -> None:
    tests = {name for name, _ in inspect.getmembers(Conformance, inspect.isfunction)}
    assert {each.name for each in RULES} == {each for each in tests if each.startswith("test_")}


def test_the_rfcs_alone_are_asked_of_others() -> None:
    assert {each.source[:4] for each in rules_of(RFCConformance)} == {"RFC "}


@every_rule
def test_a_rule_is_a_sentence(rule: Rule) -> None:
    assert re.fullmatch(r"[\w{].*\.", rule.text)
    assert len(rule.name) < 75


@every_rule
def test_a_rule_names_its_place(rule: Rule) -> None:
    if rule.source.startswith("RFC "):
        assert rule.word in ("MUST", "SHOULD", "MAY")
        assert re.fullmatch(r"\d+(\.\d+)*|[A-Z]", rule.section)
    else:
        page = (DOCS / f"{rule.source}.rst").read_text("utf-8")
        assert f"\n{rule.section}\n{'-' * len(rule.section)}\n" in page


def test_the_page_has_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    list_rules()
    written = capsys.readouterr().out
    assert textwrap.indent(written, "    ") in (DOCS / "testing.rst").read_text("utf-8")
    assert len(list(csv.reader(io.StringIO(written)))) == 1 + len(RULES)
