"""What the tests of the OpenAPI document share: a host's document, and answers held against it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from flask_introspect import introspect_bp

from ..support import PATH, make_app

#: What no document says: the server's own, and the type, which is the key of the content.
UNSAID = {"Content-Type", "Content-Length"}


def document_of(app: Flask) -> dict[str, Any]:
    with app.app_context():
        return introspect_bp.openapi()


def documented() -> dict[str, Any]:
    """The document of the default configuration, which ``docs/openapi.json`` shows."""
    limits = {"FAILED_AUTH_LIMIT": None, "FAILED_AUTH_ADDRESS_LIMIT": None}
    config = {f"INTROSPECT_{name}": value for name, value in limits.items()}
    return document_of(make_app("sqlite://", **config))


def operation(document: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"][PATH]["post"]
    return found


def valid(document: Mapping[str, Any], schema: Mapping[str, Any], value: Any) -> bool:
    """Whether a value is what a schema of the document says."""
    parts = {"components": document["components"], **schema}
    return bool(Draft202012Validator(parts).is_valid(value))


def _resolved(document: Mapping[str, Any], header: Mapping[str, Any]) -> Any:
    """What is said of a header, here or among the components."""
    name = header.get("$ref", "").rpartition("/")[2]
    return document["components"]["headers"][name] if name else header


def assert_described(document: Mapping[str, Any], answer: TestResponse) -> None:
    """The document has the answer's status, its type, its headers, and the shape of its body."""
    responses = operation(document)["responses"]
    said = responses.get(str(answer.status_code), responses["default"])
    schema = said["content"][answer.mimetype]["schema"]
    assert valid(document, schema, answer.get_json() if answer.is_json else answer.text)
    named = {name: _resolved(document, each) for name, each in said.get("headers", {}).items()}
    assert set(answer.headers.keys()) - UNSAID <= named.keys()
    for name, header in named.items():
        values: list[Any] = answer.headers.getlist(name)
        assert values or not header["required"]
        for sent in values:
            read = int(sent) if header["schema"]["type"] == "integer" else sent
            assert valid(document, header["schema"], read)
