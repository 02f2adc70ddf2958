"""Every rule that can be asked over HTTP, as classes of tests for a host to inherit."""

from __future__ import annotations

from typing import ClassVar

from .base import ConformanceBase
from .rfc_answers import ActiveTokens
from .rfc_authentication import Authentication
from .rfc_bearer import BearerCallers
from .rfc_hints import Hints
from .rfc_inactive import InactiveTokens
from .rfc_policy import Policy
from .rfc_refusals import Refusals
from .rfc_requests import Methods, Requests, TwoMethods
from .wire_answers import DocumentedAnswers
from .wire_callers import DocumentedCallers, Rights
from .wire_errors import DocumentedErrors

__all__ = ["Conformance", "RFCConformance"]


class RFCConformance(
    ActiveTokens,
    InactiveTokens,
    Hints,
    Policy,
    Authentication,
    BearerCallers,
    Refusals,
    TwoMethods,
    Requests,
    Methods,
    ConformanceBase,
):
    """The rules of the RFCs, for any introspection endpoint at all.

    Inherit it under a name that begins with ``Test``.
    """


class Conformance(DocumentedAnswers, DocumentedErrors, DocumentedCallers, Rights, RFCConformance):
    """The rules of the RFCs, and those of this package's own documentation."""

    dialects: ClassVar[tuple[str, ...]] = ("form", "json")
