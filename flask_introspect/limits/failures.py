"""Failed authentications: how many are allowed, and who is shut out after that."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Sequence

from limits import RateLimitItem

from ..errors import SlowDown
from .counters import Counters

__all__ = ["FailureLimits"]

#: The holder of one IPv6 address holds all of its network.
_IPV6_NETWORK = 64


class FailureLimits:
    """Shuts out callers that fail too often: a client id from one address, and an address alone.

    Only failures count. Callers that the memo of verified secrets lets in are never checked, so
    nobody can shut them out by knowing their client id.

    :param per_client: how often a client id may fail from one address.
    :param per_address: how often an address may fail, whatever the client ids.
    """

    def __init__(
        self,
        counters: Counters,
        *,
        per_client: Sequence[RateLimitItem],
        per_address: Sequence[RateLimitItem],
    ) -> None:
        self._counters = counters
        self._per_client = per_client
        self._per_address = per_address

    def check(self, client_id: str | None, address: str) -> None:
        """Refuse a caller that failed too often, before any costly work.

        :raise SlowDown: too many failures.
        :raise TemporarilyUnavailable: the storage does not answer, and nobody may go on.
        """
        network = _network(address)
        wait = self._counters.seconds_until_free(self._per_address, "address", network)
        if wait is None and client_id is not None:
            name = _fingerprint(client_id)
            wait = self._counters.seconds_until_free(self._per_client, "client", name, network)
        if wait is not None:
            raise SlowDown(retry_after=wait)

    def count(self, client_id: str | None, address: str) -> None:
        """Count a failure.

        :raise SlowDown: there were too many before this one.
        :raise TemporarilyUnavailable: the storage does not answer, and nobody may go on.
        """
        self.check(client_id, address)
        network = _network(address)
        self._counters.count(self._per_address, "address", network)
        if client_id is not None:
            self._counters.count(self._per_client, "client", _fingerprint(client_id), network)


def _fingerprint(client_id: str) -> str:
    """Name a client id of any length and any characters by a short hash."""
    return hashlib.sha256(client_id.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _network(address: str) -> str:
    """Name what one caller holds: an IPv4 address, or an IPv6 network."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return _fingerprint(address)  # a Unix socket has none
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, _IPV6_NETWORK), strict=False))
