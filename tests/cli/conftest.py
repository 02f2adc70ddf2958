from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from flask_introspect.cli import introspect_cli

from ..support import Host

CLIOf = Callable[[Flask], "CLI"]


class CLI:
    """``flask introspect ...`` on an application."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def __call__(self, *arguments: str, stdin: str | bytes | None = None) -> Result:
        """Run a command, whatever comes of it."""
        return self.app.test_cli_runner().invoke(introspect_cli, arguments, input=stdin)

    def json(self, *arguments: str, stdin: str | None = None, status: int = 0) -> Any:
        """Run a command with ``--json`` and give what it wrote on standard output."""
        result = self(*arguments, "--json", stdin=stdin)
        assert result.exit_code == status, result.output
        return json.loads(result.stdout)

    def refusal(self, *arguments: str, stdin: str | None = None) -> str:
        """Run a command that fails, and give what it writes to standard error."""
        result = self(*arguments, stdin=stdin)
        assert result.exit_code != 0
        assert result.stdout == ""
        return " ".join(result.stderr.split())


@pytest.fixture
def cli(host: Host) -> CLI:
    """The command line of a host on our mixins, with the documented client and token."""
    return CLI(host.app)


@pytest.fixture
def cli_of() -> CLIOf:
    return CLI


@pytest.fixture
def bare() -> CLI:
    """The commands on an application that has no endpoint yet."""
    return CLI(Flask(__name__))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file for keys, which is not there yet."""
    return tmp_path / "keys.json"
