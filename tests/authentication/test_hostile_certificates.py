"""Certificates, and headers with certificates, of somebody who means harm."""

from __future__ import annotations

import base64
import warnings
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from flask_introspect.settings.certificates import CertificateSource

from ..support import FORM, NOW, Host
from .test_certificates import KEY, PEM, SOURCE, CertifiedClient, certificate

MakeHost = Callable[..., Host]


@pytest.fixture
def database_url(scratch_databases: Callable[[str], str]) -> str:
    """SQLite alone: none of this is a matter of the database."""
    return scratch_databases("sqlite")


@pytest.fixture
def host(share_host: MakeHost) -> Host:
    made = share_host(
        INTROSPECT_CLIENT_MODEL=CertifiedClient,
        INTROSPECT_AUTH_METHODS=["tls_client_auth", "self_signed_tls_client_auth"],
        INTROSPECT_CLIENT_CERTIFICATE=SOURCE,
    )
    subject = "CN=certified,O=Example\\, Inc."
    made.save(
        CertifiedClient(client_id="test_client_1"),
        CertifiedClient(client_id="certified", resources=["*"], tls_client_auth_subject_dn=subject),
    )
    made.add_token()
    return made


def status(host: Host, written: str, client_id: str = "certified", **headers: str) -> int:
    sent = {"X-Client-Cert": written, "X-Client-Verify": "SUCCESS", **headers}
    body = {"token": "documented", "client_id": client_id}
    return host.send(body, FORM, caller=None, headers=sent).status_code


def der() -> bytes:
    return x509.load_pem_x509_certificate(PEM.encode()).public_bytes(Encoding.DER)


def of_der(octets: bytes) -> str:
    return f":{base64.b64encode(octets).decode()}:"


def named(*attributes: x509.NameAttribute[str], key: Any = KEY) -> str:
    """A certificate with a subject of one's own choice, as RFC 9440 writes it."""
    subject = x509.Name(attributes)
    moment = datetime.fromtimestamp(NOW, timezone.utc)
    digest = None if isinstance(key, ed448.Ed448PrivateKey) else hashes.SHA256()
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), 1)
        .not_valid_before(moment)
        .not_valid_after(datetime.fromtimestamp(NOW + 60, timezone.utc))
        .sign(key, digest)
    )
    return of_der(made.public_bytes(Encoding.DER))


def attribute(name: str, value: str) -> x509.NameAttribute[str]:
    return x509.NameAttribute(getattr(NameOID, name), value)


# The header


@pytest.mark.parametrize("join", [",", ", ", "\t"])
def test_a_header_that_came_twice_is_not_believed(host: Host, join: str) -> None:
    assert status(host, quote(PEM)) == 200
    for written in (quote(PEM), PEM.strip().replace("\n", " "), of_der(der())):
        assert status(host, f"{written}{join}{written}") == 401
        assert status(host, f"{written}{join}(null)") == 401


@pytest.mark.parametrize("verified", ["SUCCESS,NONE", "NONE,SUCCESS", "SUCCESS,SUCCESS"])
def test_a_verdict_that_came_twice_is_not_believed(host: Host, verified: str) -> None:
    assert status(host, quote(PEM), **{"X-Client-Verify": verified}) == 401


@pytest.mark.parametrize(
    ("proxies", "address", "believed"),
    [
        (["127.0.0.1"], "::ffff:127.0.0.1", True),
        (["10.0.0.0/8"], "10.1.2.3", True),
        (["10.0.0.0/8"], "11.1.2.3", False),
        (["::1"], "::1", True),
        (["::1"], "127.0.0.1", False),
        (["127.0.0.1"], "", False),
        (["127.0.0.1"], "localhost", False),
        (["unix"], "", True),
        (["unix"], "127.0.0.1", False),
        (["unix", "127.0.0.1"], "127.0.0.1", True),
    ],
)
def test_the_addresses_that_are_believed(proxies: list[str], address: str, believed: bool) -> None:
    source = CertificateSource.read({"header": "X-Cert", "verified": None, "from": proxies})
    environ = {"HTTP_X_CERT": of_der(der()), "REMOTE_ADDR": address}
    assert (source.certificate(environ) is not None) is believed


@pytest.mark.parametrize(
    "given", [[0], [b"\x7f\0\0\1"], "127.0.0.1", ["127.0.0.1", None], {"unix"}]
)
def test_an_address_that_is_none_cannot_be_believed(given: Any) -> None:
    with pytest.raises(ValueError):
        CertificateSource.read({"header": "X-Cert", "verified": None, "from": given})


# The certificate


def test_a_certificate_that_is_broken_anywhere_is_refused(host: Host) -> None:
    whole = der()
    for position in range(0, len(whole), 7):
        broken = bytearray(whole)
        broken[position] ^= 0x55
        assert status(host, of_der(bytes(broken))) in (200, 401)  # the signature is the proxy's
    assert status(host, of_der(whole[:-1])) == 401


def test_an_unknown_version_is_refused(host: Host) -> None:
    odd = der().replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x07", 1)
    assert status(host, of_der(odd)) == 401


@pytest.mark.parametrize(
    "key",
    [
        ed448.Ed448PrivateKey.generate(),
        dsa.generate_private_key(1024),
        ec.generate_private_key(ec.SECP521R1()),
    ],
    ids=lambda key: type(key).__name__,
)
def test_a_certificate_of_any_key_is_only_another_one(host: Host, key: Any) -> None:
    host.change(CertifiedClient, {"client_id": "certified"}, tls_client_auth_subject_dn=None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of making such a key
        written = named(attribute("COMMON_NAME", "x"), key=key)
    assert status(host, written) == 401


def test_an_empty_name_is_no_name(host: Host) -> None:
    host.change(CertifiedClient, {"client_id": "certified"}, tls_client_auth_subject_dn="")
    assert status(host, named()) == 401


@pytest.mark.parametrize(
    "registered",
    [
        "O=Example\\, Inc.,CN=certified",
        "CN=certified",
        "CN=certified+O=Example\\, Inc.",
        "CN=certified,O=Example\\, Inc.,C=DE",
        "CN=certified, O=Example",
        "nonsense",
        "CN=",
        "=",
    ],
)
def test_a_subject_is_compared_whole_and_in_its_order(host: Host, registered: str) -> None:
    where = {"client_id": "certified"}
    host.change(CertifiedClient, where, tls_client_auth_subject_dn=registered)
    assert status(host, quote(PEM)) == 401


@pytest.mark.parametrize(
    ("registered", "attributes"),
    [
        ("emailAddress=a@b,CN=c", [("COMMON_NAME", "c"), ("EMAIL_ADDRESS", "a@b")]),
        ("1.2.840.113549.1.9.1=a@b,CN=c", [("COMMON_NAME", "c"), ("EMAIL_ADDRESS", "a@b")]),
        ("CN=ü\\+ö", [("COMMON_NAME", "ü+ö")]),
        ("CN=\\C3\\BC", [("COMMON_NAME", "ü")]),
        ("cn=c,o=O", [("ORGANIZATION_NAME", "O"), ("COMMON_NAME", "c")]),
        (
            "UID=1,DC=b,DC=a",
            [("DOMAIN_COMPONENT", "a"), ("DOMAIN_COMPONENT", "b"), ("USER_ID", "1")],
        ),
        ("serialNumber=5,C=DE", [("COUNTRY_NAME", "DE"), ("SERIAL_NUMBER", "5")]),
    ],
)
def test_a_subject_is_written_as_openssl_does(
    host: Host, registered: str, attributes: list[tuple[str, str]]
) -> None:
    where = {"client_id": "certified"}
    host.change(CertifiedClient, where, tls_client_auth_subject_dn=registered)
    assert status(host, named(*(attribute(*each) for each in attributes))) == 200


# The method


@pytest.mark.parametrize(
    ("registered", "expected"),
    [("self_signed_tls_client_auth", 401), ("tls_client_auth", 200), ("private_key_jwt", 401)],
)
def test_the_registered_method_wins_over_what_else_is_registered(
    host: Host, registered: str, expected: int
) -> None:
    host.change(CertifiedClient, {"client_id": "certified"}, auth_method=registered)
    assert status(host, quote(PEM)) == expected


def test_keys_count_where_self_signed_is_registered_beside_a_name(host: Host) -> None:
    import jwt

    key = jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
    method = {"auth_method": "self_signed_tls_client_auth", "jwks": {"keys": [key]}}
    host.change(CertifiedClient, {"client_id": "certified"}, **method)
    assert status(host, quote(PEM), **{"X-Client-Verify": "NONE"}) == 200


def test_a_method_that_is_not_on_offer_proves_nothing(make_host: MakeHost) -> None:
    host = make_host(
        INTROSPECT_CLIENT_MODEL=CertifiedClient,
        INTROSPECT_AUTH_METHODS=["self_signed_tls_client_auth"],
        INTROSPECT_CLIENT_CERTIFICATE=SOURCE,
    )
    subject = "CN=certified,O=Example\\, Inc."
    host.save(CertifiedClient(client_id="certified", tls_client_auth_subject_dn=subject))
    assert status(host, quote(PEM)) == 401


def test_a_secret_beside_a_certificate_is_what_counts(host: Host) -> None:
    body = {"token": "documented", "client_id": "certified", "client_secret": "x"}
    headers = {"X-Client-Cert": quote(PEM), "X-Client-Verify": "SUCCESS"}
    assert host.send(body, FORM, caller=None, headers=headers).status_code == 401


def test_a_client_id_that_no_client_has_is_refused(host: Host) -> None:
    for client_id in ("a\0b", "\ud800", "x" * 5000):
        written = quote(client_id, errors="surrogatepass")
        body = f"token=documented&client_id={written}"
        headers = {"X-Client-Cert": quote(PEM), "X-Client-Verify": "SUCCESS"}
        answer = host.send(body, FORM, caller=None, headers=headers)
        assert answer.status_code in (400, 401)


def test_an_rsa_certificate_of_its_own_key_is_registered_by_that(host: Host) -> None:
    import jwt

    key = rsa.generate_private_key(65537, 2048)
    registered = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    columns = {"tls_client_auth_subject_dn": None, "jwks": {"keys": [registered]}}
    host.change(CertifiedClient, {"client_id": "certified"}, **columns)
    assert status(host, quote(certificate(key))) == 200
