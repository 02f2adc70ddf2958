"""Which way to authenticate a request uses, and whether it is on offer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Protocol

from ..errors import InvalidClient, InvalidRequest, Unauthenticated
from ..limits import FailureLimits
from ..records import Client, Refusal
from ..storage import Reading
from .basic import read_basic
from .presented import ClientCredentials, Presented

__all__ = ["Authenticator", "Method"]


#: The methods that use the ``Authorization`` header, by its scheme.
_SCHEMES: Mapping[str, str] = {"basic": "client_secret_basic", "bearer": "bearer"}

#: Servers join two headers with a comma (:rfc:`9110` section 5.3), which no credentials of these
#: schemes contain.
_SECOND_HEADER = re.compile(r",[ \t]*(basic|bearer)[ \t]", re.IGNORECASE)


class Method(Protocol):
    """One way of proving who calls."""

    def authenticate(self, presented: Presented, reading: Reading) -> Client:
        """Say which client is proved.

        :raise InvalidClient: none.
        :raise InvalidRequest: the credentials themselves are at fault.
        :raise TemporarilyUnavailable: the database did not answer.
        """
        ...


class Authenticator:
    """Finds out who calls.

    :param methods: the ways on offer, by what a request uses: ``client_secret_basic``,
        ``client_secret_post``, ``bearer``, ``client_assertion`` or ``certificate``.
    :param failures: counts failures, and shuts out callers with too many.
    :param assertion_algorithms: those that assertions may be signed with; none if not on offer.
    :param allow_repeated: whether ``Basic`` may come with the same id and secret in the body.
    """

    def __init__(
        self,
        methods: Mapping[str, Method],
        failures: FailureLimits,
        *,
        assertion_algorithms: frozenset[str],
        allow_repeated: bool,
    ) -> None:
        self.assertion_algorithms = assertion_algorithms
        self._methods = methods
        self._failures = failures
        self._allow_repeated = allow_repeated

    @property
    def schemes(self) -> Sequence[str]:
        """The HTTP authentication schemes on offer, for ``WWW-Authenticate``."""
        return [scheme for scheme, name in _SCHEMES.items() if name in self._methods]

    def authenticate(self, presented: Presented, reading: Reading) -> Client:
        """Say which client calls.

        :param reading: reads the client, and maybe the token along with it.
        :raise InvalidClient: no client was proved.
        :raise InvalidRequest: two methods at once, or credentials at fault.
        :raise SlowDown: there were too many failures.
        :raise TemporarilyUnavailable: the database did not answer, or no hash has a place.
        """
        fault = presented.parameters.credential_fault
        if fault is not None:
            raise InvalidRequest(fault)
        used = self._used(presented)
        if used is None:
            raise InvalidClient()
        method = self._methods.get(used)
        if method is None:
            raise InvalidClient(reason=Refusal.METHOD_NOT_OFFERED)
        try:
            return method.authenticate(presented, reading)
        except Unauthenticated as refusal:
            if refusal.reason is not Refusal.NO_CREDENTIALS:
                self._failures.count(refusal.client_id, presented.address)
            raise

    def _used(self, presented: Presented) -> str | None:
        """Name the one method that a request uses (:rfc:`6749` section 2.3)."""
        scheme, credentials = presented.authorization
        if "," in credentials and _SECOND_HEADER.search(credentials):
            raise InvalidRequest("The Authorization header is sent more than once")
        readings = read_basic(credentials) if scheme == "basic" and presented.client_id else ()
        used = [_SCHEMES.get(scheme, "an unknown scheme")] if scheme else []
        if presented.client_secret is not None and not self._repeats(presented, readings):
            used.append("client_secret_post")
        if presented.client_assertion is not None:
            used.append("client_assertion")
        if len(used) > 1:
            raise InvalidRequest("The request uses more than one client authentication method")
        if readings and all(presented.client_id != each.client_id for each in readings):
            raise InvalidRequest(
                "client_id: it differs from the client id in the Authorization header"
            )
        if used:
            return used[0]
        # A certificate comes with the connection, so it counts only if nothing else is sent.
        return "certificate" if presented.client_id and "certificate" in self._methods else None

    def _repeats(self, presented: Presented, readings: Sequence[ClientCredentials]) -> bool:
        """Tell whether the body only repeats the ``Basic`` header, if that is allowed.

        lua-resty-openidc does that, and so do APISIX and Kong.
        """
        client_id, secret = presented.client_id or "", presented.client_secret or ""
        return self._allow_repeated and ClientCredentials(client_id, secret) in readings
