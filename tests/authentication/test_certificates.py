"""Client certificates (RFC 8705), made here and handed on as proxies do."""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote

import jwt
import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.middleware.proxy_fix import ProxyFix

from flask_introspect import ConfigError
from flask_introspect.models import ClientMixin

from ..support import FORM, NOW, Host, db

MakeHost = Callable[..., Host]

# Nothing here depends on the database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

KEY = ec.generate_private_key(ec.SECP256R1())
SOURCE = {"header": "X-Client-Cert", "verified": "X-Client-Verify", "from": ["127.0.0.1"]}


class CertifiedClient(db.Model, ClientMixin):
    tls_client_auth_subject_dn: Mapped[str | None] = mapped_column(sa.String(255))
    tls_client_auth_san_dns: Mapped[str | None] = mapped_column(sa.String(255))
    tls_client_auth_san_uri: Mapped[str | None] = mapped_column(sa.String(255))
    tls_client_auth_san_ip: Mapped[str | None] = mapped_column(sa.String(255))
    tls_client_auth_san_email: Mapped[str | None] = mapped_column(sa.String(255))


def certificate(key: Any = KEY, *, begins: int = NOW - 60, ends: int = NOW + 60) -> str:
    """A certificate with every kind of name, in PEM."""
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example, Inc."),
            x509.NameAttribute(NameOID.COMMON_NAME, "certified"),
        ]
    )
    names = x509.SubjectAlternativeName(
        [
            x509.DNSName("api.example"),
            x509.UniformResourceIdentifier("https://api.example/"),
            x509.IPAddress(ipaddress.ip_address("192.0.2.7")),
            x509.RFC822Name("api@example"),
        ]
    )
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.fromtimestamp(begins, timezone.utc))
        .not_valid_after(datetime.fromtimestamp(ends, timezone.utc))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode()


PEM = certificate()


@pytest.fixture
def host(share_host: MakeHost) -> Host:
    made = share_host(
        INTROSPECT_CLIENT_MODEL=CertifiedClient,
        INTROSPECT_AUTH_METHODS=["tls_client_auth", "self_signed_tls_client_auth"],
        INTROSPECT_CLIENT_CERTIFICATE=SOURCE,
    )
    made.save(
        CertifiedClient(client_id="test_client_1"),
        CertifiedClient(
            client_id="certified",
            resources=["my_api"],
            tls_client_auth_subject_dn="CN=certified,O=Example\\, Inc.",
        ),
        CertifiedClient(
            client_id="self_signed",
            resources=["my_api"],
            jwks={"keys": [jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key(), as_dict=True)]},
        ),
    )
    made.add_token()
    return made


def ask(
    host: Host,
    pem: str | None = PEM,
    client_id: str = "certified",
    *,
    verified: str = "SUCCESS",
    address: str = "127.0.0.1",
) -> int:
    """The status of a request with a certificate, as nginx hands it on."""
    headers = {"X-Client-Cert": quote(pem), "X-Client-Verify": verified} if pem else {}
    body = {"token": "documented", "client_id": client_id}
    environ = {"environ_base": {"REMOTE_ADDR": address}}
    answer = host.send(body, FORM, caller=None, headers=headers, **environ)
    assert answer.status_code == 401 or answer.get_json()["active"] is True
    return answer.status_code


# tls_client_auth


def test_the_registered_subject_proves_the_client(host: Host) -> None:
    assert ask(host) == 200


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("subject_dn", "CN=certified,O=Example\\, Inc.", "CN=other"),
        ("san_dns", "API.example", "example"),
        ("san_uri", "https://api.example/", "https://api.example"),
        ("san_ip", "192.0.2.7", "192.0.2.8"),
        ("san_email", "api@example", "no address"),
    ],
)
def test_one_registered_name_counts(host: Host, name: str, right: str, wrong: str) -> None:
    where, column = {"client_id": "certified"}, f"tls_client_auth_{name}"
    host.change(CertifiedClient, where, tls_client_auth_subject_dn=None)
    host.change(CertifiedClient, where, **{column: right})
    assert ask(host) == 200
    host.change(CertifiedClient, where, **{column: wrong})
    assert ask(host) == 401


def test_two_registered_names_are_one_too_many(host: Host) -> None:
    host.change(CertifiedClient, {"client_id": "certified"}, tls_client_auth_san_dns="api.example")
    assert ask(host) == 401


@pytest.mark.parametrize("verified", ["NONE", "FAILED:self-signed certificate", "", "success"])
def test_a_chain_that_was_not_verified_proves_nothing(host: Host, verified: str) -> None:
    assert ask(host, verified=verified) == 401


@pytest.mark.parametrize("client_id", ["nobody", "test_client_1", "self_signed "])
def test_a_certificate_of_another_client_proves_nothing(host: Host, client_id: str) -> None:
    assert ask(host, client_id=client_id) == 401


@pytest.mark.parametrize("changes", [{"enabled": False}, {"public": True}], ids=str)
def test_a_client_that_may_not_authenticate_is_refused(host: Host, changes: Any) -> None:
    host.change(CertifiedClient, {"client_id": "certified"}, **changes)
    assert ask(host) == 401


# self_signed_tls_client_auth


def test_a_registered_key_proves_the_client(host: Host) -> None:
    assert ask(host, client_id="self_signed", verified="NONE") == 200


def test_another_key_does_not(host: Host) -> None:
    other = certificate(ec.generate_private_key(ec.SECP256R1()))
    assert ask(host, other, "self_signed") == 401


@pytest.mark.parametrize(("begins", "ends"), [(NOW + 10, NOW + 60), (NOW - 60, NOW - 10)])
def test_a_certificate_out_of_its_time_does_not(host: Host, begins: int, ends: int) -> None:
    assert ask(host, certificate(begins=begins, ends=ends), "self_signed") == 401


@pytest.mark.parametrize(
    ("registered", "status"),
    [("self_signed_tls_client_auth", 200), ("tls_client_auth", 401), ("client_secret_basic", 401)],
)
def test_the_registered_method_counts(host: Host, registered: str, status: int) -> None:
    host.change(CertifiedClient, {"client_id": "self_signed"}, auth_method=registered)
    assert ask(host, client_id="self_signed") == status


# How it comes


def test_without_a_certificate_nothing_is_proved(host: Host) -> None:
    assert ask(host, None) == 401


def test_the_header_counts_from_the_proxy_alone(host: Host) -> None:
    assert ask(host, address="192.0.2.1") == 401


def test_the_proxy_s_own_address_counts_behind_proxy_fix(host: Host) -> None:
    host.app.wsgi_app = ProxyFix(host.app.wsgi_app)  # type: ignore[method-assign]
    headers = {"X-Client-Cert": quote(PEM), "X-Client-Verify": "SUCCESS"}
    body = {"token": "documented", "client_id": "certified"}
    for address, status in (("127.0.0.1", 200), ("192.0.2.1", 401)):
        forwarded = {**headers, "X-Forwarded-For": "127.0.0.1"}
        environ = {"environ_base": {"REMOTE_ADDR": address}}
        answer = host.send(body, FORM, caller=None, headers=forwarded, **environ)
        assert answer.status_code == status


def of_rfc_9440(pem: str) -> str:
    der = x509.load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER)
    return f":{base64.b64encode(der).decode()}:"


WRITTEN = {
    "percent-encoded": quote(PEM),
    "on one line": PEM.strip().replace("\n", " "),
    "RFC 9440": of_rfc_9440(PEM),
}


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
def test_it_is_read_as_proxies_write_it(host: Host, written: str) -> None:
    headers = {"X-Client-Cert": written, "X-Client-Verify": "SUCCESS"}
    body = {"token": "documented", "client_id": "certified"}
    assert host.send(body, FORM, caller=None, headers=headers).status_code == 200


@pytest.mark.parametrize("junk", ["x", "::", ":x:", "-----BEGIN CERTIFICATE-----", "%", "é"])
def test_what_is_no_certificate_proves_nothing(host: Host, junk: str) -> None:
    headers = {"X-Client-Cert": junk, "X-Client-Verify": "SUCCESS"}
    body = {"token": "documented", "client_id": "certified"}
    assert host.send(body, FORM, caller=None, headers=headers).status_code == 401


def test_a_variable_of_the_server_is_read_as_it_is(make_host: MakeHost) -> None:
    host = make_host(
        INTROSPECT_CLIENT_MODEL=CertifiedClient,
        INTROSPECT_AUTH_METHODS=["self_signed_tls_client_auth"],
        INTROSPECT_CLIENT_CERTIFICATE={"environ": "SSL_CLIENT_CERT", "verified": None},
    )
    key = jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
    host.save(CertifiedClient(client_id="certified", jwks=key))
    body = {"token": "documented", "client_id": "certified"}
    environ = {"environ_base": {"SSL_CLIENT_CERT": PEM}}
    assert host.send(body, FORM, caller=None, **environ).status_code == 200
    assert (
        host.send(
            body, FORM, caller=None, headers={"SSL-Client-Cert": PEM.replace("\n", " ")}
        ).status_code
        == 401
    )


# Configuration


@pytest.mark.parametrize(
    "given",
    [
        None,
        {"header": "X-Client-Cert"},
        {"header": "X-Client-Cert", "verified": None},
        {"header": "X-Client-Cert", "verified": None, "from": []},
        {"header": "X-Client-Cert", "verified": None, "from": ["proxy"]},
        {"header": "X", "environ": "Y", "verified": None},
        {"header": "", "verified": None, "from": ["127.0.0.1"]},
        {"environ": "SSL_CLIENT_CERT", "verified": None, "typo": 1},
    ],
    ids=str,
)
def test_what_cannot_work_fails_at_registration(make_host: MakeHost, given: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        make_host(INTROSPECT_AUTH_METHODS=["tls_client_auth"], INTROSPECT_CLIENT_CERTIFICATE=given)
    assert caught.value.key == "INTROSPECT_CLIENT_CERTIFICATE"
