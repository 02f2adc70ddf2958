"""NGINX with njs as a resource server, with the configuration and the script of the page."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from .blocks import block
from .servers import (
    GARBAGE,
    TRUSTED,
    AuthServer,
    free_port,
    missing,
    public_folder,
    running,
    wait_for,
)

pytestmark = pytest.mark.real_clients

PROGRAM = shutil.which("nginx") or "/usr/sbin/nginx"
MODULE = Path("/usr/lib/nginx/modules/ngx_http_js_module.so")

CONFIGURATION = """\
load_module {module};
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    scgi_temp_path {folder}/scgi;
    uwsgi_temp_path {folder}/uwsgi;
    upstream orders {{ server 127.0.0.1:{orders}; }}
    server {{
        listen 127.0.0.1:{orders};
        location / {{ return 200 "of $http_x_user"; }}
    }}
    {servers}
}}
"""

#: What is printed of an answer that is no refusal, and the status.
Answer = tuple[int, str | None]
GetOrders = Callable[..., Answer]


def configurations(auth: AuthServer, authority: str) -> Mapping[str, str]:
    """The page's block where the endpoint is up, is down, or is not trusted."""
    trust = (TRUSTED, authority)
    return {
        "up": block("nginx-njs", auth.place, trust),
        "down": block("nginx-njs", auth.closed_place, trust),
        "not trusted": block("nginx-njs", auth.place),
    }


@pytest.fixture(scope="module")
def get_orders(auth: AuthServer) -> Iterator[GetOrders]:
    """Asks one of the servers for its orders."""
    if not (Path(PROGRAM).exists() and MODULE.exists()):
        missing("NGINX with njs")
    with ExitStack() as cleanup:
        folder = cleanup.enter_context(public_folder())
        authority = shutil.copy(auth.certificates.authority, folder)
        (folder / "introspection.js").write_text(block("introspection-js"), "utf-8")
        made = configurations(auth, str(authority))
        ports = {name: free_port() for name in made}
        servers = "".join(
            f"server {{ listen 127.0.0.1:{ports[name]};\n{text}}}\n" for name, text in made.items()
        )
        text = CONFIGURATION.format(
            module=MODULE, folder=folder, orders=free_port(), servers=servers
        )
        (folder / "nginx.conf").write_text(text, "utf-8")
        command = [PROGRAM, "-p", str(folder), "-e", str(folder / "error.log")]
        command += ["-c", str(folder / "nginx.conf")]
        process = cleanup.enter_context(running(command, {}, folder))
        for port in ports.values():
            wait_for(port, process)

        def ask(token: str | None, server: str = "up", **headers: str) -> Answer:
            if token is not None:
                headers["Authorization"] = f"Bearer {token}"
            url = f"http://127.0.0.1:{ports[server]}/orders"
            answer = requests.get(url, headers=headers, timeout=30)
            return answer.status_code, answer.text if answer.ok else None

        yield ask


def test_a_live_token_gets_in_as_its_user(auth: AuthServer, get_orders: GetOrders) -> None:
    assert get_orders(auth.users_token) == (200, "of user123")


def test_nobody_gets_another_user_by_a_header(auth: AuthServer, get_orders: GetOrders) -> None:
    forged = {"X-User": "root", "X-Sub": "root"}
    assert get_orders(auth.users_token, **forged) == (200, "of user123")


def test_a_revoked_token_is_refused_at_once(auth: AuthServer, get_orders: GetOrders) -> None:
    token = auth.issue()
    assert get_orders(token) == (200, "of test_client_1")
    assert get_orders(auth.revoke(token))[0] == 401


@pytest.mark.parametrize("token", [None, GARBAGE], ids=["no token", "one that nobody issued"])
def test_who_has_no_token_is_refused(get_orders: GetOrders, token: str | None) -> None:
    assert get_orders(token)[0] == 401


@pytest.mark.parametrize("scope", ["write", "read.all"])
def test_a_token_without_the_scope_is_refused(
    auth: AuthServer, get_orders: GetOrders, scope: str
) -> None:
    token = auth.longer_scope_token if scope == "read.all" else auth.issue(scope)
    assert get_orders(token)[0] == 403


@pytest.mark.parametrize("server", ["down", "not trusted"])
def test_nobody_gets_in_when_the_endpoint_cannot_be_asked(
    auth: AuthServer, get_orders: GetOrders, server: str
) -> None:
    assert get_orders(auth.users_token, server)[0] == 500
