"""What a caller sends, in either dialect."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from ..settings import Settings
from ..wire import FORM, JSON
from ..wire.schemas import IntrospectionRequestSchema
from .security import ASSERTION_TYPE, credentials

__all__ = ["bodies", "request_body"]

_NAMES = {JSON.content_type: "JsonRequest", FORM.content_type: "FormRequest"}

_TOKEN = {"token": "2YotnFZFEjr1zCsicMWpAA", "token_type_hint": "access_token"}


def bodies(settings: Settings) -> dict[str, type[Schema]]:
    """List the schemas of the bodies: the token, and any credentials."""
    own = credentials(settings.auth_methods)
    declared = IntrospectionRequestSchema().fields["token_type_hint"]
    in_form = fields.String(metadata=declared.metadata)  # a form has no null
    return {
        "JsonRequest": IntrospectionRequestSchema.from_dict(own, name="JsonRequest"),
        "FormRequest": IntrospectionRequestSchema.from_dict(
            {"token_type_hint": in_form, **own}, name="FormRequest"
        ),
    }


def request_body(settings: Settings) -> dict[str, Any]:
    """Describe the body in both dialects."""
    return {
        "required": True,
        "description": (
            f"At most {settings.max_body_bytes} bytes. Other parameters are ignored. One way to "
            "authenticate at a time."
        ),
        "content": {
            content_type: {
                "schema": {"$ref": f"#/components/schemas/{name}"},
                "examples": _examples(settings),
            }
            for content_type, name in _NAMES.items()
        },
    }


def _examples(settings: Settings) -> dict[str, Any]:
    methods = settings.auth_methods
    values: dict[str, dict[str, str]] = {}
    if methods & {"client_secret_basic", "bearer"}:
        values["credentials in the header"] = {}
    if "client_secret_post" in methods:
        values["client_secret_post"] = {"client_id": "test_client_1", "client_secret": "..."}
    for name in sorted(methods & {"private_key_jwt", "client_secret_jwt"}):
        values[name] = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": "eyJ..."}
    for name in sorted(methods & {"tls_client_auth", "self_signed_tls_client_auth"}):
        values[name] = {"client_id": "test_client_1"}
    return {name: {"value": {**_TOKEN, **value}} for name, value in values.items()}
