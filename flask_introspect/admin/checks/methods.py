"""Whether the ways to authenticate that are on offer can be used by any client."""

from __future__ import annotations

from collections.abc import Iterator

from ...endpoint import Endpoint
from ...storage.mapping import PROOF_FIELDS
from .findings import Finding, error

__all__ = ["methods"]


def methods(endpoint: Endpoint) -> Iterator[Finding]:
    """Judge whether the client table can hold what each method needs."""
    clients, prefix = endpoint.store.clients, endpoint.prefix
    for method in sorted(endpoint.settings.auth_methods & PROOF_FIELDS.keys()):
        needed = PROOF_FIELDS[method]
        if not any(name in clients.mapped for name in needed):
            named = " or ".join(map(repr, needed))
            yield error(
                "method_unusable",
                f"No client can use {method}, which {prefix}AUTH_METHODS offers: "
                f"{clients.model.__name__} has no column for {named}",
                f"Add one and map it in {prefix}CLIENT_FIELDS, or take the method out",
            )
