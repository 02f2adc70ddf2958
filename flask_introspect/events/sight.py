"""What one request has shown so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..authentication import Presented
from ..authentication.basic import read_basic
from ..errors import RequestError
from ..records import Introspection
from ..wire import Parameters

__all__ = ["Sight"]


class Sight:
    """What one request has shown so far: the endpoint notes it as it goes.

    A token and a secret may be in it, so its ``repr`` shows nothing.

    :ivar presented: the request's parameters and headers, once they are read.
    :ivar client_id: the caller, once it has proved who it is.
    :ivar answer: the judgement and the HTTP status, once there is an answer.
    :ivar started: when the request came, if anybody listens.
    :ivar span: its span, where it is traced.
    """

    # On the class, so that making one costs next to nothing.
    presented: Presented | None = None
    client_id: str | None = None
    answer: tuple[Introspection, int] | None = None
    started: float | None = None
    span: Any = None

    @property
    def token(self) -> str | None:
        """The presented token, if it is a text."""
        token = self.presented.parameters.get("token") if self.presented is not None else None
        return token if isinstance(token, str) else None

    def claimed_id(self, error: RequestError, environ: Mapping[str, Any]) -> str | None:
        """Find out which client the request claims to come from. Nothing proves it."""
        # A limit on failures raises instead of the failure.
        for refusal in (error, error.__context__):
            said = getattr(refusal, "client_id", None)
            if isinstance(said, str):
                return said
        presented = self.presented or Presented(Parameters(), environ)
        scheme, credentials = presented.authorization
        if scheme == "basic" and (readings := read_basic(credentials)):
            return readings[0].client_id
        # If credentials are at fault, the alleged id might be the secret.
        faulty = presented.parameters.credential_fault is not None
        return presented.client_id if not faulty else None
