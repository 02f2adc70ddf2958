"""The documentation names everything that there is, and nothing that there is not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import flask_introspect
from flask_introspect import settings
from flask_introspect.storage import mapping

from .support import Client, Token

DOCS = Path(__file__).parents[1] / "docs"


def read(page: str) -> str:
    return (DOCS / page).read_text("utf-8")


class Asked(dict[str, Any]):
    """A configuration that remembers which keys were asked for."""

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.keys_asked: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.keys_asked.add(key)
        return super().get(key, default)


def keys_that_are_read() -> set[str]:
    config = Asked(INTROSPECT_CLIENT_MODEL=Client, INTROSPECT_TOKEN_MODEL=Token)
    settings.Settings.read(config)
    return config.keys_asked


def test_the_configuration_page_has_exactly_the_keys_that_are_read() -> None:
    documented = re.findall(r"^``(\S+)``\n~+$", read("configuration.rst"), re.MULTILINE)
    assert sorted(documented) == sorted(keys_that_are_read())


def test_each_key_has_type_default_example_and_what_a_wrong_value_does() -> None:
    parts = re.split(r"^``(\S+)``\n~+$", read("configuration.rst"), flags=re.MULTILINE)[1:]
    for key, entry in zip(parts[::2], parts[1::2], strict=True):
        for part in (":type:", ":default:", ".. code-block:: python", f"{key} = ", "ConfigError"):
            assert part in entry, f"{key} lacks {part}"


@pytest.mark.parametrize(
    ("key", "fields"),
    [
        ("INTROSPECT_CLIENT_FIELDS", [*mapping.CLIENT_FIELDS]),
        ("INTROSPECT_TOKEN_FIELDS", ["access_token", "refresh_token", *mapping.TOKEN_FIELDS]),
    ],
)
def test_the_configuration_page_has_exactly_the_fields_that_can_be_mapped(
    key: str, fields: list[str]
) -> None:
    entry = read("configuration.rst").partition(f"``{key}``\n~~~")[2]
    documented = " ".join(entry.split()).partition("The fields are ")[2].partition(". ")[0]
    assert sorted(re.findall(r"``(\w+)``", documented)) == sorted(fields)


@pytest.mark.parametrize("page", sorted(path.name for path in DOCS.glob("*.rst")))
def test_a_page_names_no_key_that_there_is_not(page: str) -> None:
    named = set(
        re.findall(r"(?<![A-Z_])INTROSPECT_[A-Z_]*[A-Z]\b(?!: there is no such key)", read(page))
    )
    assert named <= keys_that_are_read()


def test_the_api_page_has_every_public_name() -> None:
    documented = re.findall(r"^\.\. (?:auto\w+|data):: (\w+)$", read("api.rst"), re.MULTILINE)
    assert sorted({*documented} - {"ClientMixin", "TokenMixin"}) == sorted(flask_introspect.__all__)


@pytest.mark.parametrize("model", [Client, Token], ids=lambda model: model.__name__)
def test_the_api_page_has_every_column_of_the_mixins(model: type) -> None:
    page = read("api.rst")
    mixin = page[page.index(f".. autoclass:: {model.__name__}Mixin") :]
    documented = re.findall(
        r"^``(\w+)``  ", mixin.split("\n\n\n")[0].split(".. autoclass:: ")[1], re.MULTILINE
    )
    table: sa.Table = model.__table__  # type: ignore[attr-defined]
    assert documented == [column.name for column in table.columns]


def test_the_tests_that_the_security_page_names_are_there() -> None:
    named = set(re.findall(r"``(test_\w+)``", read("security.rst")))
    sources = "".join(path.read_text("utf-8") for path in Path(__file__).parent.rglob("test_*.py"))
    there = set(re.findall(r"^def (test_\w+)", sources, re.MULTILINE))
    assert len(named) > 20
    assert named <= there


def test_every_page_is_in_the_table_of_contents() -> None:
    index = re.findall(r"^    ([\w-]+)$", read("index.rst"), re.MULTILINE)
    pages = {path.stem for path in DOCS.glob("*.rst")} - {"index"}
    assert pages <= set(index)
