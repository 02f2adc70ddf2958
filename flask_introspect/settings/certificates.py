"""Where a request's client certificate is: in the WSGI environment, or in a proxy's header."""

from __future__ import annotations

import base64
import binascii
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

__all__ = ["CertificateSource"]

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

#: Stands for a Unix socket among the addresses that are believed.
_UNIX = "unix"

_MEMBERS = frozenset({"environ", "header", "verified", "from"})

_BEGIN = "-----BEGIN CERTIFICATE-----"
_END = "-----END CERTIFICATE-----"


@dataclass(frozen=True)
class CertificateSource:
    """Where the certificate is, and who is believed about it.

    :ivar variable: the name in the WSGI environment, such as ``SSL_CLIENT_CERT`` or, for a header,
        ``HTTP_X_CLIENT_CERT``.
    :ivar verified: the name that holds ``SUCCESS`` where the chain was verified; ``None`` where the
        host says that nothing else gets through.
    :ivar proxies: for a header, the addresses that it is believed from, and ``"unix"`` for a Unix
        socket; ``None`` for a variable, which no client can set.
    """

    variable: str
    verified: str | None
    proxies: Sequence[Network | str] | None

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> CertificateSource:
        """Read what the host configured.

        :param given: ``{"environ": NAME, "verified": NAME}``, or
            ``{"header": NAME, "verified": NAME, "from": [ADDRESS, ...]}``. ``"verified"`` may be
            ``None``, where nothing but verified certificates gets through.
        :raise ValueError: it cannot work; the text says why.
        """
        unknown = sorted(str(name) for name in given if name not in _MEMBERS)
        if unknown:
            raise ValueError(f"there is no member {unknown[0]!r}")
        if ("environ" in given) == ("header" in given):
            raise ValueError("it must have 'environ' or 'header'")
        if "verified" not in given:
            raise ValueError("it must have 'verified'")
        variable, verified = given.get("environ", given.get("header")), given["verified"]
        if not _is_name(variable) or not (verified is None or _is_name(verified)):
            raise ValueError("'environ', 'header' and 'verified' are names")
        if "environ" in given:
            return cls(variable, verified, None)
        if not given.get("from") or not isinstance(given["from"], (list, tuple)):
            raise ValueError("'from' must list the proxy's addresses, or nobody is believed")
        proxies = [_proxy(address) for address in given["from"]]
        return cls(_variable(variable), verified and _variable(verified), proxies)

    def certificate(self, environ: Mapping[str, Any]) -> bytes | None:
        """Return the certificate in PEM, or ``None`` if there is none to believe."""
        written = environ.get(self.variable)
        if not written or not isinstance(written, str) or not self._is_believed(environ):
            return None
        return _pem(written)

    def is_verified(self, environ: Mapping[str, Any]) -> bool:
        """Tell whether the TLS server verified the certificate's chain."""
        return self.verified is None or environ.get(self.verified) == "SUCCESS"

    def _is_believed(self, environ: Mapping[str, Any]) -> bool:
        if self.proxies is None:
            return True
        # ProxyFix puts the client's address into REMOTE_ADDR, and keeps the proxy's own here.
        original = environ.get("werkzeug.proxy_fix.orig") or environ
        written = original.get("REMOTE_ADDR") or ""
        if not written:  # what gunicorn says of a Unix socket
            return _UNIX in self.proxies
        try:
            address = ipaddress.ip_address(written)
        except ValueError:
            return False
        address = getattr(address, "ipv4_mapped", None) or address
        return any(address in network for network in self.proxies if not isinstance(network, str))


def _proxy(address: object) -> Network | str:
    """Read an address or a network that a proxy connects from."""
    if not isinstance(address, str):
        raise ValueError("'from' must list addresses as texts")
    return _UNIX if address == _UNIX else ipaddress.ip_network(address, strict=False)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _variable(header: str) -> str:
    """Name a header as the WSGI environment does."""
    return "HTTP_" + header.upper().replace("-", "_")


def _pem(written: str) -> bytes | None:
    """Read what proxies send: PEM, also percent-encoded or on one line, or RFC 9440's."""
    text = written.strip()
    if text.startswith(":") and text.endswith(":"):
        try:
            base64.b64decode(text[1:-1], validate=True)
        except (binascii.Error, ValueError):
            return None
        body = text[1:-1]
    else:
        text = unquote(text).strip() if "%" in text else text
        # Exactly one: if a header came twice, the first might be the client's own.
        if not text.startswith(_BEGIN) or not text.endswith(_END) or text.count(_BEGIN) > 1:
            return None
        body = "".join(text[len(_BEGIN) : -len(_END)].split())
    return f"{_BEGIN}\n{body}\n{_END}\n".encode("utf-8", "replace")
