"""What the pages type at the example app is typed, in a shell, and answered by a real server."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..example.served import serve_example
from .pages import blocks

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (shutil.which("bash") and shutil.which("curl")), reason="needs bash and curl"
    ),
]

EXAMPLE = "http://localhost:4000"


def typed(page: str) -> Iterator[str]:
    """The blocks that are typed at the example app, without what they print."""
    for block in blocks("console"):
        if block.page == page and EXAMPLE in block.text:
            commands = re.findall(r"^\$ ((?:.*\\\n)*.*)$", block.text, re.MULTILINE)
            yield "\n".join(f"{command}\necho" for command in commands)


@pytest.fixture(scope="module")
def example(quick_directory: Path) -> Iterator[str]:
    """Where the example app is served."""
    folder = quick_directory / "curl"
    folder.mkdir()
    with serve_example(folder) as issuer:
        yield issuer


def answers(script: str, example: str) -> list[str]:
    """What a shell prints, line by line."""
    script = "set -e\n" + script.replace(EXAMPLE, example)
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if line]


def test_the_readmes_calls_are_answered(example: str) -> None:
    printed = [
        json.loads(line) for script in typed("README.rst") for line in answers(script, example)
    ]
    told = [each.get("active", each.get("code")) for each in printed]
    assert told == [True, True, "404000", False]


def test_the_calls_of_the_page_about_jwts_are_answered(example: str) -> None:
    of_jwt, signed = typed("jwt.rst")
    (answer,) = answers(of_jwt, example)
    assert json.loads(answer)["aud"] == "https://jwt-api.example"
    token, keys = answers(signed, example)
    assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+", token)
    assert json.loads(keys)["keys"]
