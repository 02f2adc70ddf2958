"""Client certificates: ``tls_client_auth`` and ``self_signed_tls_client_auth`` (:rfc:`8705`)."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection
from datetime import datetime, timezone
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ..errors import InvalidClient
from ..jose import keys_of
from ..records import Client, Refusal
from ..settings.certificates import CertificateSource
from ..storage import Reading
from .presented import Presented
from .standing import standing

__all__ = ["Certificates"]


class Certificates:
    """The certificate of the TLS connection proves the client that ``client_id`` names.

    :param source: where the certificate stands in a request.
    :param methods: which of the two methods are on offer.
    :param clock: gives the present time in epoch seconds.
    """

    def __init__(
        self, source: CertificateSource, *, methods: Collection[str], clock: Callable[[], float]
    ) -> None:
        self._source = source
        self._methods = frozenset(methods)
        self._clock = clock

    def authenticate(self, presented: Presented, reading: Reading) -> Client:
        """Say which client the certificate proves.

        :raise InvalidClient: none.
        """
        client_id = presented.client_id or ""
        written = self._source.certificate(presented.environ)
        if written is None:
            raise InvalidClient(client_id=client_id)
        try:
            certificate = x509.load_pem_x509_certificate(written)
        except ValueError:
            refusal = Refusal.UNREADABLE_CREDENTIALS
            raise InvalidClient(reason=refusal, client_id=client_id) from None
        client = reading.client(client_id)
        refused = self._refusal(certificate, client, presented)
        if client is None or refused is not None:
            raise InvalidClient(reason=refused, client_id=client_id)
        return client

    def _refusal(
        self, certificate: x509.Certificate, client: Client | None, presented: Presented
    ) -> Refusal | None:
        """Say why the certificate doesn't let the client in, or ``None`` where it does."""
        now = self._clock()
        method = self._method(client)
        refusal = standing(client, now, method)
        if refusal is not None or client is None:
            return refusal
        if method not in self._methods:
            return Refusal.METHOD_NOT_OFFERED
        if method == "tls_client_auth":
            proved = self._source.is_verified(presented.environ) and _is_named(certificate, client)
        else:
            proved = _is_valid_at(certificate, now) and _is_registered(certificate, client)
        return None if proved else Refusal.WRONG_CERTIFICATE

    def _method(self, client: Client | None) -> str:
        """Choose the method by what is registered: names, or else keys."""
        if client is None or any(_registered_names(client)):
            return "tls_client_auth"
        return "self_signed_tls_client_auth"


def _registered_names(client: Client) -> tuple[str | None, ...]:
    return (
        client.tls_client_auth_subject_dn,
        client.tls_client_auth_san_dns,
        client.tls_client_auth_san_uri,
        client.tls_client_auth_san_ip,
        client.tls_client_auth_san_email,
    )


def _is_named(certificate: x509.Certificate, client: Client) -> bool:
    """Tell whether a certificate bears the one name that is registered (RFC 8705 section 2.1.2)."""
    if sum(name is not None for name in _registered_names(client)) != 1:
        return False
    subject = client.tls_client_auth_subject_dn
    if subject is not None:
        try:
            return certificate.subject == x509.Name.from_rfc4514_string(subject)
        except ValueError:
            return False
    return _has_alternative_name(certificate, client)


def _has_alternative_name(certificate: x509.Certificate, client: Client) -> bool:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    if client.tls_client_auth_san_dns is not None:
        wanted = client.tls_client_auth_san_dns.lower()
        return wanted in [name.lower() for name in names.get_values_for_type(x509.DNSName)]
    if client.tls_client_auth_san_uri is not None:
        uris = names.get_values_for_type(x509.UniformResourceIdentifier)
        return client.tls_client_auth_san_uri in uris
    if client.tls_client_auth_san_email is not None:
        return client.tls_client_auth_san_email in names.get_values_for_type(x509.RFC822Name)
    try:
        address = ipaddress.ip_address(client.tls_client_auth_san_ip or "")
    except ValueError:
        return False
    return address in names.get_values_for_type(x509.IPAddress)


def _is_registered(certificate: x509.Certificate, client: Client) -> bool:
    """Tell whether a certificate's key is among the client's (RFC 8705 section 2.2)."""
    held = _public_bytes(certificate.public_key())
    return any(_public_bytes(key.public_key) == held for key in keys_of(client.jwks))  # type: ignore[attr-defined]


def _public_bytes(key: Any) -> bytes:
    encoded: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return encoded


def _is_valid_at(certificate: x509.Certificate, now: float) -> bool:
    moment = datetime.fromtimestamp(now, timezone.utc)
    return certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc
