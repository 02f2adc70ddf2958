"""From what a database gives to what a record holds; what cannot be read is never guessed."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest

from flask_introspect import Kind, Right
from flask_introspect.storage import decoding

from ..support import spoken

UUID = uuid.UUID("b8e3bc09-cf9a-40c5-a5ad-e5f1240c2f4a")
INDIA = timezone(timedelta(hours=5.5))


class Word(Enum):
    """A host's own words."""

    REFRESH = "refresh_token"
    ANY = "any"


@pytest.mark.parametrize(
    ("reader", "value", "expected"),
    [
        (decoding.text, "a", "a"),
        (decoding.text, "", None),
        (decoding.text, None, None),
        (decoding.text, b"\xc3\xa9", "é"),
        (decoding.text, 7, "7"),
        (decoding.text, 0, "0"),
        (decoding.text, UUID, str(UUID)),
        (decoding.epoch, None, None),
        (decoding.epoch, 0, 0),
        (decoding.epoch, 5, 5),
        (decoding.epoch, 5.9, 5),
        (decoding.epoch, -5.1, -6),
        (decoding.epoch, Decimal("5.9"), 5),
        (decoding.epoch, datetime(2022, 1, 1), 1640995200),
        (decoding.epoch, datetime(2022, 1, 1, 0, 0, 0, 999999), 1640995200),
        (decoding.epoch, datetime(2022, 1, 1, 5, 30, tzinfo=INDIA), 1640995200),
        (decoding.epoch, datetime(2022, 1, 1, tzinfo=timezone.utc), 1640995200),
        (decoding.epoch, datetime(1969, 12, 31, 23, 59, 59), -1),
        (decoding.epoch, datetime(1, 1, 1), -62135596800),
        (decoding.flag, None, False),
        (decoding.flag, False, False),
        (decoding.flag, True, True),
        (decoding.flag, 0, False),
        (decoding.flag, 5, True),
        (decoding.flag, Decimal(0), False),
        (decoding.flag, datetime(1970, 1, 1), True),
        (decoding.scope, None, None),
        (decoding.scope, "", None),
        (decoding.scope, "b a", "b a"),
        (decoding.scope, ["b", "a"], "b a"),
        (decoding.scope, [], None),
        (decoding.scope, '["b", "a"]', "b a"),
        (decoding.scope, "[]", None),
        (decoding.scope, "[b] a", "[b] a"),
        (decoding.kind, None, Kind.ACCESS),
        (decoding.kind, "access", Kind.ACCESS),
        (decoding.kind, "Refresh", Kind.REFRESH),
        (decoding.kind, "refresh_token", Kind.REFRESH),
        (decoding.kind, Word.REFRESH, Kind.REFRESH),
        (decoding.strings, None, ()),
        (decoding.strings, "", ()),
        (decoding.strings, "a b", ("a b",)),
        (decoding.strings, '["a", "b"]', ("a", "b")),
        (decoding.strings, ["a", "b"], ("a", "b")),
        (decoding.strings, ("a",), ("a",)),
        (decoding.names, '["a", "a"]', frozenset({"a"})),
        (decoding.names, None, frozenset()),
        (decoding.names_or_all, None, None),
        (decoding.names_or_all, "", frozenset()),
        (decoding.names_or_all, "[]", frozenset()),
        (decoding.names_or_all, [], frozenset()),
        (decoding.names_or_all, ["a"], frozenset({"a"})),
        (decoding.right, None, None),
        (decoding.right, "", None),
        (decoding.right, True, None),
        (decoding.right, 1, None),
        (decoding.right, "own", Right.OWN),
        (decoding.right, Word.ANY, Right.ANY),
        (decoding.right, Right.ANY, Right.ANY),
        (decoding.right, False, Right.NONE),
        (decoding.right, 0, Right.NONE),
        (decoding.document, None, None),
        (decoding.document, "", None),
        (decoding.document, '{"a": 1}', {"a": 1}),
        (decoding.document, b"[1]", [1]),
        (decoding.document, {"a": 1}, {"a": 1}),
        (decoding.claims, None, None),
        (decoding.claims, "", None),
        (decoding.claims, "null", None),
        (decoding.claims, '{"a": 1}', {"a": 1}),
        (decoding.claims, {"a": 1}, {"a": 1}),
        (decoding.as_is, [1], [1]),
    ],
    ids=spoken,
)
def test_a_value_is_read_as_its_field_wants(
    reader: Callable[[Any], Any], value: Any, expected: Any
) -> None:
    found = reader(value)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("reader", "value"),
    [
        (decoding.text, 1.5),
        (decoding.text, ["a"]),
        (decoding.text, b"\xff"),
        (decoding.epoch, "1640995200"),
        (decoding.epoch, True),
        (decoding.epoch, float("nan")),
        (decoding.epoch, float("inf")),
        (decoding.epoch, Decimal("NaN")),
        (decoding.epoch, date(2022, 1, 1)),
        (decoding.flag, "false"),
        (decoding.flag, []),
        (decoding.kind, "id"),
        (decoding.kind, 7),
        (decoding.strings, "["),
        (decoding.strings, "[1]"),
        (decoding.strings, '["a", null]'),
        (decoding.strings, {"a": 1}),
        (decoding.strings, 7),
        (decoding.scope, [1]),
        (decoding.document, "{"),
        (decoding.claims, "[1]"),
        (decoding.claims, "1"),
        (decoding.claims, [1]),
    ],
    ids=spoken,
)
def test_what_is_something_else_is_not_guessed(reader: Callable[[Any], Any], value: Any) -> None:
    with pytest.raises(decoding.UNDECODABLE):
        reader(value)


@pytest.mark.parametrize("value", ["everything", "ANY", 5, ["any"]], ids=spoken)
def test_a_right_that_is_none_of_ours_means_nothing_and_is_logged(
    value: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert decoding.right(value) is Right.NONE
    assert repr(value) in caplog.text


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ((), '["a"]', ("a",)),
        ((), None, ()),
        ((), "", ()),
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
def test_a_value_inside_a_document_is_reached_by_its_keys(
    path: tuple[str, ...], value: Any, expected: Any
) -> None:
    assert decoding.from_json(decoding.strings, path)(value) == expected


def test_an_empty_limit_in_a_document_s_column_lets_nothing_through() -> None:
    assert decoding.from_json(decoding.names_or_all)("") == frozenset()
    assert decoding.from_json(decoding.names_or_all)("null") is None


def test_a_value_that_can_be_no_key_of_a_cache_is_read_all_the_same() -> None:
    assert decoding.from_json(decoding.epoch, ("exp",))({"exp": 5}) == 5
