"""What a request presents to prove who calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from ..texts import is_storable
from ..wire import Parameters

__all__ = ["ClientCredentials", "Presented"]


class ClientCredentials(NamedTuple):
    """A client id and a secret, as presented."""

    client_id: str
    secret: str

    def __repr__(self) -> str:
        return f"ClientCredentials(client_id={self.client_id!r})"

    @property
    def plausible(self) -> bool:
        """Whether some client could have this id and this secret.

        Both must hold something, without a NUL or a lone surrogate: no database and no hash takes
        those.
        """
        return bool(self.client_id and self.secret) and is_storable(self.client_id + self.secret)


@dataclass(frozen=True)
class Presented:
    """Everything in a request that may prove who calls.

    It is one value, so that a new way to authenticate changes no signature.

    :ivar parameters: the body's parameters.
    :ivar environ: the WSGI environment, for headers, certificates and the caller's address.
    """

    parameters: Parameters = field(repr=False)
    environ: Mapping[str, Any] = field(repr=False)

    @cached_property
    def authorization(self) -> tuple[str, str]:
        """The scheme of the ``Authorization`` header in lower case, and what follows it."""
        header: str = self.environ.get("HTTP_AUTHORIZATION") or ""
        scheme, _, credentials = header.partition(" ")
        return scheme.lower(), credentials.strip(" \t")

    @property
    def address(self) -> str:
        """The caller's address, as the server or the host's ``ProxyFix`` says."""
        found: str = self.environ.get("REMOTE_ADDR") or ""
        return found

    @property
    def client_id(self) -> str | None:
        """The ``client_id`` in the body."""
        found: str | None = self.parameters.values.get("client_id")
        return found

    @property
    def client_secret(self) -> str | None:
        """The ``client_secret`` in the body."""
        found: str | None = self.parameters.values.get("client_secret")
        return found

    @property
    def client_assertion(self) -> str | None:
        """The ``client_assertion`` in the body (:rfc:`7521` section 4.2)."""
        found: str | None = self.parameters.values.get("client_assertion")
        return found

    @property
    def client_assertion_type(self) -> str | None:
        """The ``client_assertion_type`` in the body."""
        found: str | None = self.parameters.values.get("client_assertion_type")
        return found
