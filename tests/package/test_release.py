"""What a release says of itself is of one mind."""

from __future__ import annotations

import re
from configparser import ConfigParser
from pathlib import Path

import pytest

from flask_introspect import __version__

ROOT = Path(__file__).parents[2]

#: What is for whoever works on this package, not for hosts.
OURS = {"bench", "docs", "example", "tests"}


@pytest.fixture
def setup_cfg() -> ConfigParser:
    found = ConfigParser()
    found.read(ROOT / "setup.cfg")
    return found


def test_each_extra_for_hosts_is_tried_by_make_package(setup_cfg: ConfigParser) -> None:
    tried = re.search(r"^EXTRAS := ([a-z0-9 ]+?) *#", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert tried is not None
    assert set(tried[1].split()) == {*setup_cfg["options.extras_require"]} - OURS


def test_the_changes_begin_with_this_version() -> None:
    first = re.search(r"^Version (\S+)$", (ROOT / "CHANGES.rst").read_text(), re.MULTILINE)
    assert first is not None
    assert first[1] == __version__


def test_every_python_that_is_pinned_for_is_a_classifier(setup_cfg: ConfigParser) -> None:
    classifiers = setup_cfg["metadata"]["classifiers"].split("\n")
    named = [each.rpartition(" ")[2] for each in classifiers if ":: 3." in each]
    assert named == ["3.10", "3.11", "3.12", "3.13", "3.14"]
    assert setup_cfg["options"]["python_requires"] == f">={named[0]}"
