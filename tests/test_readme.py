"""The README and the quickstart do what they say, as they are printed."""

from __future__ import annotations

import json
import re
import runpy
import shlex
import textwrap
from collections.abc import Callable, Iterator
from configparser import ConfigParser
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from example_app import create_app
from example_app.demo import PASSWORD, USERNAME, seed
from example_app.models import db as example_db

from .conftest import BACKENDS, Databases

ROOT = Path(__file__).parents[1]
README, QUICKSTART = "README.rst", "docs/quickstart.rst"

#: When the server was started is nobody's promise.
TIMES = ("exp", "iat", "nbf")


def blocks(page: str, language: str) -> list[str]:
    """The code blocks of a page in one language."""
    text = (ROOT / page).read_text("utf-8")
    found = re.findall(rf"^\.\. code-block:: {language}\n\n((?:    .*\n|\n)+)", text, re.MULTILINE)
    return [textwrap.dedent(each) for each in found]


def shown_calls() -> Iterator[tuple[str, str]]:
    """The curl lines of the README, and what it says they print."""
    for block in blocks(README, "console"):
        for part in block.replace("\\\n", " ").split("$ ")[1:]:
            line, *answer = part.strip().splitlines()
            if line.startswith("curl "):
                yield line, " ".join(answer)


def send(app: Flask, curl_line: str) -> TestResponse:
    """Do what curl would do."""
    options: dict[str, str] = {}
    arguments = iter(shlex.split(curl_line)[1:])
    url = ""
    for argument in arguments:
        if argument.startswith("-"):
            options[argument] = next(arguments)
        else:
            url = argument
    user, _, password = options["-u"].partition(":")
    content_type = options.get("-H", "Content-Type: application/x-www-form-urlencoded").partition(
        ": "
    )[2]
    return app.test_client().post(
        url, data=options["-d"], content_type=content_type, auth=(user, password)
    )


def without_times(answer: dict[str, Any]) -> list[tuple[str, Any]]:
    """The members in their order; what is another each time only by its name."""
    return [(name, None if name in (*TIMES, "jti") else value) for name, value in answer.items()]


def drop_tables(app: Flask, db: Any) -> None:
    with app.app_context():
        db.session.remove()
        db.drop_all()
        db.engine.dispose()


@pytest.fixture
def make_printed(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], tuple[Flask, str]]]:
    """Runs the first program of a page and seeds its database.

    Returns the app and the line that it printed.
    """
    with ExitStack() as cleanup:

        def make(page: str) -> tuple[Flask, str]:
            (source,) = (each for each in blocks(page, "python") if "sqlite:///auth.db" in each)
            program = tmp_path / "app.py"
            program.write_text(source.replace("sqlite:///auth.db", database_url), "utf-8")
            monkeypatch.chdir(tmp_path)
            found = runpy.run_path(str(program), run_name="app")
            app = found["app"] if "app" in found else found["create_app"]()
            cleanup.callback(drop_tables, app, found["db"])
            return app, run(app, "seed")

        yield make


def run(app: Flask, command: str) -> str:
    result = app.test_cli_runner().invoke(args=[command], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_readmes_app_answers_the_line_that_it_prints(
    make_printed: Callable[[str], tuple[Flask, str]],
) -> None:
    app, line = make_printed(README)
    answer = send(app, line).get_json()
    assert without_times(answer) == [
        ("active", True),
        ("scope", "read write"),
        ("client_id", "my_api"),
        ("username", "user123"),
        ("token_type", "Bearer"),
        ("exp", None),
        ("iat", None),
        ("nbf", None),
        ("sub", "user123"),
        ("aud", "my_api"),
        ("iss", "http://localhost:5000"),
        ("jti", None),
    ]


def test_the_quickstarts_app_answers_what_the_page_shows(
    make_printed: Callable[[str], tuple[Flask, str]],
) -> None:
    app, line = make_printed(QUICKSTART)
    active, revoked = (json.loads(block) for block in blocks(QUICKSTART, "json"))
    answer = send(app, line).get_json()
    assert without_times(answer) == without_times(active)
    assert answer["exp"] - answer["iat"] == active["exp"] - active["iat"]

    run(app, "revoke-all")
    assert send(app, line).get_json() == revoked


@pytest.fixture(scope="module", params=BACKENDS)
def example(request: pytest.FixtureRequest, own_databases: Databases) -> Iterator[Flask]:
    """The example app as ``make example`` starts it; nobody changes anything."""
    app = create_app({"SQLALCHEMY_DATABASE_URI": own_databases(request.param, "readme")})
    with app.app_context():
        seed()
    yield app
    with app.app_context():
        example_db.engine.dispose()


def test_the_readme_says_how_to_log_in() -> None:
    text = " ".join((ROOT / README).read_text("utf-8").split())
    assert f"Log in as ``{USERNAME}`` with ``{PASSWORD}``." in text


@pytest.mark.parametrize("page", [README, "CONTRIBUTING.rst"])
def test_a_page_names_no_make_target_that_there_is_not(page: str) -> None:
    text, makefile = (ROOT / page).read_text("utf-8"), (ROOT / "Makefile").read_text("utf-8")
    named = set(re.findall(r"(?:``|\$ |^    )make\s+(\w+)", text, re.MULTILINE))
    assert len(named) > 3
    assert named <= set(re.findall(r"^(\w+):.*##", makefile, re.MULTILINE))


def test_the_readme_names_every_extra_for_hosts() -> None:
    config = ConfigParser()
    config.read(ROOT / "setup.cfg", "utf-8")
    extras = set(config["options.extras_require"]) - {"example", "tests", "docs", "bench"}
    table = (ROOT / README).read_text("utf-8").partition("* - extra\n")[2].partition("\n\n\n")[0]
    assert set(re.findall(r"``(\w+)``", table)) == extras


def test_the_readme_shows_both_dialects() -> None:
    assert [line.count("application/json") for line, _ in shown_calls()] == [1, 0, 1, 0]


@pytest.mark.parametrize(
    ("line", "shown"), list(shown_calls()), ids=["json", "form", "json unknown", "form unknown"]
)
def test_the_example_app_answers_what_the_readme_shows(
    example: Flask, line: str, shown: str
) -> None:
    printed = send(example, line).get_data(as_text=True)
    answer, expected = json.loads(printed), json.loads(shown)
    assert without_times(answer) == without_times(expected)
    if "iat" in expected:
        assert [answer[name] - answer["iat"] for name in TIMES] == [
            expected[name] - expected["iat"] for name in TIMES
        ]
    for name in TIMES:
        printed = printed.replace(str(answer.get(name)), str(expected.get(name)))
    assert printed == shown
