"""The page "Migrating": both endpoints side by side, made of the page's own code."""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any

import pytest
from authlib.integrations.flask_oauth2 import AuthorizationServer
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.security import generate_password_hash
from werkzeug.serving import make_server

from ..cli.conftest import CLI
from ..hosts import authlib_tables
from .pages import DOCS, blocks

pytestmark = pytest.mark.slow

BLOCKS = [block for block in blocks("python") if block.page == "migrating.rst"]
SECRET = "a secret"
INACTIVE = {"active": False}


def saved(name: str) -> str:
    """The block that the reader saves under a name."""
    lines = (DOCS / "migrating.rst").read_text("utf-8").splitlines()
    (found,) = (
        block
        for block in BLOCKS
        if f"Save this as ``{name}``:" in " ".join(lines[max(block.line - 4, 0) : block.line])
    )
    return found.text


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The reader's folder, with all that the page has them save."""
    for name in ("before", "after", "before_authlib", "after_authlib"):
        source = saved(f"{name}.py").replace("sqlite:///auth.db", f"sqlite:///{tmp_path}/auth.db")
        (tmp_path / f"{name}.py").write_text(source, "utf-8")
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in ("before", "after", "before_authlib", "after_authlib"):
        sys.modules.pop(name, None)


@pytest.fixture
def own(project: Path) -> Iterator[Any]:
    """The view of their own beside our endpoint: the module ``before``, with rows."""
    before: Any = importlib.import_module("before")
    importlib.import_module("after")
    now = int(time.time())
    with before.app.app_context():
        before.db.create_all()
        secret = generate_password_hash(SECRET, "pbkdf2:sha256:1")
        shop, api, gone = (
            before.Application(key=key, password_hash=secret, **columns)
            for key, columns in (
                ("shop", {}),
                ("orders_api", {"is_gateway": True}),
                ("gone", {"is_active": False}),
            )
        )
        rows = {
            "live": {},
            "expired": {"expires": now - 60},
            "revoked": {"is_revoked": True},
            "gone's": {"application": gone},
        }
        for value, columns in rows.items():
            usual = {"application": shop, "login": "user123", "scopes": "read write"}
            before.db.session.add(
                before.ApiToken(value=value, **{**usual, "expires": now + 60, **columns})
            )
        before.db.session.add(api)
        before.db.session.commit()
    yield before
    with before.app.app_context():
        before.db.engine.dispose()


@pytest.fixture
def differences(own: Any) -> Iterator[Any]:
    """The page's own function, on a server that really runs."""
    server = make_server("127.0.0.1", 0, own.app, threaded=True)
    (source,) = (block.text for block in BLOCKS if "def differences" in block.text)
    names: dict[str, Any] = {}
    exec(source.replace("https://auth.example.com", f"http://127.0.0.1:{server.port}"), names)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield names["differences"]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("caller", ["shop", "orders_api"])
def test_our_endpoint_differs_from_the_view_in_sub_alone(differences: Any, caller: str) -> None:
    caller_and_secret = (caller, SECRET)
    assert differences(caller_and_secret, "live") == {"sub": (None, "user123")}
    for token in ("expired", "revoked", "nothing"):
        assert differences(caller_and_secret, token) == {}


def test_what_the_view_forgot_counts(own: Any) -> None:
    http = own.app.test_client()
    for path, active in (("/introspect", True), ("/v1/oauth/introspect", False)):
        answer = http.post(path, data={"token": "gone's"}, auth=("orders_api", SECRET))
        assert answer.get_json()["active"] is active


def test_check_finds_nothing_wrong_with_the_mapping(own: Any) -> None:
    assert CLI(own.app)("check").exit_code == 0


# Authlib's endpoint


@pytest.fixture
def authlib(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """Authlib's endpoint beside ours, on its tables, with a client, an API and a live token."""
    db, myapp = authlib_tables.db, ModuleType("myapp")
    app = Flask("myapp")
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{project}/authlib.db"
    db.init_app(app)
    tables = authlib_tables
    server = AuthorizationServer(
        app,
        query_client=lambda client_id: db.session.scalar(
            db.select(tables.Client).filter_by(client_id=client_id)
        ),
        save_token=lambda token, request: None,
    )
    vars(myapp).update(app=app, db=db, server=server, Client=tables.Client, Token=tables.Token)
    monkeypatch.setitem(sys.modules, "myapp", myapp)
    importlib.import_module("before_authlib")
    importlib.import_module("after_authlib")
    with app.app_context():
        db.create_all()
        user = tables.User(username="user123")
        for client_id in ("shop", "orders_api"):
            db.session.add(tables.client(tables.Client, client_id, SECRET, metadata={}))
        for name, columns in TOKENS.items():
            usual = {"client_id": "shop", "issued_at": int(time.time()), "expires_in": 60}
            db.session.add(tables.token(tables.Token, name, user=user, **{**usual, **columns}))
        db.session.commit()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


TOKENS: dict[str, dict[str, Any]] = {
    "live": {},
    "never ends": {"expires_in": 0},
    "rotated": {"refresh_token_revoked_at": 1},
    "ended": {"issued_at": 1},
}
BOTH = ("/oauth/introspect", "/v1/oauth/introspect")


def ask(app: Flask, caller: str, **data: str) -> list[Any]:
    """The answers of Authlib's endpoint and of ours."""
    http: FlaskClient = app.test_client()
    return [http.post(path, data=data, auth=(caller, SECRET)) for path in BOTH]


def bodies(app: Flask, caller: str, **data: str) -> list[dict[str, Any]]:
    return [answer.get_json() for answer in ask(app, caller, **data)]


@pytest.mark.parametrize("caller", ["shop", "orders_api"])
def test_of_a_live_token_only_aud_differs(authlib: Flask, caller: str) -> None:
    theirs, ours = bodies(authlib, caller, token="live")
    assert theirs.pop("aud") == "shop"
    assert theirs == ours


def test_a_token_that_never_ends_has_no_exp(authlib: Flask) -> None:
    theirs, ours = bodies(authlib, "shop", token="never ends")
    assert theirs["exp"] == theirs["iat"]
    assert "exp" not in ours


@pytest.mark.parametrize("token", ["rotated", "refresh of ended"])
def test_either_kind_of_token_has_an_end_of_its_own(authlib: Flask, token: str) -> None:
    theirs, ours = bodies(authlib, "shop", token=token)
    assert (theirs["active"], ours["active"]) == (False, True)


def test_refresh_tokens_are_told_to_their_client_alone(authlib: Flask) -> None:
    theirs, ours = bodies(authlib, "orders_api", token="refresh of live")
    assert (theirs["active"], ours["active"]) == (True, False)


@pytest.mark.parametrize("hint", ["refresh_token", "something"])
def test_a_hint_hides_no_token(authlib: Flask, hint: str) -> None:
    theirs, ours = bodies(authlib, "shop", token="live", token_type_hint=hint)
    assert (theirs.get("active", False), ours["active"]) == (False, True)


@pytest.mark.parametrize(
    ("request_of", "theirs", "ours"),
    [
        ({"data": {"client_id": "nobody", "client_secret": SECRET}}, 400, 401),
        ({"data": {"client_id": "shop", "client_secret": SECRET}, "auth": True}, 200, 400),
        ({"json": {}, "auth": True}, 400, 200),
    ],
    ids=["unknown client in the body", "two ways at once", "JSON"],
)
def test_statuses_differ_as_the_page_says(
    authlib: Flask, request_of: dict[str, Any], theirs: int, ours: int
) -> None:
    asked = {**request_of, "auth": ("shop", SECRET) if "auth" in request_of else None}
    for kind in ("data", "json"):
        if kind in asked:
            asked[kind] = {**asked[kind], "token": "live"}
    http = authlib.test_client()
    assert [http.post(path, **asked).status_code for path in BOTH] == [theirs, ours]


def test_a_blueprint_of_ones_own_takes_over_the_old_path(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (source,) = (block.text for block in BLOCKS if "IntrospectBlueprint(" in block.text)
    tables, myapp = authlib_tables, ModuleType("myapp")
    app = Flask("myapp")
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    tables.db.init_app(app)
    vars(myapp).update(app=app, Client=tables.Client, Token=tables.Token)
    monkeypatch.setitem(sys.modules, "myapp", myapp)
    exec(source, {})
    assert app.test_client().post("/oauth/introspect").status_code == 401


def test_there_is_no_block_that_is_not_run_here() -> None:
    assert len(BLOCKS) == 6
