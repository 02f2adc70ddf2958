"""The shape of request and reply."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import ValidationError

from flask_introspect import InvalidRequest
from flask_introspect.wire.schemas import (
    IntrospectionRequestSchema,
    IntrospectionResponseSchema,
    dump_members,
    load_request,
)

from .support import DOCUMENTED


def test_a_request_is_a_token_and_perhaps_a_hint() -> None:
    assert load_request({"token": "x"}) == {"token": "x", "token_type_hint": None}
    assert load_request({"token": "x", "token_type_hint": None}) == {
        "token": "x",
        "token_type_hint": None,
    }
    assert load_request({"token": " x ", "token_type_hint": "?"}) == {
        "token": " x ",
        "token_type_hint": "?",
    }


def test_unknown_parameters_are_ignored() -> None:
    assert load_request({"token": "x", "client_id": "y", "z": [1]}) == {
        "token": "x",
        "token_type_hint": None,
    }


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({}, "token: it is missing"),
        ({"token": ""}, "token: it must not be empty"),
        ({"token": None}, "token: it must be a string"),
        ({"token": 1}, "token: it must be a string"),
        ({"token": True}, "token: it must be a string"),
        ({"token": ["x"]}, "token: it must be a string"),
        ({"token": b"\xff"}, "token: it must be a string"),
        ({"token": "x", "token_type_hint": 1}, "token_type_hint: it must be a string"),
        (
            {"token": "", "token_type_hint": []},
            "token: it must not be empty; token_type_hint: it must be a string",
        ),
    ],
    ids=str,
)
def test_a_fault_is_told_with_the_name_of_its_field(parameters: dict[str, Any], text: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        load_request(parameters)
    assert raised.value.description == text


def test_the_request_schema_declares_what_the_documented_api_takes() -> None:
    fields = IntrospectionRequestSchema().fields
    assert {name: field.required for name, field in fields.items()} == {
        "token": True,
        "token_type_hint": False,
    }


def members(**values: Any) -> dict[str, Any]:
    return {**dict.fromkeys(DOCUMENTED), **values}


def test_the_response_schema_declares_the_documented_members_in_order() -> None:
    assert list(IntrospectionResponseSchema().fields) == list(DOCUMENTED)


def test_an_answer_keeps_the_documented_order_whatever_it_is_made_from() -> None:
    shuffled = dict(reversed(DOCUMENTED.items()))
    assert list(dump_members(shuffled).items()) == list(DOCUMENTED.items())


def test_what_has_no_value_is_left_out() -> None:
    assert dump_members(members(active=True, exp=0)) == {"active": True, "exp": 0}


def test_only_declared_members_are_written() -> None:
    assert dump_members(members(active=True, token="x", revoked=False)) == {"active": True}


def test_several_audiences_are_an_array() -> None:
    assert dump_members(members(aud=["a", "b"])) == {"aud": ["a", "b"]}


# The two functions do what marshmallow's own load and dump do with these schemas


@pytest.mark.parametrize(
    "given",
    [
        {"token": "x"},
        {"token": " x ", "token_type_hint": "?", "other": 1},
        {"token": "x", "token_type_hint": None},
    ],
    ids=str,
)
def test_a_request_is_loaded_as_marshmallow_loads_it(given: dict[str, Any]) -> None:
    assert load_request(given) == IntrospectionRequestSchema().load(given)


@pytest.mark.parametrize(
    "given", [{}, {"token": ""}, {"token": None}, {"token": 1, "token_type_hint": 2}], ids=str
)
def test_a_fault_is_one_that_marshmallow_finds(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest) as ours:
        load_request(given)
    with pytest.raises(ValidationError) as theirs:
        IntrospectionRequestSchema().load(given)
    problems = theirs.value.normalized_messages()
    assert str(ours.value) == "; ".join(f"{name}: {texts[0]}" for name, texts in problems.items())


@pytest.mark.parametrize(
    "given",
    [DOCUMENTED, {"active": True, "exp": 5}, {"active": True, "aud": ["a"], "jti": "x"}],
    ids=str,
)
def test_an_answer_is_dumped_as_marshmallow_dumps_it(given: dict[str, Any]) -> None:
    assert list(dump_members(given).items()) == list(
        IntrospectionResponseSchema().dump(given).items()
    )
