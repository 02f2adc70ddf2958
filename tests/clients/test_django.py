"""django-oauth-toolkit as a resource server, as the page shows it, in a Django process."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import requests

from .blocks import block
from .servers import GARBAGE, AuthServer, gunicorn

pytestmark = pytest.mark.real_clients

#: What any Django project has besides.
PROJECT = """
SECRET_KEY = "of this test"
ALLOWED_HOSTS = ["api.example.com"]
ROOT_URLCONF = "{name}_urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": "{name}.sqlite3"}}}}
"""

WSGI = "django.core.wsgi:get_wsgi_application()"

Ask = Callable[[str, str], tuple[int, Any]]


@pytest.fixture(scope="module")
def get_orders(auth: AuthServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Asks one of two Django projects for its orders: ``up``, and ``down`` whose endpoint is."""
    folder = tmp_path_factory.mktemp("django")
    ports = {}
    with ExitStack() as cleanup:
        for name, place in (("up", auth.place), ("down", auth.closed_place)):
            settings = block("django-settings", place) + PROJECT.format(name=name)
            (folder / f"{name}_settings.py").write_text(settings, "utf-8")
            (folder / f"{name}_urls.py").write_text(block("django-urls"), "utf-8")
            environment = {
                **auth.trust,
                "DJANGO_SETTINGS_MODULE": f"{name}_settings",
                "PYTHONPATH": str(folder),
            }
            migrate = [sys.executable, "-m", "django", "migrate", "--verbosity", "0"]
            subprocess.run(migrate, cwd=folder, env={**os.environ, **environment}, check=True)
            listening = cleanup.enter_context(socket.create_server(("127.0.0.1", 0)))
            tls = ["--certfile", str(auth.certificates.certificate)]
            tls += ["--keyfile", str(auth.certificates.key)]
            cleanup.enter_context(gunicorn(listening, WSGI, environment, tls, folder))
            ports[name] = listening.getsockname()[1]

        def ask(name: str, token: str) -> tuple[int, Any]:
            # The name that the world knows it by: it is compared with the token's audience.
            headers = {"Authorization": f"Bearer {token}", "Host": "api.example.com"}
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


@pytest.mark.parametrize("what", ["without the scope", "that nobody issued"])
def test_a_token_is_refused(auth: AuthServer, get_orders: Ask, what: str) -> None:
    token = GARBAGE if what == "that nobody issued" else auth.issue("write")
    assert get_orders("up", token)[0] == 403


def test_nobody_gets_in_when_the_endpoint_is_down(auth: AuthServer, get_orders: Ask) -> None:
    assert get_orders("down", auth.users_token)[0] == 403
