"""django-oauth-toolkit as a resource server, as the page shows it, in a Django process."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests

from .blocks import block
from .servers import CALLER, GARBAGE, SECRET, AuthServer, gunicorn

pytestmark = pytest.mark.real_clients

DATABASE = "django.sqlite3"

#: What any Django project has besides.
PROJECT = f"""
SECRET_KEY = "of this test"
ALLOWED_HOSTS = [".example.com"]
ROOT_URLCONF = "urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": "{DATABASE}"}}}}
"""

WSGI = "django.core.wsgi:get_wsgi_application()"

Ask = Callable[..., tuple[int, Any]]


def settings(auth: AuthServer) -> Mapping[str, str]:
    """The page's settings: where the endpoint is up, and is down; with a token instead of the
    secret; with zero seconds.
    """
    proof = f'"RESOURCE_SERVER_INTROSPECTION_CREDENTIALS": ("{CALLER}", "{SECRET}")'
    token = auth.issue_by_command(CALLER, "introspection")
    seconds = '"RESOURCE_SERVER_TOKEN_CACHING_SECONDS": '
    return {
        "up": block("django-settings", auth.place),
        "down": block("django-settings", auth.closed_place),
        "with a token": block(
            "django-settings", auth.place, (proof, f'"RESOURCE_SERVER_AUTH_TOKEN": "{token}"')
        ),
        "zero": block("django-settings", auth.place, (f"{seconds}1", f"{seconds}0")),
    }


@pytest.fixture(scope="module")
def get_orders(auth: AuthServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Asks one of the Django projects for its orders."""
    ports = {}
    with ExitStack() as cleanup:
        database: Path | None = None
        for name, text in settings(auth).items():
            folder = tmp_path_factory.mktemp("django")
            (folder / "settings.py").write_text(text + PROJECT, "utf-8")
            (folder / "urls.py").write_text(block("django-urls"), "utf-8")
            environment = {
                **auth.trust,
                "DJANGO_SETTINGS_MODULE": "settings",
                "PYTHONPATH": str(folder),
            }
            if database is None:
                migrate = [sys.executable, "-m", "django", "migrate", "--verbosity", "0"]
                subprocess.run(migrate, cwd=folder, env={**os.environ, **environment}, check=True)
                database = folder / DATABASE
            else:
                shutil.copy(database, folder)
            listening = cleanup.enter_context(socket.create_server(("127.0.0.1", 0)))
            tls = ["--certfile", str(auth.certificates.certificate)]
            tls += ["--keyfile", str(auth.certificates.key)]
            cleanup.enter_context(gunicorn(listening, WSGI, environment, tls, folder))
            ports[name] = listening.getsockname()[1]

        def ask(name: str, token: str, host: str = "api.example.com") -> tuple[int, Any]:
            # The name that the world knows it by: it is compared with the token's audience.
            headers = {"Authorization": f"Bearer {token}", "Host": host}
            answer = requests.get(
                f"https://localhost:{ports[name]}/orders",
                headers=headers,
                verify=str(auth.certificates.authority),
                timeout=30,
            )
            return answer.status_code, answer.json() if answer.ok else None

        yield ask


def test_a_live_token_gets_in(auth: AuthServer, get_orders: Ask) -> None:
    assert get_orders("up", auth.users_token) == (200, {"of": "user123"})


def test_a_token_may_stand_for_the_secret(auth: AuthServer, get_orders: Ask) -> None:
    assert get_orders("with a token", auth.users_token) == (200, {"of": "user123"})
    assert get_orders("with a token", GARBAGE)[0] == 403


def test_with_zero_seconds_no_token_gets_in(auth: AuthServer, get_orders: Ask) -> None:
    assert get_orders("zero", auth.users_token)[0] == 403


def test_a_token_that_is_nobodys_gets_in(auth: AuthServer, get_orders: Ask) -> None:
    assert get_orders("up", auth.issue()) == (200, {"of": None})


def test_a_revoked_token_is_refused_after_the_second_that_is_set(
    auth: AuthServer, get_orders: Ask
) -> None:
    token = auth.issue()
    assert get_orders("up", token)[0] == 200
    auth.revoke(token)
    end = time.monotonic() + 10
    while (status := get_orders("up", token)[0]) == 200 and time.monotonic() < end:
        time.sleep(0.1)
    assert status == 403


def test_a_token_without_the_scope_is_refused(auth: AuthServer, get_orders: Ask) -> None:
    assert get_orders("up", auth.issue("write"))[0] == 403


def test_a_token_that_nobody_issued_is_refused(get_orders: Ask) -> None:
    assert get_orders("up", GARBAGE)[0] == 403


def test_a_token_is_refused_at_an_address_that_is_not_its_audience(
    auth: AuthServer, get_orders: Ask
) -> None:
    assert get_orders("up", auth.users_token, "other.example.com")[0] == 403


def test_nobody_gets_in_when_the_endpoint_is_down(auth: AuthServer, get_orders: Ask) -> None:
    assert get_orders("down", auth.users_token)[0] == 403
