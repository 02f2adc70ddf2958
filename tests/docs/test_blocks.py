"""Every block of Python is run as it is printed, in a reader's project.

That project has a module ``myapp`` with the application, ``db`` and the models, and on the side of
an API a module ``settings``, whose endpoint is a real server. Whatever else a block uses, it must
import or make itself.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any

import pytest
import sqlalchemy as sa
import sqlalchemy.orm
from cryptography.hazmat.primitives import serialization
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from requests import Response
from werkzeug.serving import make_server

from flask_introspect import introspect_bp, plain, request_refused, token_introspected
from flask_introspect.models import ClientMixin, TokenMixin

from ..authentication.test_certificates import certificate
from ..jwt.issuer import KEYS, jwk
from .pages import Block, blocks

pytestmark = pytest.mark.slow

SECRET = "a secret of more than thirty-two bytes"


def make_project(url: str, **config: Any) -> ModuleType:
    """Make ``myapp``: models on our mixins, and not yet the endpoint."""
    db = SQLAlchemy()

    class Client(db.Model, ClientMixin):  # type: ignore[name-defined,misc]
        pass

    class Token(db.Model, TokenMixin):  # type: ignore[name-defined,misc]
        expires_at = db.Column(db.DateTime)

    app = Flask("myapp")
    app.config.update(
        SQLALCHEMY_DATABASE_URI=url,
        INTROSPECT_CLIENT_MODEL=Client,
        INTROSPECT_TOKEN_MODEL=Token,
        **config,
    )
    module = ModuleType("myapp")
    module.__path__ = []
    vars(module).update(app=app, db=db, Client=Client, Token=Token, User=object)
    vars(module).update(CONFIG={}, alert_security=print, find_access_token=Token.find)
    vars(module).update(find_refresh_token=Token.find)
    return module


@pytest.fixture(scope="module")
def server(quick_directory: Path) -> Iterator[ModuleType]:
    """The authorization server of the pages about asking: a project with a ``url``."""
    made = make_server("127.0.0.1", 0, Flask("empty"), threaded=True)
    issuer = f"http://127.0.0.1:{made.server_port}"
    methods = ["client_secret_basic", "client_secret_post", "private_key_jwt", "client_secret_jwt"]
    project: Any = make_project(
        f"sqlite:///{quick_directory}/docs.db",
        INTROSPECT_ISSUER=issuer,
        INTROSPECT_AUTH_METHODS=[*methods, "bearer"],
        INTROSPECT_CLIENT_FIELDS={"client_secret": plain("client_secret")},
    )
    project.db.init_app(project.app)
    project.app.register_blueprint(introspect_bp)
    with project.app.app_context():
        project.db.create_all()
        row, project.token = project.Token.issue("my_api", username="user123", scope="read")
        own, project.own_token = project.Token.issue("my_api", scope="introspection")
        client = project.Client(client_id="my_api", client_secret=SECRET)
        project.db.session.add_all([client, row, own])
        project.db.session.commit()
    made.app, project.issuer = project.app, issuer
    Thread(target=made.serve_forever, daemon=True).start()
    yield project
    made.shutdown()
    made.server_close()
    with project.app.app_context():
        project.db.engine.dispose()


@pytest.fixture
def settings(server: Any) -> ModuleType:
    """``settings``: what an API knows of the server that it asks."""
    module: Any = ModuleType("settings")
    module.ENDPOINT = f"{server.issuer}/v1/oauth/introspect"
    module.ISSUER, module.SECRET = server.issuer, SECRET
    module.TOKEN, module.MY_OWN_TOKEN = server.token, server.own_token
    module.PRIVATE_KEY_PEM = KEYS["RS256"].private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return module


#: Run by test_migrating.py, by tests/clients, which set up resource servers, and by tests/kit.
ELSEWHERE = {"migrating.rst", "resource-servers.rst", "testing.rst"}
PYTHON = [each for each in blocks("python") if each.page not in ELSEWHERE]


@pytest.fixture
def _blocks_leave_nothing_behind() -> Iterator[None]:
    """Undo what a block did to the process: receivers of signals, the level of our log."""
    signals = token_introspected, request_refused
    before = [set(signal.receivers) for signal in signals]
    logger = logging.getLogger("flask_introspect")
    level, handlers = logger.level, list(logger.handlers)
    yield
    logger.setLevel(level)
    logger.handlers[:] = handlers
    for signal, known in zip(signals, before, strict=True):
        for name, receiver in list(signal.receivers.items()):
            if name not in known:
                signal.disconnect(receiver)


@pytest.mark.usefixtures("_blocks_leave_nothing_behind")
@pytest.mark.parametrize("page", sorted({each.page for each in PYTHON}))
def test_the_blocks_of_a_page_run_in_their_order(
    page: str,
    server: Any,
    settings: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "settings", settings)
    Path("client.pem").write_text(certificate())
    for block in PYTHON:
        if block.page == page and block.not_run is None:
            register_keys(server)
            project: Any = make_project("sqlite://")
            for name in ("myapp", "myapp.tenant_a", "app"):
                monkeypatch.setitem(sys.modules, name, project)
            # Where SQLAlchemy looks for names.
            monkeypatch.setitem(sys.modules, "reader", ModuleType("reader"))
            run(block, project)


def take_models_away(project: Any) -> None:
    """Leave the reader a database without our tables, for models that the page shows."""
    project.db = db = SQLAlchemy()

    class Person(db.Model):  # type: ignore[name-defined,misc]
        id = db.Column(db.Integer, primary_key=True)

    project.User = Person


def register_keys(server: Any) -> None:
    """Register the keys that the reader has made so far, as the command of the page does."""
    keys = [jwk("RS256")]
    if Path("jwks.json").exists():
        keys += json.loads(Path("jwks.json").read_text())["keys"]
    with server.app.app_context():
        server.db.session.execute(sa.update(server.Client).values(jwks={"keys": keys}))
        server.db.session.commit()


def run(block: Block, project: Any) -> None:
    """Run a block; what writes to the database has one with a client in it."""
    names = vars(sys.modules["reader"])
    code = compile(block.text, str(block), "exec")
    if "(db.Model" in block.text:
        take_models_away(project)
    if "init_app" not in block.text:
        project.db.init_app(project.app)
    if re.search(r"^(\S.*)?db\.session", block.text, re.MULTILINE):
        with project.app.app_context():
            project.db.create_all()
            client, _ = project.Client.create("my_api")
            project.db.session.add(client)
            exec(code, names)
    else:
        exec(code, names)
    sa.orm.configure_mappers()  # as long as there is this "reader"
    answer = names.get("answer")
    if isinstance(answer, Response):
        assert (answer.status_code, answer.json()["active"]) == (200, True), block


def test_few_blocks_are_not_run_and_each_says_why() -> None:
    left_out = {str(each.page): each.not_run for each in PYTHON if each.not_run is not None}
    assert set(left_out) == {"authentication.rst", "migrations.rst"}


@pytest.mark.parametrize("block", [*blocks("json")], ids=str)
def test_a_block_of_json_is_json(block: Block) -> None:
    json.loads(block.text)
