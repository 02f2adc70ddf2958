"""A request's parameters, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

__all__ = ["CREDENTIALS", "Parameters"]

#: Parameters that prove who calls (:rfc:`6749` section 2.3.1, :rfc:`7521` section 4.2).
CREDENTIALS = frozenset({"client_id", "client_secret", "client_assertion", "client_assertion_type"})
_KNOWN = CREDENTIALS | {"token", "token_type_hint"}

#: What must never be in a URL, where every log keeps it (:rfc:`7662` section 4, :rfc:`6749` section
#: 2.3.1).
_SECRET_IN_QUERY = frozenset({"client_secret", "client_assertion"})
_TOKEN_IN_QUERY = frozenset({"token", "access_token", "refresh_token"})


@dataclass
class Parameters:
    """What a body holds, read once. Faults are noted here, and reported when it is their turn.

    :ivar values: the parameters that this endpoint knows.
    :ivar fault: what is wrong with the request; told to callers who proved who they are.
    :ivar credential_fault: what is wrong with the credentials in it.
    """

    values: dict[str, Any] = field(default_factory=dict, repr=False)
    fault: str | None = None
    credential_fault: str | None = None

    def get(self, name: str) -> Any:
        """Return a parameter's value, or ``None``."""
        return self.values.get(name)

    def note(self, name: str, problem: str) -> None:
        """Note what is wrong with one parameter. The first fault counts."""
        text = f"{name}: {problem}"
        if name in CREDENTIALS:
            self.credential_fault = self.credential_fault or text
        else:
            self.fault = self.fault or text

    def take(self, pairs: Iterable[tuple[str, Any]]) -> None:
        """Take the known parameters; one sent twice is a fault (:rfc:`6749` section 3.2)."""
        for name, value in pairs:
            if name in _KNOWN:
                if name in self.values:
                    self.note(name, "it is sent more than once")
                self.values[name] = value

    def refuse_query(self, query: str) -> None:
        """Note a token or a secret in the query string, where none is honoured."""
        for name, _ in parse_qsl(query, keep_blank_values=True, errors="replace"):
            if name in _SECRET_IN_QUERY:
                self.credential_fault = f"{name}: it must not be sent in the query string"
            elif name in _TOKEN_IN_QUERY:
                self.note(name, "it must not be sent in the query string")
