"""The Makefile's own list of what it does."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make on this machine")
def test_the_help_shows_every_line_whole() -> None:
    told = re.findall(r"^([a-z0-9]+):.*## (.+)$", (ROOT / "Makefile").read_text("utf-8"), re.M)
    # Make that is run by make says so, in a line of its own.
    command = ["make", "--no-print-directory", "help"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert shown.stdout.splitlines() == [f"make {name:14}{text}" for name, text in told]
