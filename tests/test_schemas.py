"""The shape of request and reply."""

from __future__ import annotations

from typing import Any

import pytest

from flask_introspect import InvalidRequest
from flask_introspect.schemas import IntrospectionRequestSchema, IntrospectionResponseSchema, load_request

from .support import DOCUMENTED


def test_a_request_is_a_token_and_perhaps_a_hint() -> None:
    assert load_request({"token": "x"}) == {"token": "x", "token_type_hint": None}
    assert load_request({"token": "x", "token_type_hint": None}) == {"token": "x", "token_type_hint": None}
    assert load_request({"token": " x ", "token_type_hint": "?"}) == {"token": " x ", "token_type_hint": "?"}


def test_unknown_parameters_are_ignored() -> None:
    assert load_request({"token": "x", "client_id": "y", "z": [1]}) == {"token": "x", "token_type_hint": None}


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
        ({"token": "", "token_type_hint": []}, "token: it must not be empty; token_type_hint: it must be a string"),
    ],
    ids=str,
)
def test_a_fault_is_told_with_the_name_of_its_field(parameters: dict[str, Any], text: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        load_request(parameters)
    assert raised.value.description == text


def test_the_request_schema_declares_what_the_documented_api_takes() -> None:
    fields = IntrospectionRequestSchema().fields
    assert {name: field.required for name, field in fields.items()} == {"token": True, "token_type_hint": False}


def members(**values: Any) -> dict[str, Any]:
    return {**dict.fromkeys(DOCUMENTED), **values}


def test_the_response_schema_declares_the_documented_members_in_order() -> None:
    assert list(IntrospectionResponseSchema().fields) == list(DOCUMENTED)


def test_an_answer_keeps_the_documented_order_whatever_it_is_made_from() -> None:
    shuffled = dict(reversed(DOCUMENTED.items()))
    assert list(IntrospectionResponseSchema().dump(shuffled).items()) == list(DOCUMENTED.items())


def test_what_has_no_value_is_left_out() -> None:
    assert IntrospectionResponseSchema().dump(members(active=True, exp=0)) == {
        "active": True,
        "exp": 0,
    }


def test_only_declared_members_are_written() -> None:
    assert IntrospectionResponseSchema().dump(members(active=True, token="x", revoked=False)) == {"active": True}


def test_several_audiences_are_an_array() -> None:
    assert IntrospectionResponseSchema().dump(members(aud=["a", "b"])) == {"aud": ["a", "b"]}
