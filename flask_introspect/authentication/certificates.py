"""Client certificates: ``tls_client_auth`` and ``self_signed_tls_client_auth`` (:rfc:`8705`)."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timezone
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from ..errors import InvalidClient
from ..jose import keys_of
from ..records import Client, Refusal
from ..settings.certificates import CertificateSource
from ..storage import Reading
from .presented import Presented
from .standing import standing

__all__ = ["Certificates"]

#: Compared with the certificate if there is no client with that id.
_NOBODY = Client(client_id="", tls_client_auth_subject_dn="CN=nobody,O=nobody")

#: The attributes of a subject that can be registered by name, as RFC 4514 and OpenSSL write them.
#: Case doesn't matter in them; others are written by number.
_NAMES = {
    "CN": NameOID.COMMON_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "L": NameOID.LOCALITY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "C": NameOID.COUNTRY_NAME,
    "DC": NameOID.DOMAIN_COMPONENT,
    "UID": NameOID.USER_ID,
    "street": NameOID.STREET_ADDRESS,
    "emailAddress": NameOID.EMAIL_ADDRESS,
    "serialNumber": NameOID.SERIAL_NUMBER,
    "SN": NameOID.SURNAME,
    "GN": NameOID.GIVEN_NAME,
    "title": NameOID.TITLE,
    "organizationIdentifier": NameOID.ORGANIZATION_IDENTIFIER,
}
_ATTRIBUTES = {
    written: oid for name, oid in _NAMES.items() for written in (name, name.lower(), name.upper())
}


class Certificates:
    """The certificate of the TLS connection proves the client that ``client_id`` names.

    :param source: where the certificate is in a request.
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
        client = reading.client(client_id)
        try:
            certificate = x509.load_pem_x509_certificate(written)
            refusal = self._refusal(certificate, client, presented)
        except Exception:  # whatever the library raises, or warns of, about a caller's input
            refusal = Refusal.UNREADABLE_CREDENTIALS
        if client is None or refusal is not None:
            raise InvalidClient(reason=refusal, client_id=client_id)
        return client

    def _refusal(
        self, certificate: x509.Certificate, client: Client | None, presented: Presented
    ) -> Refusal | None:
        """Say why the certificate doesn't let the client in, or ``None`` if it does.

        It is compared even if it cannot match, so that timing reveals nothing.
        """
        now = self._clock()
        method = _method(client or _NOBODY)
        if method == "tls_client_auth":
            names_it = _is_named(certificate, client or _NOBODY)
            proved = self._source.is_verified(presented.environ) and names_it
        else:
            proved = _is_registered(certificate, client or _NOBODY)
            proved = proved and _is_valid_at(certificate, now)
        refusal = standing(client, now, method)
        if refusal is not None:
            return refusal
        if method not in self._methods:
            return Refusal.METHOD_NOT_OFFERED
        return None if proved else Refusal.WRONG_CERTIFICATE


def _method(client: Client) -> str:
    """Tell how a client proves itself: as registered, else by names, else by keys."""
    if client.auth_method in ("tls_client_auth", "self_signed_tls_client_auth"):
        return client.auth_method
    return "tls_client_auth" if _registered_names(client) else "self_signed_tls_client_auth"


def _registered_names(client: Client) -> Mapping[str, str]:
    """List the names that are registered, by their kind (RFC 8705 section 2.1.2)."""
    names = {
        "dn": client.tls_client_auth_subject_dn,
        "dns": client.tls_client_auth_san_dns,
        "uri": client.tls_client_auth_san_uri,
        "ip": client.tls_client_auth_san_ip,
        "email": client.tls_client_auth_san_email,
    }
    return {kind: name for kind, name in names.items() if name}


def _is_named(certificate: x509.Certificate, client: Client) -> bool:
    """Tell whether a certificate bears the one name that is registered."""
    registered = _registered_names(client)
    if len(registered) != 1:
        return False
    ((kind, name),) = registered.items()
    try:
        if kind == "dn":
            return certificate.subject == x509.Name.from_rfc4514_string(name, _ATTRIBUTES)
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        return _has_name(extension.value, kind, name)
    except (x509.ExtensionNotFound, ValueError):
        return False


def _has_name(names: x509.SubjectAlternativeName, kind: str, name: str) -> bool:
    if kind == "dns":
        known = names.get_values_for_type(x509.DNSName)
        return name.lower() in [each.lower() for each in known]
    if kind == "uri":
        return name in names.get_values_for_type(x509.UniformResourceIdentifier)
    if kind == "email":
        return name in names.get_values_for_type(x509.RFC822Name)
    return ipaddress.ip_address(name) in names.get_values_for_type(x509.IPAddress)


def _is_registered(certificate: x509.Certificate, client: Client) -> bool:
    """Tell whether a certificate's key is among the client's (RFC 8705 section 2.2)."""
    held = _public_bytes(certificate.public_key())
    return any(_public_bytes(key.public_key) == held for key in keys_of(client.jwks))


def _public_bytes(key: Any) -> bytes:
    encoded: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return encoded


def _is_valid_at(certificate: x509.Certificate, now: float) -> bool:
    moment = datetime.fromtimestamp(now, timezone.utc)
    return certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc
