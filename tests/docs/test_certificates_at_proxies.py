"""What a proxy must be told about client certificates is taken by the proxy, as the page has it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from ..clients.apache import MODULES, PROGRAM
from ..clients.tls import Certificates, make_certificates
from .pages import blocks

pytestmark = pytest.mark.slow

NGINX = """\
pid {folder}/pid; error_log stderr; events {{}}
http {{
    access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; scgi_temp_path {folder}/scgi;
    uwsgi_temp_path {folder}/uwsgi;
    server {{ listen 127.0.0.1:4443 ssl; ssl_certificate {folder}/server.pem;
        ssl_certificate_key {folder}/key.pem;
        {block} }}
}}
"""
APACHE = """\
{modules}
ServerRoot {folder}
ServerName localhost
PidFile {folder}/pid
Mutex file:{folder}
ErrorLog {folder}/error.log
<VirtualHost 127.0.0.1:4443>
    SSLEngine on
    SSLCertificateFile {folder}/server.pem
    SSLCertificateKeyFile {folder}/key.pem
{block}
</VirtualHost>
"""


def shown(language: str, certificates: Certificates) -> str:
    """The page's block, with an authority that there is."""
    (text,) = (each.text for each in blocks(language) if each.page == "authentication.rst")
    for place in ("nginx", "apache2"):
        text = text.replace(f"/etc/{place}/clients-ca.pem", str(certificates.authority))
    return text


def check(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
def test_nginx_takes_what_the_page_says_about_certificates(tmp_path: Path) -> None:
    block = shown("nginx", make_certificates(tmp_path))
    config = tmp_path / "nginx.conf"
    config.write_text(NGINX.format(folder=tmp_path, block=block))
    check(["nginx", "-t", "-c", str(config)])


@pytest.mark.skipif(not (MODULES / "mod_ssl.so").exists(), reason="Apache is not installed")
def test_apache_takes_what_the_page_says_about_certificates(tmp_path: Path) -> None:
    block = shown("apache", make_certificates(tmp_path))
    modules = ("mpm_event", "authn_core", "authz_core", "headers", "socache_shmcb", "ssl")
    loaded = "\n".join(f"LoadModule {each}_module {MODULES}/mod_{each}.so" for each in modules)
    config = tmp_path / "apache.conf"
    config.write_text(APACHE.format(folder=tmp_path, block=block, modules=loaded))
    check([PROGRAM, "-t", "-f", str(config)])
