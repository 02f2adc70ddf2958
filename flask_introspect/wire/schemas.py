"""The shape of request and answer, declared with marshmallow."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar

from marshmallow import Schema, ValidationError, fields, missing, validate

from ..errors import InvalidRequest

__all__ = [
    "DOCUMENTED",
    "IntrospectionRequestSchema",
    "IntrospectionResponseSchema",
    "dump_members",
    "load_request",
]

#: The shapes of an audience: one, or several.
_AUDIENCES = [
    {"type": "string"},
    {"type": "array", "items": {"type": "string"}, "minItems": 2},
]


def _said(description: str, **of_schema: Any) -> dict[str, Any]:
    """Describe a field for its OpenAPI schema only; loading and dumping ignore it."""
    return {"description": description, **of_schema}


def _time(description: str) -> dict[str, Any]:
    """Declare a time as 64 bits: with 32, generated clients would fail in 2038."""
    return _said(f"{description}, in Unix epoch seconds.", format="int64")


class IntrospectionRequestSchema(Schema):
    """What a caller sends (:rfc:`7662` section 2.1). Unknown parameters are ignored."""

    class Meta:
        unknown = "exclude"

    _texts: ClassVar[dict[str, Any]] = {
        "required": "it is missing",
        "null": "it must be a string",
        "invalid": "it must be a string",
        "invalid_utf8": "it must be a string",
    }

    token = fields.String(
        required=True,
        validate=validate.Length(min=1, error="it must not be empty"),
        error_messages=_texts,
        metadata=_said("The token. It is compared as it comes: nothing is trimmed, case counts."),
    )
    token_type_hint = fields.String(
        allow_none=True,
        load_default=None,
        error_messages=_texts,
        metadata=_said(
            "`access_token` or `refresh_token`. It only orders the search: with a wrong or "
            "unknown hint the token is still found."
        ),
    )


class IntrospectionResponseSchema(Schema):
    """The members about an active token, in this order (:rfc:`7662` section 2.2).

    A field without a value is left out. Claims of the host's own may come after these.
    """

    class Meta:
        unknown = "include"

    active = fields.Boolean(
        required=True, metadata=_said("Whether the token is good now.", enum=[True])
    )
    scope = fields.String(metadata=_said("The scopes, separated by blanks, in their order."))
    client_id = fields.String(metadata=_said("The client that the token was issued to."))
    username = fields.String(metadata=_said("The user's name, for people."))
    token_type = fields.String(metadata=_said("`Bearer`, say. Left out for refresh tokens."))
    exp = fields.Integer(metadata=_time("When it ends"))
    iat = fields.Integer(metadata=_time("When it was issued"))
    nbf = fields.Integer(metadata=_time("Before when it is not good"))
    sub = fields.String(metadata=_said("The user, else the client."))
    aud = fields.Raw(metadata=_said("Whom it is for; an array if several.", oneOf=_AUDIENCES))
    iss = fields.String(metadata=_said("Who issued it."))
    jti = fields.String(metadata=_said("Its identifier."))


# Both schemas are flat, without hooks and without renamed members. For such a shape, Schema.load
# and Schema.dump mostly look for what isn't there. The two functions below call the declared fields
# directly, which do the same work; a test compares them with the schemas.

_request_fields = tuple(IntrospectionRequestSchema().load_fields.items())
_response_fields = tuple(IntrospectionResponseSchema().dump_fields.items())

_names = tuple(name for name, _ in _response_fields)

#: How many answers' members are kept, by their content.
_REMEMBERED = 1024

#: The documented members; a claim of the host's own never replaces one.
DOCUMENTED = frozenset(name for name, _ in _response_fields)


def load_request(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Check a request's parameters.

    :return: ``token`` and ``token_type_hint``, which may be ``None``.
    :raise InvalidRequest: names the parameter and says what is wrong with it.
    """
    token, hint = parameters.get("token"), parameters.get("token_type_hint")
    if type(token) is str and token and (hint is None or type(hint) is str):
        # What nearly everybody sends. The schema would say the same of it, more slowly.
        return {"token": token, "token_type_hint": hint}
    loaded: dict[str, Any] = {}
    problems: list[str] = []
    for name, declared in _request_fields:
        try:
            loaded[name] = declared.deserialize(parameters.get(name, missing), name, parameters)
        except ValidationError as error:
            problems.append(f"{name}: {error.messages[0]}")
    if problems:
        raise InvalidRequest("; ".join(problems))
    return loaded


def dump_members(members: dict[str, Any]) -> dict[str, Any]:
    """Write the documented members that have a value, in their order."""
    if type(members.get("aud")) is list:  # a value of its own for each answer
        return _dumped(members)
    return _remembered(tuple(map(members.get, _names))).copy()


@lru_cache(_REMEMBERED, typed=True)
def _remembered(values: tuple[Any, ...]) -> dict[str, Any]:
    """Write members once for each content, since it is asked about again and again."""
    return _dumped(dict(zip(_names, values, strict=True)))


def _dumped(members: dict[str, Any]) -> dict[str, Any]:
    return {
        name: declared.serialize(name, members, dict.get)
        for name, declared in _response_fields
        if members.get(name) is not None
    }
