"""In process: one pinned core, WSGI calls, processor time per answer."""

from __future__ import annotations

import cProfile
import pstats
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from . import ours, over_authlib
from .calls import FORM, JSON, Environ, environ, seconds_of
from .plain import make_constant, make_floor
from .report import Report, rows_of
from .rounds import Target, run
from .scene import CALLERS, OWNER, claims, spread, token

TOKENS = 1000
FLOOR = "floor: bare view, two raw SELECTs"

Right = Callable[[int, int, Any], bool]


def _right(number: int, status: int, body: Any) -> bool:
    return status == 200 and body == claims(number)


def _right_over_authlib(number: int, status: int, body: Any) -> bool:
    members = ("active", "scope", "client_id", "username", "token_type", "exp", "iat", "sub", "iss")
    return status == 200 and all(body.get(name) == claims(number)[name] for name in members)


def _inactive(number: int, status: int, body: Any) -> bool:
    return status == 200 and body == {"active": False}


def _ask(caller: str, content_type: str, number: int) -> Environ:
    return environ(caller, token(number), content_type)


def _ask_unknown(caller: str, number: int) -> Environ:
    return environ(caller, token(TOKENS + number))


def _hook(*args: Any) -> None: ...


def usual(
    name: str,
    app: Flask,
    caller: str,
    right: Right = _right,
    content_type: str = FORM,
    share: float = 1.0,
) -> Target:
    """Make a target of our usual request: about a token that is known, asked by a caller."""
    return Target(name, app, partial(_ask, caller, content_type), right, spread(TOKENS), share)


def seed(folder: Path) -> tuple[Path, str]:
    """Seed the databases.

    :return: the path of ours, and the URL of Authlib's.
    """
    path, authlib_url = folder / "ours.db", f"sqlite:///{folder / 'authlib.db'}"
    with ours.make_ours(f"sqlite:///{path}").app_context():
        ours.seed(TOKENS)
    with over_authlib.make_authlib(authlib_url).app_context():
        over_authlib.seed(TOKENS)
    return path, authlib_url


def make_hooked(url: str, event: str) -> Flask:
    """Make a host that hooks into its engine, so that its connections are borrowed each time."""
    app = ours.make_ours(url)
    with app.app_context():
        sa.event.listen(ours.db.engine, event, _hook)
    return app


def make_targets(folder: Path) -> Iterator[Target]:
    """Seed the databases, and make every target."""
    path, authlib_url = seed(folder)
    url = f"sqlite:///{path}"
    yield usual("Flask answering a constant", make_constant(), CALLERS["scrypt"], _inactive)
    yield usual(FLOOR, make_floor(str(path)), CALLERS["sha256"])
    yield from _ours(url)
    yield from _authlib(authlib_url)


def _ours(url: str) -> Iterator[Target]:
    app, scrypt = ours.make_ours(url), CALLERS["scrypt"]
    for scheme, caller in CALLERS.items():
        kept = "generated secret, salted SHA-256" if scheme == "sha256" else f"secret as {scheme}"
        yield usual(f"ours, {kept}", app, caller)
    ask = partial(_ask_unknown, scrypt)
    yield Target("ours, unknown token", app, ask, _inactive, spread(TOKENS))
    yield usual("ours, JSON dialect", app, scrypt, content_type=JSON)
    for hook, event in (("connection", "connect"), ("statement", "before_cursor_execute")):
        name = f"ours, borrowed connections, the host hooks into each {hook}"
        yield usual(name, make_hooked(url, event), scrypt)
    by_engine = ours.make_ours(url, INTROSPECT_SESSION=lambda: ours.db.engine)
    yield usual("ours, INTROSPECT_SESSION gives an engine", by_engine, scrypt)
    by_session = ours.make_ours(url, INTROSPECT_SESSION=lambda: ours.db.session)
    yield usual("ours, INTROSPECT_SESSION gives db.session", by_session, scrypt)


def _authlib(url: str) -> Iterator[Target]:
    above, its = over_authlib.make_ours_over_authlib(url), over_authlib.make_authlib(url)
    right, name = _right_over_authlib, "Authlib's endpoint"
    yield usual("ours, over Authlib's tables", above, OWNER, right)
    # Fewer calls of what takes long.
    yield usual(f"{name}, plain-text secret", its, OWNER, right, share=0.3)
    yield usual(f"{name}, secret as scrypt", its, CALLERS["scrypt"], right, share=0.005)


def measure(folder: Path, rounds: int, calls: int) -> Report:
    """Time everything, in turns."""
    targets = list(make_targets(folder))
    run(targets, rounds, calls)
    title = f"Processor time per answer, in process; {rounds} rounds of {calls} calls"
    return Report("in_process", title, rows_of(targets, FLOOR, "× floor"))


def profile(folder: Path, calls: int = 5000, top: int = 60) -> None:
    """Print where the time of our usual request goes."""
    targets = make_targets(folder)
    target = next(each for each in targets if each.name == "ours, secret as scrypt")
    target.check()
    requests = deque(target.request(next(target.numbers)) for _ in range(calls))
    profiler = cProfile.Profile()
    profiler.runcall(seconds_of, target.app, requests)
    for order in ("tottime", "cumulative"):
        pstats.Stats(profiler).strip_dirs().sort_stats(order).print_stats(top)
