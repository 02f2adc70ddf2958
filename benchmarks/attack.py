"""Under attack: what a healthy caller gets while somebody else sends wrong secrets."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

from . import ours
from .attacker import MAX_WAITING, Attack, attacking
from .load import Load, drive, driver, rows
from .over_http import TOKENS, check
from .report import Report, Row
from .rounds import Spread
from .scene import CALLERS
from .serve import served

HOST, SERVER = "ours behind a proxy", "gunicorn gthread"
CONNECTIONS = 4
#: Seconds of attack before the healthy caller is measured.
LEAD = 1
#: Wrong secrets a second, by the name in the table.
UNDISTURBED = "undisturbed"
RATES = {
    UNDISTURBED: 0,
    "20 wrong secrets a second": 20,
    "200 wrong secrets a second": 200,
}
#: Clients that an attacker knows, besides the healthy caller.
KNOWN = [f"known_{number}" for number in range(100)]


def measure(folder: Path, rounds: int, seconds: float) -> Report:
    """Load a server for some seconds at each rate of attack, in turns."""
    url = f"sqlite:///{folder / 'ours.db'}"
    with ours.make_ours(url).app_context():
        ours.seed(TOKENS)
        ours.add_clients(KNOWN)
    loads: dict[str, list[Load]] = {name: [] for name in RATES}
    attacks: dict[str, list[Attack]] = {name: [] for name in RATES}
    for _ in range(rounds):
        for name, rate in RATES.items():
            load, attack = _round(url, rate, seconds)
            loads[name].append(load)
            attacks[name].append(attack)
    bases = dict.fromkeys(RATES, UNDISTURBED)
    healthy = rows(loads, bases, UNDISTURBED, compared=("p50 ms", "p99 ms", "per second"))
    turns = f"{CONNECTIONS} connections; {rounds} rounds of {seconds:g} s; {driver()}"
    title = f"A healthy caller under attack: gunicorn, 1 worker, 8 threads, scrypt, {turns}"
    each = [_row(row, loads[row.name], attacks[row.name]) for row in healthy]
    notes = [note for name in RATES for note in _notes(name, loads[name], attacks[name])]
    return Report("attack", title, each, notes)


def client_ids() -> Iterator[str]:
    """Name clients to guess secrets of: known ones, unknown ones, and the healthy caller itself."""
    for number in count():
        yield KNOWN[number % len(KNOWN)]
        yield f"unknown_{number}"
        yield CALLERS["scrypt"]


def _round(url: str, rate: float, seconds: float) -> tuple[Load, Attack]:
    # A server of its own each time, since an attack leaves a queue behind.
    caller = CALLERS["scrypt"]
    with served(HOST, url, SERVER) as server:
        check(server.port, caller, HOST)  # from here on the secret counts as verified
        drive(server, caller, TOKENS, seconds=1, connections=CONNECTIONS)
        with attacking(server.port, rate, client_ids()) as attack:
            time.sleep(LEAD)
            load = drive(
                server, caller, TOKENS, seconds=seconds, connections=CONNECTIONS, strict=False
            )
    # Attackers use the same processor time, so "per CPU second" would say nothing.
    return replace(load, per_cpu_second=None), attack


def _notes(name: str, loads: Sequence[Load], attacks: Sequence[Attack]) -> Iterator[str]:
    """Say what a reader of the table could misread."""
    starved = sum(not load.count for load in loads)
    if starved:
        rounds = f"no answer at all in {starved} of {len(loads)} rounds"
        yield f"{name}: {rounds}, where the times are the length of a round, and only lower bounds"
    held_back = sum(attack.held_back for attack in attacks)
    if held_back:
        waiting = f"{MAX_WAITING} others were waiting for an answer"
        yield f"{name}: {held_back:,} secrets were not sent, since {waiting}"


def _row(row: Row, loads: Sequence[Load], attacks: Sequence[Attack]) -> Row:
    """Put what the attacker got beside the healthy caller's figures."""
    measures = {
        "healthy, not 200": Spread.of([load.bad for load in loads]),
        **{
            f"attacker's {status} per second": Spread.of(
                [attack.answers[status] / attack.seconds for attack in attacks]
            )
            for status in (401, 429, 503)
        },
        "attacker's unanswered": Spread.of([attack.unanswered for attack in attacks]),
    }
    return Row(row.name, {**measures, **row.measures})
