"""The endpoint as an OpenAPI document, made from the configuration. Serving doesn't need it."""

from __future__ import annotations

from typing import Any

from ..endpoint import Endpoint
from ..errors import missing_extra

__all__ = ["document"]


def document(endpoint: Endpoint) -> dict[str, Any]:
    """Describe an endpoint, as OpenAPI 3.1 has it.

    :raise ConfigError: apispec is not installed.
    """
    try:
        from .build import build
    except ImportError:
        raise missing_extra("openapi", "the document needs apispec", "openapi") from None
    return build(endpoint)
