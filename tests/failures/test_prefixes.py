"""An endpoint with a prefix of its own is told of its own keys."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import flask_introspect
from flask_introspect import IntrospectBlueprint

from ..support import Client, Host, Token, errors_in

PREFIX = "TENANT_INTROSPECT_"
SAID = "something of the host's"
PACKAGE = Path(flask_introspect.__file__).parent


def failing(*_: Any) -> Any:
    raise LookupError(SAID)


def silent(*_: Any) -> Any:
    return "neither yes nor no"


def texts_of(path: Path) -> Iterator[str]:
    """Yield the texts that a module's code uses: all but its docstrings."""
    tree = ast.parse(path.read_text())
    documents = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in documents:
            yield node.value  # type: ignore[attr-defined]


def test_no_text_of_the_code_names_a_key_with_a_prefix() -> None:
    found = {
        (path.relative_to(PACKAGE).as_posix(), text)
        for path in PACKAGE.rglob("*.py")
        for text in texts_of(path)
        if "INTROSPECT_" in text
    }
    assert found == {("settings/config.py", "INTROSPECT_")}  # the default


@pytest.mark.parametrize("call", [failing, silent], ids=["raises", "says nothing"])
@pytest.mark.parametrize("key", ["POLICY", "EXTRA_CLAIMS", "SECRET_VERIFIER"])
def test_a_callable_that_fails_is_named_by_its_own_key(
    make_host: Callable[..., Host],
    key: str,
    call: Callable[..., Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    host = make_host()
    config = {"CLIENT_MODEL": Client, "TOKEN_MODEL": Token, "CLOCK": host.clock, key: call}
    host.app.config.update({PREFIX + name: value for name, value in config.items()})
    host.app.register_blueprint(
        IntrospectBlueprint("tenant", config_prefix=PREFIX, url_prefix="/tenant")
    )
    host.add_client()
    host.add_token(aud="other_api")
    host.add_token("another's", "elsewhere")
    for token in ("documented", "another's"):
        host.send({"token": token}, path="/tenant/introspect")
    errors = [each.getMessage() for each in errors_in(caplog)]
    assert errors or (key, call) == ("SECRET_VERIFIER", silent)
    for message in errors:
        assert message.startswith(f"{PREFIX}{key}")
        assert SAID not in message
