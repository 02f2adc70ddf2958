"""Over HTTP: each server with one worker for each host, driven in turns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from itertools import product
from pathlib import Path

from . import ours, over_authlib
from .calls import encode
from .load import Load, ask, drive, driver, rows, split_cores
from .report import Report
from .rounds import WrongAnswer
from .scene import CALLERS, OWNER, token
from .serve import COMMANDS, served

TOKENS = 1000
CONNECTIONS = 4

#: What is served and who asks it, by the name in the table.
HOSTS: Mapping[str, tuple[str, str]] = {
    "floor": ("floor", CALLERS["sha256"]),
    "ours, secret as scrypt": ("ours", CALLERS["scrypt"]),
    "Authlib's endpoint, plain-text secret": ("authlib", OWNER),
}


def check(port: int, caller: str, name: str, number: int = 1) -> None:
    """Ask once.

    :raise WrongAnswer: the token is not active.
    """
    status, body = ask(port, caller, encode(token(number)))
    if status != 200 or json.loads(body).get("active") is not True:
        raise WrongAnswer(f"{name}: {status} {body!r}")


def seed(folder: Path) -> dict[str, str]:
    """Fill the databases.

    :return: the URL of each host's database.
    """
    url, authlib_url = f"sqlite:///{folder / 'ours.db'}", f"sqlite:///{folder / 'authlib.db'}"
    with ours.make_ours(url).app_context():
        ours.seed(TOKENS)
    with over_authlib.make_authlib(authlib_url).app_context():
        over_authlib.seed(TOKENS)
    return {"floor": url, "ours": url, "authlib": authlib_url}


def measure(folder: Path, rounds: int, seconds: float) -> Report:
    """Load each host on each server for some seconds, in turns."""
    urls = seed(folder)
    targets = {
        f"{server}: {name}": (server, *HOSTS[name]) for server, name in product(COMMANDS, HOSTS)
    }
    bases = {f"{server}: {name}": f"{server}: floor" for server, name in product(COMMANDS, HOSTS)}
    loads: dict[str, list[Load]] = {name: [] for name in targets}
    core = split_cores()  # the server has one, wrk another
    with ExitStack() as running:
        servers = {
            name: running.enter_context(served(host, urls[host], server, core=core))
            for name, (server, host, _) in targets.items()
        }
        for turn in range(rounds + 1):
            for name, (_, _, caller) in targets.items():
                check(servers[name].port, caller, name)
                load = drive(
                    servers[name], caller, TOKENS, seconds=seconds, connections=CONNECTIONS
                )
                if turn:  # the first is for warming up
                    loads[name].append(load)
    turns = f"{CONNECTIONS} connections; {rounds} rounds of {seconds:g} s; {driver()}"
    title = f"Over HTTP: one worker on one core, {turns}"
    return Report("over_http", title, rows(loads, bases, "floor"))
