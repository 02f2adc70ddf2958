"""What it costs to be told: each way of listening, against nobody listening."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask

from flask_introspect import token_introspected

from . import ours
from .calls import environ
from .in_process import TOKENS
from .report import Report, rows_of
from .rounds import Target, run
from .scene import CALLERS, claims, spread, token

NOBODY = "nobody listens"

During = Callable[[], AbstractContextManager[Any]]


@dataclass
class Heard(Target):
    """A target that somebody listens to while it has its turn."""

    during: During = nullcontext

    def time(self, calls: int) -> None:
        """Take one turn."""
        with self.during():
            super().time(calls)


def _receive(sender: Any, event: Any) -> None: ...


@contextmanager
def _logging(path: Path) -> Iterator[None]:
    """Write a line for each answer into a file."""
    logger = logging.getLogger("flask_introspect")
    handler = logging.FileHandler(path)
    handler.setFormatter(logging.Formatter(logging.BASIC_FORMAT))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.setLevel(logging.NOTSET)
        logger.removeHandler(handler)
        handler.close()


def _right(number: int, status: int, body: Any) -> bool:
    return status == 200 and body == claims(number)


def _target(name: str, app: Flask, during: During = nullcontext) -> Target:
    def ask(number: int) -> dict[str, Any]:
        return environ(CALLERS["sha256"], token(number))

    return Heard(name, app, ask, _right, spread(TOKENS), during=during)


def make_targets(folder: Path) -> Iterator[Target]:
    """Seed a database, and make every target."""
    url = f"sqlite:///{folder / 'ours.db'}"
    app = ours.make_ours(url)
    with app.app_context():
        ours.seed(TOKENS)
    yield _target(NOBODY, app)
    yield _target("nobody listens, once more", ours.make_ours(url))
    heard = ours.make_ours(url)
    receiver = partial(token_introspected.connected_to, _receive, heard)
    yield _target("a receiver that does nothing", heard, receiver)
    line = partial(_logging, folder / "log")
    yield _target("a line for each answer, into a file", ours.make_ours(url), line)
    yield _target("INTROSPECT_METRICS", ours.make_ours(url, INTROSPECT_METRICS=True))
    untraced = ours.make_ours(url, INTROSPECT_TRACING=True)
    yield _target("INTROSPECT_TRACING, without an SDK", untraced)


def measure(folder: Path, rounds: int, calls: int) -> Report:
    """Time everything, in turns."""
    targets = list(make_targets(folder))
    run(targets, rounds, calls)
    title = f"Processor time per answer, in process; {rounds} rounds of {calls} calls"
    return Report("events", title, rows_of(targets, NOBODY, "× unheard"))
