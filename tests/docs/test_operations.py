"""What "Operations" promises, where no other test holds it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml

from ..conftest import Databases, on
from ..support import FORM, INACTIVE, PATH, Clock, Host, db, make_app, statements
from .pages import DOCS, blocks


def block(language: str, word: str) -> str:
    """The block of the page that has a word in it."""
    (found,) = (
        each.text
        for each in blocks(language)
        if each.page == "operations.rst" and word in each.text
    )
    return found


def test_a_probe_without_credentials_does_not_ask_the_database(host: Host) -> None:
    with statements() as seen:
        assert host.app.test_client().post(PATH).status_code == 401
    assert seen == []


def test_a_probe_with_a_made_up_token_asks_the_database(host: Host) -> None:
    host.add_client("probe", may_introspect="own")
    with statements() as seen:
        answer = host.ask("made up", caller=("probe", "test_secret"), dialect=FORM)
    assert (answer.status_code, answer.data) == (200, INACTIVE)
    assert seen


def test_the_page_names_the_alerts_that_wake_somebody_up() -> None:
    alerts = yaml.safe_load((DOCS / "prometheus-alerts.yml").read_text("utf-8"))
    rules = [rule for group in alerts["groups"] for rule in group["rules"]]
    named = re.findall(r"^\* ``(Introspection\w+)``", (DOCS / "operations.rst").read_text(), re.M)
    assert named == [rule["alert"] for rule in rules if rule["labels"]["severity"] == "page"]


@pytest.fixture(params=[on("postgresql")])
def reader(request: pytest.FixtureRequest, own_databases: Databases) -> Iterator[Host]:
    """A host whose database lets it do what the page's role may: read our tables."""
    url = sa.make_url(own_databases(request.param, "role"))
    host = Host(make_app(url.render_as_string(hide_password=False)), Clock())
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with host.app.app_context():
        db.create_all()
        host.add_documented()
        db.engine.dispose()
    name = f"introspect_{os.getpid()}"
    sql = (
        block("sql", "CREATE ROLE")
        .replace("introspect", name)
        .replace("LOGIN", "LOGIN PASSWORD 'x'")
    )
    with engine.connect() as connection:
        connection.execute(sa.text(sql))
    own = url.set(username=name, password="x")
    clock = Clock()
    yield Host(make_app(own.render_as_string(hide_password=False), INTROSPECT_CLOCK=clock), clock)
    with engine.connect() as connection:
        connection.execute(sa.text(f"DROP OWNED BY {name}; DROP ROLE {name}"))
    engine.dispose()


@pytest.mark.services
def test_a_role_that_may_only_read_is_enough(reader: Host) -> None:
    assert reader.ask("documented").get_json()["active"] is True
    assert reader.ask("nothing", dialect=FORM).data == INACTIVE
    with reader.app.app_context():
        for engine in db.engines.values():
            engine.dispose()


@pytest.mark.slow
def test_gunicorn_takes_the_pages_configuration(tmp_path: Path) -> None:
    pytest.importorskip("fcntl", reason="gunicorn needs a POSIX system")
    (tmp_path / "gunicorn.conf.py").write_text(block("python", "worker_class"), "utf-8")
    (tmp_path / "myapp.py").write_text("def create_app(): return lambda *wsgi: []", "utf-8")
    check = [sys.executable, "-m", "gunicorn", "--print-config", "myapp:create_app()"]
    done = subprocess.run(check, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert re.search(r"^threads +=? *4$", done.stdout, re.MULTILINE)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
def test_nginx_takes_the_pages_configuration(tmp_path: Path) -> None:
    own = f"pid {tmp_path}/pid; error_log stderr; events {{}}"
    temporary = "".join(
        f"{each}_temp_path {tmp_path}/{each};"
        for each in ("client_body", "fastcgi", "proxy", "scgi", "uwsgi")
    )
    config = f"{own} http {{ access_log off; {temporary} {block('nginx', 'upstream auth')} }}"
    (tmp_path / "nginx.conf").write_text(config, "utf-8")
    done = subprocess.run(
        ["nginx", "-t", "-c", str(tmp_path / "nginx.conf")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
