"""What a database error says, without the values that were sent."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.exc import DataError, OperationalError

from flask_introspect.storage.failures import is_stale_plan, is_unwritable, scrubbed


class DriverError(Exception):
    """An error as a driver raises it, with the server's code."""

    def __init__(self, *args: Any, sqlstate: str | None = None) -> None:
        super().__init__(*args)
        self.sqlstate = sqlstate


def error(text: Any, **options: Any) -> OperationalError:
    return OperationalError("SELECT 1", {}, DriverError(text, **options))


def test_a_value_that_was_sent_is_left_out() -> None:
    assert "sesame" not in scrubbed(error("near sesame: syntax error"), ["sesame", b"x", 5])


def test_single_letters_don_t_garble_the_text() -> None:
    assert "near table" in scrubbed(error("near table"), ["t", "a", ""])


def test_bytes_that_were_sent_are_left_out() -> None:
    assert "sesame" not in scrubbed(error("near sesame"), [b"sesame"])


def test_of_an_error_about_data_only_the_type_is_told() -> None:
    said = scrubbed(DataError("SELECT 1", {}, DriverError("a stored value")), [])
    assert "DriverError" in said
    assert "stored" not in said


@pytest.mark.parametrize(
    ("problem", "unwritable"),
    [
        (error("x", sqlstate="22P05"), True),
        (error(1267), True),
        (error({"C": "22021"}), True),
        (error("x", sqlstate="42P01"), False),
        (UnicodeEncodeError("latin-1", "é", 0, 1, "no"), True),
        (ValueError("no database error"), False),
    ],
    ids=repr,
)
def test_what_a_database_cannot_write_is_told(problem: Exception, unwritable: bool) -> None:
    assert is_unwritable(problem, {"client_id": "é"}) is unwritable
    assert not is_unwritable(problem, {"client_id": "ascii"})


@pytest.mark.parametrize("cause", [{"sqlstate": "0A000"}, {}], ids=str)
def test_a_stale_plan_is_told_by_its_code(cause: dict[str, Any]) -> None:
    assert is_stale_plan(error("cached plan", **cause)) is bool(cause)
    assert is_stale_plan(error({"C": "0A000"}))
