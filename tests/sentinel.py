"""Looks for tokens and secrets in everything that is logged while the tests run.

The loggers of the package, its SQL among them, are at DEBUG for the whole run. What requests
present is noted by a signal of Flask's, whichever application they go to; fixtures note what they
store. After each test, what was logged is searched for what was noted so far in its module.
"""

from __future__ import annotations

import logging
import re
from base64 import b64decode
from collections.abc import Iterator
from threading import Lock
from typing import Any

from flask import request

#: The loggers that write about a request: ours, our statements', and those of libraries that are
#: handed something of it.
LOGGERS = ("flask_introspect", "sqlalchemy.engine.Engine.flask_introspect", "limits", "redis")

#: What stands in any text by chance: what is short, and words of a language, numbered or not.
_BY_CHANCE = re.compile(r".{,7}|[a-z]+([-_ ][a-z]+)*\d*", re.DOTALL)

#: Of the words, those that the fixtures use everywhere are looked for all the same.
_ALWAYS = frozenset({"documented", "test_secret"})

_PRESENTED = ("token", "client_secret", "client_assertion")

_formatter = logging.Formatter()


class Sentinel(logging.Handler):
    """A handler that keeps what is logged until it was searched."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self._secrets: set[str] = set(_ALWAYS)
        self._texts: list[str] = []
        self._noting = Lock()

    def forget(self) -> None:
        """Forget what was noted: the next module has secrets of its own."""
        with self._noting:
            self._secrets = set(_ALWAYS)

    def note(self, *secrets: object) -> None:
        """Note what must never be logged."""
        for each in secrets:
            if isinstance(each, str) and (each in _ALWAYS or not _BY_CHANCE.fullmatch(each)):
                with self._noting:
                    self._secrets.update((each, repr(each)[1:-1], ascii(each)[1:-1]))

    def note_request(self, sender: Any, **_: Any) -> None:
        """Note what the present request presented: a receiver of Flask's signals."""
        scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
        self.note(credentials)
        if scheme.lower() == "basic":
            self.note(*_basic(credentials))
        sight = request.environ.get("flask_introspect.sight")
        if sight is not None and sight.presented is not None:
            self.note(*(sight.presented.parameters.get(name) for name in _PRESENTED))

    def emit(self, record: logging.LogRecord) -> None:
        # A host that logs its own SQL logs what it stores; ours has a name.
        if record.name.startswith("sqlalchemy.") and "flask_introspect" not in record.name:
            return
        self._texts.append(f"{_formatter.format(record)} {vars(record)!r}")

    def leaks(self) -> list[str]:
        """The lines since the last time that hold something of what was noted."""
        texts, self._texts = self._texts, []
        if not texts:
            return []
        with self._noting:
            whole = "\n".join(texts)
            found = [each for each in self._secrets if each in whole]
        return [f"{each!r} is in {text}" for each in found for text in texts if each in text]


def _basic(credentials: str) -> Iterator[str]:
    """The secret of a ``Basic`` header, if there is one."""
    try:
        text = b64decode(credentials).decode()
    except ValueError:
        return
    yield text.partition(":")[2]


sentinel = Sentinel()
