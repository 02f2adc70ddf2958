"""The shapes of answers and errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apispec import APISpec

from ..wire.schemas import IntrospectionResponseSchema

__all__ = ["add_schemas", "one_of"]


def _object(description: str, **properties: Mapping[str, Any]) -> dict[str, Any]:
    """Describe an object that has all of these members and no other."""
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_SHAPES: Mapping[str, dict[str, Any]] = {
    "InactiveToken": _object(
        "Not active, for whatever reason. Nothing else is said of it.",
        active={"type": "boolean", "const": False},
    ),
    "Envelope": _object(
        "An error of the JSON dialect.",
        code={
            "type": "string",
            "pattern": "^[45][0-9]{2}000$",
            "description": "The status and three zeros.",
        },
        status_code={"type": "integer", "minimum": 400, "maximum": 599},
        status={"type": "string", "const": "undefined"},
        error={"type": "string", "description": "A text for people."},
    ),
    "OAuthError": _object(
        "An error of the form dialect (RFC 6749 section 5.2), and of a request whose content type "
        "is neither dialect's.",
        error={"type": "string", "description": "The code, for programs."},
        error_description={"type": "string", "description": "A text for people."},
    ),
}


def add_schemas(spec: APISpec) -> None:
    """Add the shapes of answers and errors to a document.

    A host's own claims may stand beside the members of an active token.
    """
    spec.components.schema("ActiveToken", schema=IntrospectionResponseSchema)
    for name, shape in _SHAPES.items():
        spec.components.schema(name, shape)


def one_of(*names: str) -> dict[str, Any]:
    """Refer to one schema, or to several of which exactly one holds."""
    refs = [{"$ref": f"#/components/schemas/{name}"} for name in names]
    return refs[0] if len(refs) == 1 else {"oneOf": refs}
