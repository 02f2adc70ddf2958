"""What goes wrong stays in the caller's dialect, is logged with its cause and without secrets, and stays ours alone."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, Response, abort, request
from flask_sqlalchemy import SQLAlchemy
from werkzeug.exceptions import HTTPException

from flask_introspect import IntrospectBlueprint, TemporarilyUnavailable, introspect

from .support import CHALLENGE, DOCUMENTED, FORM, HEADERS, JSON, PATH, Client, Clock, Host, db, error_body, make_app

DIALECTS = [pytest.param(JSON, id="json"), pytest.param(FORM, id="form")]
TOKEN = "tok-5up3r-s3cret"
UNAVAILABLE = (503, "temporarily_unavailable", "The token store is unavailable, try again later")
SERVER_ERROR = (500, "server_error", "The server could not answer the request")


@pytest.fixture(autouse=True)
def no_secret_in_the_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level("DEBUG")
    yield
    for word in (TOKEN, "test_secret", "dGVzdF9jbGll"):
        assert word not in caplog.text


def assert_error(host: Host, dialect: str, error: tuple[int, str, str], **request: Any) -> Mapping[str, str]:
    response = host.ask(TOKEN, dialect=dialect, **request)
    assert (response.status_code, response.data) == (error[0], error_body(dialect, *error))
    assert {name: response.headers[name] for name in HEADERS} == HEADERS
    return response.headers


# The store


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("warm", [True, False])
def test_a_store_that_does_not_answer_is_a_503_and_a_log_line_with_the_cause(
    lone_host: Host, dialect: str, warm: bool, caplog: pytest.LogCaptureFixture
) -> None:
    if warm:
        lone_host.ask(TOKEN)
    with lone_host.app.app_context():
        db.drop_all()
    headers = assert_error(lone_host, dialect, UNAVAILABLE)
    assert set(headers.keys()) == {*HEADERS, "Content-Length", "Retry-After"}
    assert headers["Retry-After"] == "5"
    (line,) = caplog.records
    assert (line.levelno, line.name) == (logging.ERROR, "flask_introspect")
    assert re.match(r"the token store did not answer: \w+: .*client", line.getMessage())


def test_a_store_that_answers_again_is_used_again(lone_host: Host) -> None:
    lone_host.ask("documented")
    with lone_host.app.app_context():
        db.drop_all()
        assert lone_host.ask("documented").status_code == 503
        db.create_all()
    lone_host.add_client(resources=["my_api"])
    lone_host.add_token()
    assert lone_host.ask("documented").get_json() == DOCUMENTED


def test_a_missing_token_table_is_a_503_too(lone_host: Host) -> None:
    with lone_host.app.app_context():
        db.metadata.tables["token"].drop(db.engine)
    assert_error(lone_host, JSON, UNAVAILABLE)


def test_an_unreachable_database_is_a_503(caplog: pytest.LogCaptureFixture) -> None:
    app = make_app("sqlite:////nowhere/at/all/test.db", INTROSPECT_CLOCK=Clock())
    assert_error(Host(app, Clock()), FORM, UNAVAILABLE)
    assert "OperationalError" in caplog.text


def test_a_failed_session_of_the_hosts_is_left_usable(make_lone_host: Callable[..., Host]) -> None:
    host = make_lone_host(INTROSPECT_SESSION=lambda: db.session)
    with host.app.app_context():
        db.metadata.tables["token"].drop(db.engine)
        with pytest.raises(TemporarilyUnavailable):
            introspect("x")
        assert db.session.scalar(db.select(sa.func.count()).select_from(Client)) == 0


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_session_callable_that_raises_is_a_server_error(make_host: Callable[..., Host], dialect: str) -> None:
    def session() -> Any:
        raise LookupError(TOKEN)

    assert_error(make_host(INTROSPECT_SESSION=session), dialect, SERVER_ERROR)


@pytest.mark.parametrize("column", ["resources", "visible_claims", "visible_scopes"])
def test_a_client_row_that_cannot_be_read_is_refused_with_a_log_line(
    host: Host, column: str, caplog: pytest.LogCaptureFixture
) -> None:
    host.change(Client, {"client_id": "test_client_1"}, **{column: {"not": "a list"}})
    assert host.ask("documented").status_code == 401
    assert "client 'test_client_1' cannot be read" in caplog.text


# The host's own claims


def failing(token: Any, caller: Any) -> dict[str, Any]:
    raise LookupError(f"{TOKEN} {caller.secrets} test_secret")


NO_CLAIMS: dict[str, Callable[..., Any]] = {
    "raises": failing,
    "returns a list": lambda token, caller: ["x"],
    "returns a text": lambda token, caller: TOKEN,
    "returns a time": lambda token, caller: {"at": datetime(2022, 1, 1)},
    "returns NaN": lambda token, caller: {"n": float("nan")},
    "returns a set": lambda token, caller: {"n": {1}},
    "takes too few arguments": lambda token: {},
}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("extra", NO_CLAIMS.values(), ids=NO_CLAIMS)
def test_claims_that_fail_are_a_server_error_and_a_log_line_without_secrets(
    make_host: Callable[..., Host], extra: Callable[..., Any], dialect: str, caplog: pytest.LogCaptureFixture
) -> None:
    host = make_host(INTROSPECT_EXTRA_CLAIMS=extra)
    host.add_client(resources=["my_api"])
    host.add_token(TOKEN)
    assert_error(host, dialect, SERVER_ERROR)
    (line,) = caplog.records
    assert line.levelno == logging.ERROR
    assert "unforeseen" in line.getMessage()
    assert ", line " in line.getMessage()  # where
    assert "pbkdf2" not in caplog.text
    host.add_token("revoked", revoked_at=1)
    assert host.ask("revoked").get_json() == {"active": False}


def test_a_request_after_a_failed_one_is_answered(make_host: Callable[..., Host]) -> None:
    fail = [True]
    host = make_host(INTROSPECT_EXTRA_CLAIMS=lambda token, caller: 1 / 0 if fail.pop() else {})
    fail.insert(0, False)
    host.add_client(resources=["my_api"])
    host.add_token()
    assert host.ask("documented").status_code == 500
    assert host.ask("documented").get_json() == DOCUMENTED


@pytest.mark.parametrize(
    "config",
    [
        {"PROPAGATE_EXCEPTIONS": True},
        {"DEBUG": True},
        {"TESTING": True},
        {"TRAP_HTTP_EXCEPTIONS": True, "TRAP_BAD_REQUEST_ERRORS": True},
    ],
    ids=str,
)
def test_errors_are_answered_in_every_mode_of_flask(make_host: Callable[..., Host], config: dict[str, bool]) -> None:
    host = make_host(INTROSPECT_EXTRA_CLAIMS=failing)
    host.app.config.update(config)
    host.add_client(resources=["my_api"])
    host.add_token(TOKEN)
    assert_error(host, JSON, SERVER_ERROR)
    assert host.send(b"x" * 70_000, FORM).status_code == 413
    assert host.send(b"", FORM, method="GET").status_code == 405


# Hooks of the host's


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("status", "code", "text"),
    [
        (400, "invalid_request", "The request is malformed"),
        (401, "invalid_client", "Client authentication failed"),
        (403, "unauthorized_client", "The client is not allowed to introspect tokens"),
        (404, "invalid_request", "Not Found"),
        (413, "invalid_request", "The request body is too large"),
        (418, "invalid_request", "I'm a teapot"),
        (503, "temporarily_unavailable", "The token store is unavailable, try again later"),
    ],
)
def test_a_hook_that_aborts_is_answered_in_the_callers_dialect(
    fresh_host: Host, status: int, code: str, text: str, dialect: str
) -> None:
    fresh_host.app.before_request(lambda: abort(status, f"no {TOKEN}"))
    headers = assert_error(fresh_host, dialect, (status, code, text))
    assert headers.get("WWW-Authenticate") == (CHALLENGE if status == 401 else None)
    assert ("Retry-After" in headers) is (status == 503)


def test_a_hook_may_answer_itself(fresh_host: Host) -> None:
    fresh_host.app.before_request(lambda: Response("closed", 503))
    response = fresh_host.ask("documented")
    assert (response.status_code, response.data) == (503, b"closed")


def test_a_hook_may_abort_with_an_answer_of_its_own(fresh_host: Host) -> None:
    fresh_host.app.before_request(lambda: abort(Response("closed", 503)))
    response = fresh_host.ask("documented")
    assert (response.status_code, response.data) == (503, b"closed")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_hook_that_fails_is_a_server_error(fresh_host: Host, dialect: str) -> None:
    def fail() -> None:
        raise LookupError(request.get_data())

    fresh_host.app.before_request(fail)
    assert_error(fresh_host, dialect, SERVER_ERROR)


def test_hooks_after_the_request_see_our_answers(fresh_host: Host) -> None:
    def mark(response: Response) -> Response:
        response.headers["X-Request-Id"] = "7"
        return response

    fresh_host.app.after_request(mark)
    for token in ("documented", "nothing", ""):
        assert fresh_host.ask(token).headers["X-Request-Id"] == "7"


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("read", ["data", "form", "values"])
def test_hooks_after_the_request_may_look_at_it(fresh_host: Host, dialect: str, read: str) -> None:
    seen: list[Any] = []

    def look(response: Response) -> Response:
        seen.append(getattr(request, read))
        return response

    fresh_host.app.after_request(look)
    assert fresh_host.ask("documented", dialect=dialect).get_json() == DOCUMENTED
    if read == "data":
        assert b"documented" in seen[0]
    else:
        assert seen[0].get("token") == (None if dialect == JSON else "documented")


def test_a_hook_may_replace_the_body(fresh_host: Host) -> None:
    def replace(response: Response) -> Response:
        response.set_data(b"{}")
        return response

    fresh_host.app.after_request(replace)
    response = fresh_host.ask("documented")
    assert (response.data, response.headers["Content-Length"]) == (b"{}", "2")


# Error handlers of the host's


@pytest.fixture
def loud(make_host: Callable[..., Host]) -> Host:
    """A host that handles every error itself, with pages."""
    host = make_host(INTROSPECT_EXTRA_CLAIMS=failing)

    def page(error: Exception) -> tuple[str, int]:
        code = error.code if isinstance(error, HTTPException) else 599
        return f"<h1>{code}</h1>", code or 599

    for what in (400, 401, 403, 404, 405, 413, 415, 429, 500, 503, HTTPException, Exception, LookupError):
        host.app.register_error_handler(what, page)

    host.app.add_url_rule("/read", "read", lambda: "read", methods=["GET"])

    @host.app.post("/own")
    def own() -> str:
        if request.form.get("fail"):
            raise LookupError("own")
        return str(len(request.get_data()))

    host.add_client(resources=["my_api"])
    host.add_token()
    return host


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"body": b"", "content_type": FORM}, 400),
        ({"body": b"token=x", "content_type": FORM, "caller": None}, 401),
        ({"body": b"x" * 70_000, "content_type": FORM}, 413),
        ({"body": b"x", "content_type": "text/plain"}, 415),
        ({"method": "GET"}, 405),
        ({"method": "OPTIONS"}, 405),
        ({"body": b"token=documented", "content_type": FORM}, 500),
        ({"body": b'{"token": "nothing"}', "content_type": JSON}, 404),
    ],
    ids=str,
)
def test_the_hosts_error_handlers_are_not_reached_by_our_route(
    loud: Host, request_: dict[str, Any], status: int
) -> None:
    response = loud.send(**request_)
    assert (response.status_code, response.content_type) == (status, "application/json")


@pytest.mark.parametrize(
    ("request_", "status", "body"),
    [
        ({"path": "/nowhere"}, 404, b"<h1>404</h1>"),
        ({"path": f"{PATH}/"}, 404, b"<h1>404</h1>"),
        ({"path": "/own", "method": "GET"}, 405, b"<h1>405</h1>"),
        ({"path": "/read", "method": "PUT"}, 405, b"<h1>405</h1>"),
        ({"path": "/own", "body": b"fail=1", "content_type": FORM}, 599, b"<h1>599</h1>"),
        ({"path": "/own", "body": b"x" * 100_000}, 200, b"100000"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_the_hosts_own_routes_are_not_touched_by_ours(
    loud: Host, request_: dict[str, Any], status: int, body: bytes
) -> None:
    response = loud.send(**request_)
    assert (response.status_code, response.data) == (status, body)
    assert "Cache-Control" not in response.headers


def test_the_hosts_own_get_on_our_path_is_left_alone(fresh_host: Host) -> None:
    fresh_host.app.add_url_rule(PATH, "explained", lambda: "This is for POST", methods=["GET"])
    assert fresh_host.send(method="GET").data == b"This is for POST"
    assert fresh_host.ask("documented").get_json() == DOCUMENTED
    allowed = {method.strip() for method in fresh_host.send(method="PUT").headers["Allow"].split(",")}
    assert allowed >= {"POST", "GET"}


def test_an_application_without_our_blueprint_is_not_affected_by_it(host: Host) -> None:
    other = Flask(__name__)
    other.add_url_rule("/own", "own", lambda: "own")
    assert other.test_client().post("/own").content_type.startswith("text/html")
    assert "introspect" not in other.extensions


# Databases by bind key


def test_clients_and_tokens_may_stand_in_databases_of_their_own(tmp_path: Any) -> None:
    from flask_introspect.models import ClientMixin, TokenMixin

    local = SQLAlchemy()

    class BoundClient(local.Model, ClientMixin):  # type: ignore[name-defined, misc]
        __bind_key__ = "clients"

    class BoundToken(local.Model, TokenMixin):  # type: ignore[name-defined, misc]
        __bind_key__ = "tokens"

    app = Flask(__name__)
    app.config.update(
        SQLALCHEMY_BINDS={name: f"sqlite:///{tmp_path / name}.db" for name in ("clients", "tokens")},
        INTROSPECT_CLIENT_MODEL=BoundClient,
        INTROSPECT_TOKEN_MODEL=BoundToken,
    )
    local.init_app(app)
    app.register_blueprint(IntrospectBlueprint())
    with app.app_context():
        local.create_all(["clients", "tokens"])
        clients = [BoundClient.create(name)[0] for name in ("app", "rs", "off")]
        clients[2].enabled = False
        rows = [BoundToken.issue(name, token=f"of {name}", aud="rs")[0] for name in ("app", "off", "gone")]
        local.session.add_all([*clients, *rows])
        local.session.commit()
        for caller in ("rs", None):
            found = {name: introspect(f"of {name}", caller=caller).reason.value for name in ("app", "off", "gone", "x")}
            assert found == {"app": "active", "off": "client_disabled", "gone": "client_gone", "x": "unknown"}
        assert introspect("of app", caller="app").active
        for engine in local.engines.values():
            engine.dispose()


def test_in_two_databases_a_token_for_others_costs_what_an_unknown_one_costs(tmp_path: Any) -> None:
    from flask_introspect.models import ClientMixin, TokenMixin

    from .support import statements

    local = SQLAlchemy()

    class FarClient(local.Model, ClientMixin):  # type: ignore[name-defined, misc]
        pass

    class FarToken(local.Model, TokenMixin):  # type: ignore[name-defined, misc]
        __bind_key__ = "tokens"

    app = Flask(__name__)
    app.config.update(
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path / 'clients'}.db",
        SQLALCHEMY_BINDS={"tokens": f"sqlite:///{tmp_path / 'tokens'}.db"},
        INTROSPECT_CLIENT_MODEL=FarClient,
        INTROSPECT_TOKEN_MODEL=FarToken,
    )
    local.init_app(app)
    app.register_blueprint(IntrospectBlueprint())
    with app.app_context():
        local.create_all()
        local.session.add_all(
            [FarClient.create("app")[0], FarClient.create("rs")[0], FarToken.issue("app", token="x")[0]]
        )
        local.session.commit()
        counts = []
        for token in ("x", "never was"):
            with statements() as sent:
                assert not introspect(token, caller="rs").known
            counts.append(len(sent))
        for engine in local.engines.values():
            engine.dispose()
    assert counts[0] == counts[1]
