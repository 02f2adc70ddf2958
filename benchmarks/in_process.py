"""In process: one pinned core, WSGI calls, processor time per answer."""

from __future__ import annotations

import cProfile
import pstats
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask

from . import ours, over_authlib
from .calls import FORM, JSON, Environ, environ, seconds_of
from .plain import make_constant, make_floor
from .report import Report, Row
from .rounds import Spread, Target, ratios, run
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


def _target(
    name: str, app: Flask, caller: str, right: Right = _right, content_type: str = FORM, share: float = 1.0
) -> Target:
    return Target(name, app, partial(_ask, caller, content_type), right, spread(TOKENS), share)


def make_targets(folder: Path) -> Iterator[Target]:
    """Seed the databases, and make every target."""
    path, authlib_path = folder / "ours.db", folder / "authlib.db"
    url, authlib_url = f"sqlite:///{path}", f"sqlite:///{authlib_path}"
    our_app, authlib = ours.make_ours(url), over_authlib.make_authlib(authlib_url)
    with our_app.app_context():
        ours.seed(TOKENS)
    with authlib.app_context():
        over_authlib.seed(TOKENS)
    by_engine = ours.make_ours(url, INTROSPECT_SESSION=lambda: ours.db.engine)
    by_session = ours.make_ours(url, INTROSPECT_SESSION=lambda: ours.db.session)
    ours_over_authlib = over_authlib.make_ours_over_authlib(authlib_url)
    scrypt = CALLERS["scrypt"]

    yield _target("Flask answering a constant", make_constant(), scrypt, _inactive)
    yield _target(FLOOR, make_floor(str(path)), CALLERS["sha256"])
    for scheme, caller in CALLERS.items():
        kept = "generated secret, salted SHA-256" if scheme == "sha256" else f"secret as {scheme}"
        yield _target(f"ours, {kept}", our_app, caller)
    yield Target("ours, unknown token", our_app, partial(_ask_unknown, scrypt), _inactive, spread(TOKENS))
    yield _target("ours, JSON dialect", our_app, scrypt, content_type=JSON)
    yield _target("ours, INTROSPECT_SESSION gives an engine", by_engine, scrypt)
    yield _target("ours, INTROSPECT_SESSION gives db.session", by_session, scrypt)
    yield _target("ours, over Authlib's tables", ours_over_authlib, OWNER, _right_over_authlib)
    yield _target("Authlib's endpoint, plain-text secret", authlib, OWNER, _right_over_authlib, share=0.3)
    yield _target("Authlib's endpoint, secret as scrypt", authlib, scrypt, _right_over_authlib, share=0.005)


def measure(folder: Path, rounds: int, calls: int) -> Report:
    """Time everything, in turns."""
    targets = list(make_targets(folder))
    run(targets, rounds, calls)
    seconds = {target.name: target.seconds for target in targets}
    to_floor = ratios(seconds, FLOOR)
    rows = [
        Row(name, {"µs": Spread.of([value * 1e6 for value in values]), "× floor": to_floor[name]})
        for name, values in seconds.items()
    ]
    return Report("in_process", f"Processor time per answer, in process; {rounds} rounds of {calls} calls", rows)


def profile(folder: Path, calls: int = 5000, top: int = 60) -> None:
    """Print where the time of our usual request goes."""
    target = next(target for target in make_targets(folder) if target.name == "ours, secret as scrypt")
    target.check()
    requests = [target.request(next(target.numbers)) for _ in range(calls)]
    profiler = cProfile.Profile()
    profiler.runcall(seconds_of, target.app, requests)
    for order in ("tottime", "cumulative"):
        pstats.Stats(profiler).strip_dirs().sort_stats(order).print_stats(top)
