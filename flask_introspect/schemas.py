"""The shape of request and reply, declared with marshmallow."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import EXCLUDE, Schema, ValidationError, fields, missing, validate

from .errors import InvalidRequest

__all__ = ["IntrospectionRequestSchema", "IntrospectionResponseSchema", "load_request"]


class IntrospectionRequestSchema(Schema):
    """What a caller sends (:rfc:`7662` section 2.1). Unknown parameters are ignored."""

    class Meta:
        unknown = EXCLUDE

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


class IntrospectionResponseSchema(Schema):
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

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """The value of a member; nothing for what has no value."""
        value = obj.get(attr)
        return missing if value is None or value == "" or value == () else value


_request = IntrospectionRequestSchema()


def load_request(parameters: dict[str, Any]) -> dict[str, Any]:
    """Check a request's parameters.

    :return: ``token`` and ``token_type_hint``, which may be ``None``.
    :raise InvalidRequest: with the name of the parameter and what is wrong with it.
    """
    try:
        return _request.load(parameters)  # type: ignore[no-any-return]
    except ValidationError as error:
        problems: dict[str, list[str]] = error.normalized_messages()  # type: ignore[no-untyped-call]
        raise InvalidRequest("; ".join(f"{name}: {texts[0]}" for name, texts in problems.items())) from None
