"""How the tests of authentication ask."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from ..support import (
    FORM,
    Host,
)

PAIR = ("test_client_1", "test_secret")


def header(octets: bytes, scheme: str = "Basic") -> dict[str, str]:
    return {"Authorization": f"{scheme} {base64.b64encode(octets).decode()}"}


def ask(
    host: Host, headers: Mapping[str, str] | None = None, dialect: str = FORM, **parameters: Any
) -> int:
    """Ask about the documented token with exactly these credentials."""
    return host.ask(
        "documented", caller=None, headers=headers, dialect=dialect, **parameters
    ).status_code
