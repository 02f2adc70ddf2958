"""The search of the log for secrets finds them: see :mod:`.sentinel`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from .authentication.signing import TYPE, make_signer, signed
from .sentinel import sentinel
from .support import DIALECTS, Host, basic

MakeHost = Callable[..., Host]

SECRET = "5ecret-0f-a-caller"
TOKEN = "t0ken-0f-a-caller"

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

logger = logging.getLogger("flask_introspect")


def is_found(log: Callable[[], object]) -> bool:
    """Whether what is logged is found; it is forgotten then, for this is what is to happen."""
    assert sentinel.leaks() == []
    log()
    return bool(sentinel.leaks())


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "presented",
    [
        {"caller": ("nobody", SECRET)},
        {"caller": None, "client_id": "nobody", "client_secret": SECRET},
        {"caller": None, "headers": {"Authorization": f"Bearer {SECRET}"}},
    ],
    ids=["basic", "post", "bearer"],
)
def test_what_a_request_presents_is_found(
    host: Host, presented: dict[str, Any], dialect: str
) -> None:
    host.ask(TOKEN, dialect=dialect, **presented)
    assert is_found(lambda: logger.debug("asked about %s", TOKEN))
    assert is_found(lambda: logger.debug("with %s", SECRET))
    assert not is_found(lambda: logger.debug("with something else"))


def test_a_header_is_found_in_its_own_writing(host: Host) -> None:
    host.ask(TOKEN, caller=("nobody", SECRET))
    assert is_found(lambda: logger.debug(basic("nobody", SECRET)["Authorization"]))


def test_an_assertion_is_found(make_host: MakeHost) -> None:
    host = make_signer(make_host)
    assertion = signed()
    host.ask(TOKEN, caller=None, client_assertion_type=TYPE, client_assertion=assertion)
    assert is_found(lambda: logger.debug("signed: %s", assertion))


@pytest.mark.parametrize("token", ["tök3n-0f-a-caller", 't0ken\n"0f" a caller', "t0ken\\'s own"])
def test_a_value_is_found_as_repr_writes_it(host: Host, token: str) -> None:
    host.ask(token)
    assert is_found(lambda: logger.debug("%r", {"token": token}))


def test_fields_and_tracebacks_are_searched(host: Host) -> None:
    host.ask(TOKEN)
    assert is_found(lambda: logger.debug("a field", extra={"what": [TOKEN]}))

    def fail() -> None:
        try:
            raise LookupError(TOKEN)
        except LookupError:
            logger.exception("a traceback")

    assert is_found(fail)


def test_the_sql_of_the_endpoint_is_logged_and_searched(host: Host) -> None:
    texts: list[str] = []

    class Note(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            texts.append(record.getMessage())

    note = Note()
    logging.getLogger("sqlalchemy.engine").addHandler(note)
    try:
        host.ask("documented")
    finally:
        logging.getLogger("sqlalchemy.engine").removeHandler(note)
    assert any("FROM client" in each for each in texts)
    assert not any(word in each for each in texts for word in ("documented", "pbkdf2"))
