"""What the time of an answer tells, over HTTP: who is unknown, and which tokens there are."""

from __future__ import annotations

import random
import statistics
import time
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection
from pathlib import Path

from .calls import FORM, authorization, encode
from .ours import Client, Token, db, make_ours, seed
from .report import Report, Row
from .rounds import Spread
from .scene import CALLERS, PATH, SECRET, token
from .serve import served

__all__ = ["measure"]

TOKENS = 200

#: What is asked in each case: by whom, with which secret, about which token. Each group of cases
#: gets the same answers, and should take the same time; the first is what the others are held
#: against.
GROUPS: Mapping[str, Mapping[str, tuple[str, str, str]]] = {
    "who calls": {
        "a wrong secret": (CALLERS["sha256"], "wrong", token(1)),
        "an unknown client": ("nobody", "wrong", token(1)),
        "a disabled client": ("disabled", SECRET, token(1)),
    },
    "which token": {
        "an unknown token": (CALLERS["sha256"], SECRET, token(TOKENS + 1)),
        "a token that is not for the caller": (CALLERS["sha256"], SECRET, "foreign-" + "x" * 34),
    },
}


def measure(folder: Path, samples: int) -> Report:
    """Ask each case so often, in a random order, on one connection."""
    url = f"sqlite:///{folder / 'timing.db'}"
    _seed(url)
    rows = []
    with served("ours without limits", url, "gunicorn gthread", ["--threads", "1"]) as server:
        for cases in GROUPS.values():
            rows += _rows(_ask(server.port, cases, samples))
    title = f"What time tells: milliseconds over HTTP, {samples} of each in a random order"
    note = "A guess from one measurement is right in so many of 100 cases; 50 tells nothing."
    return Report("timing", title, rows, [note])


def _seed(url: str) -> None:
    app = make_ours(url)
    with app.app_context():
        seed(TOKENS)
        stored = db.session.scalars(
            db.select(Client.client_secret).filter_by(client_id=CALLERS["sha256"])
        ).one()
        # One format for all, as most hosts have it: then there is nothing that the hash could tell.
        db.session.execute(db.update(Client).values(client_secret=stored))
        db.session.add(Client(client_id="disabled", client_secret=stored, enabled=False))
        db.session.add(Client(client_id="somebody", client_secret=stored))
        row, _ = Token.issue("somebody", token="foreign-" + "x" * 34, aud="somebody")
        db.session.add(row)
        db.session.commit()


def _ask(
    port: int, cases: Mapping[str, tuple[str, str, str]], samples: int
) -> dict[str, list[float]]:
    """Time every case: from the request's first octet to the answer's last."""
    order = [name for name in cases for _ in range(samples)]
    random.Random(0).shuffle(order)
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    times: dict[str, list[float]] = {name: [] for name in cases}
    expected: set[tuple[int, bytes]] = set()
    for turn, name in enumerate([*order[:200], *order]):
        caller, secret, asked = cases[name]
        headers = {"Authorization": authorization(caller, secret), "Content-Type": FORM}
        body = encode(asked)
        before = time.perf_counter()
        connection.request("POST", PATH, body, headers)
        response = connection.getresponse()
        answer = response.status, response.read()
        after = time.perf_counter()
        expected.add(answer)
        if turn >= 200:  # the first ones warm up
            times[name].append((after - before) * 1e3)
    connection.close()
    if len(expected) != 1:
        raise SystemExit(f"the answers differ: {expected}")
    return times


def _rows(times: Mapping[str, Sequence[float]]) -> list[Row]:
    base, *_ = times
    rows = []
    for name, values in times.items():
        cuts = statistics.quantiles(values, n=4)
        measures = {"ms": Spread(cuts[1], cuts[0], cuts[2])}
        if name != base:
            measures["right of 100"] = Spread.of([100 * _chance(times[base], values)])
            difference = cuts[1] - statistics.median(times[base])
            measures["µs more"] = Spread.of([1e3 * difference])
        rows.append(Row(name, measures))
    return rows


def _chance(base: Sequence[float], values: Sequence[float]) -> float:
    """Compute how often it is guessed right which of two measurements is which."""
    ordered = sorted(base)
    wins = sum(bisect_left(ordered, each) + bisect_right(ordered, each) for each in values)
    area = wins / (2 * len(base) * len(values))
    return max(area, 1 - area)
