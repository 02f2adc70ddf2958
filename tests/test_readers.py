"""From what a database gives to what a record holds; what cannot be read is never guessed."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest

from flask_introspect import Kind, Right, readers

from .support import spoken

UUID = uuid.UUID("b8e3bc09-cf9a-40c5-a5ad-e5f1240c2f4a")
INDIA = timezone(timedelta(hours=5.5))


class Word(Enum):
    """A host's own words."""

    REFRESH = "refresh_token"
    ANY = "any"


@pytest.mark.parametrize(
    ("reader", "value", "expected"),
    [
        (readers.text, "a", "a"),
        (readers.text, "", None),
        (readers.text, None, None),
        (readers.text, b"\xc3\xa9", "é"),
        (readers.text, 7, "7"),
        (readers.text, 0, "0"),
        (readers.text, UUID, str(UUID)),
        (readers.epoch, None, None),
        (readers.epoch, 0, 0),
        (readers.epoch, 5, 5),
        (readers.epoch, 5.9, 5),
        (readers.epoch, -5.1, -6),
        (readers.epoch, Decimal("5.9"), 5),
        (readers.epoch, datetime(2022, 1, 1), 1640995200),
        (readers.epoch, datetime(2022, 1, 1, 0, 0, 0, 999999), 1640995200),
        (readers.epoch, datetime(2022, 1, 1, 5, 30, tzinfo=INDIA), 1640995200),
        (readers.epoch, datetime(2022, 1, 1, tzinfo=timezone.utc), 1640995200),
        (readers.epoch, datetime(1969, 12, 31, 23, 59, 59), -1),
        (readers.epoch, datetime(1, 1, 1), -62135596800),
        (readers.flag, None, False),
        (readers.flag, False, False),
        (readers.flag, True, True),
        (readers.flag, 0, False),
        (readers.flag, 5, True),
        (readers.flag, Decimal(0), False),
        (readers.flag, datetime(1970, 1, 1), True),
        (readers.scope, None, None),
        (readers.scope, "", None),
        (readers.scope, "b a", "b a"),
        (readers.scope, ["b", "a"], "b a"),
        (readers.scope, [], None),
        (readers.kind, None, Kind.ACCESS),
        (readers.kind, "access", Kind.ACCESS),
        (readers.kind, "Refresh", Kind.REFRESH),
        (readers.kind, "refresh_token", Kind.REFRESH),
        (readers.kind, Word.REFRESH, Kind.REFRESH),
        (readers.strings, None, ()),
        (readers.strings, "", ()),
        (readers.strings, "a b", ("a b",)),
        (readers.strings, '["a", "b"]', ("a", "b")),
        (readers.strings, ["a", "b"], ("a", "b")),
        (readers.strings, ("a",), ("a",)),
        (readers.names, '["a", "a"]', frozenset({"a"})),
        (readers.names, None, frozenset()),
        (readers.names_or_all, None, None),
        (readers.names_or_all, "", None),
        (readers.names_or_all, "[]", frozenset()),
        (readers.names_or_all, [], frozenset()),
        (readers.names_or_all, ["a"], frozenset({"a"})),
        (readers.right, None, None),
        (readers.right, "", None),
        (readers.right, True, None),
        (readers.right, 1, None),
        (readers.right, "own", Right.OWN),
        (readers.right, Word.ANY, Right.ANY),
        (readers.right, Right.ANY, Right.ANY),
        (readers.right, False, Right.NONE),
        (readers.right, 0, Right.NONE),
        (readers.document, None, None),
        (readers.document, "", None),
        (readers.document, '{"a": 1}', {"a": 1}),
        (readers.document, b"[1]", [1]),
        (readers.document, {"a": 1}, {"a": 1}),
        (readers.claims, None, None),
        (readers.claims, "", None),
        (readers.claims, "null", None),
        (readers.claims, '{"a": 1}', {"a": 1}),
        (readers.claims, {"a": 1}, {"a": 1}),
        (readers.as_is, [1], [1]),
    ],
    ids=spoken,
)
def test_a_value_is_read_as_its_field_wants(reader: Callable[[Any], Any], value: Any, expected: Any) -> None:
    found = reader(value)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("reader", "value"),
    [
        (readers.text, 1.5),
        (readers.text, ["a"]),
        (readers.text, b"\xff"),
        (readers.epoch, "1640995200"),
        (readers.epoch, True),
        (readers.epoch, float("nan")),
        (readers.epoch, float("inf")),
        (readers.epoch, Decimal("NaN")),
        (readers.epoch, date(2022, 1, 1)),
        (readers.flag, "false"),
        (readers.flag, []),
        (readers.kind, "id"),
        (readers.kind, 7),
        (readers.strings, "["),
        (readers.strings, "[1]"),
        (readers.strings, '["a", null]'),
        (readers.strings, {"a": 1}),
        (readers.strings, 7),
        (readers.scope, [1]),
        (readers.document, "{"),
        (readers.claims, "[1]"),
        (readers.claims, "1"),
        (readers.claims, [1]),
    ],
    ids=spoken,
)
def test_what_is_something_else_is_not_guessed(reader: Callable[[Any], Any], value: Any) -> None:
    with pytest.raises(readers.UNREADABLE):
        reader(value)


@pytest.mark.parametrize("value", ["everything", "ANY", 5, ["any"]], ids=spoken)
def test_a_right_that_is_none_of_ours_means_nothing_and_is_logged(value: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert readers.right(value) is Right.NONE
    assert repr(value) in caplog.text


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ((), '["a"]', ("a",)),
        ((), None, ()),
        (("aud",), '{"aud": "x"}', ("x",)),
        (("a", "b"), '{"a": {"b": ["x"]}}', ("x",)),
        (("a", "b"), '{"a": 1}', ()),
        (("a", "b"), '{"a": null}', ()),
        (("a",), "[]", ()),
        (("a",), "{}", ()),
        (("a",), "", ()),
        (("a",), None, ()),
    ],
    ids=spoken,
)
def test_a_value_inside_a_document_is_reached_by_its_keys(path: tuple[str, ...], value: Any, expected: Any) -> None:
    assert readers.from_json(readers.strings, path)(value) == expected


def test_a_value_that_can_be_no_key_of_a_cache_is_read_all_the_same() -> None:
    assert readers.from_json(readers.epoch, ("exp",))({"exp": 5}) == 5
