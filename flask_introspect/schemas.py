"""The shape of request and reply, declared with marshmallow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import Schema, ValidationError, fields, missing, validate

from .errors import InvalidRequest

__all__ = ["IntrospectionRequestSchema", "IntrospectionResponseSchema", "load_request"]


class FlatSchema(Schema):
    """A schema of plain members, without hooks, nesting or names with dots.

    For such a shape, most of what marshmallow does in ``load`` and ``dump`` is looking for what is not there. Here each
    is one loop over the declared fields, which do the work as ever.
    """

    def load(self, data: Mapping[str, Any]) -> dict[str, Any]:  # type: ignore[override]  # one object, whole
        """Check and convert the members that are declared; others are ignored.

        :raise marshmallow.ValidationError: with the messages by member.
        """
        loaded: dict[str, Any] = {}
        errors: dict[str, Any] = {}
        for name, declared in self.load_fields.items():
            try:
                loaded[name] = declared.deserialize(data.get(name, missing), name, data)
            except ValidationError as error:
                errors[name] = error.messages
        if errors:
            raise ValidationError(errors)
        return loaded

    def dump(self, obj: Mapping[str, Any]) -> dict[str, Any]:  # type: ignore[override]  # one object
        """Write the declared members in their order. A member that is ``None`` is left out."""
        dumped: dict[str, Any] = {}
        for name, declared in self.dump_fields.items():
            value = obj[name]
            if value is not None:
                dumped[name] = declared._serialize(value, name, obj)
        return dumped


class IntrospectionRequestSchema(FlatSchema):
    """What a caller sends (:rfc:`7662` section 2.1). Unknown parameters are ignored."""

    _texts: ClassVar[dict[str, Any]] = {
        "required": "it is missing",
        "null": "it must be a string",
        "invalid": "it must be a string",
        "invalid_utf8": "it must be a string",
    }

    token = fields.String(
        required=True, validate=validate.Length(min=1, error="it must not be empty"), error_messages=_texts
    )
    token_type_hint = fields.String(allow_none=True, load_default=None, error_messages=_texts)


class IntrospectionResponseSchema(FlatSchema):
    """What is said of an active token, in this order (:rfc:`7662` section 2.2). A field without a value is left out."""

    active = fields.Boolean()
    scope = fields.String()
    client_id = fields.String()
    username = fields.String()
    token_type = fields.String()
    exp = fields.Integer()
    iat = fields.Integer()
    nbf = fields.Integer()
    sub = fields.String()
    aud = fields.Raw()
    iss = fields.String()
    jti = fields.String()


_request = IntrospectionRequestSchema()


def load_request(parameters: dict[str, Any]) -> dict[str, Any]:
    """Check a request's parameters.

    :return: ``token`` and ``token_type_hint``, which may be ``None``.
    :raise InvalidRequest: with the name of the parameter and what is wrong with it.
    """
    try:
        return _request.load(parameters)
    except ValidationError as error:
        problems: dict[str, list[str]] = error.normalized_messages()  # type: ignore[no-untyped-call]
        raise InvalidRequest("; ".join(f"{name}: {texts[0]}" for name, texts in problems.items())) from None
