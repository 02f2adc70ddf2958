"""A soak: many requests while everything changes, and nobody may be told what was true before."""

from __future__ import annotations

import json
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from flask_introspect.secrets import hash_generated_secret

from .calls import JSON
from .ours import Client, Token, db, make_ours
from .report import Report, Row
from .rounds import Spread
from .scene import AUDIENCE, PATH
from .serve import Server, served
from .truth import ClientState, History, TokenState, outcomes

__all__ = ["measure"]

CALLERS, OWNERS, TOKENS, THREADS = 6, 12, 300, 8
OPTIONS = ["--workers", "2", "--threads", "4"]

#: Changes per second, at most.
PACE = 100


@dataclass
class Scene:
    """The things that change, and what was answered."""

    callers: list[History[ClientState]]
    owners: list[History[ClientState]]
    tokens: list[History[TokenState]]
    answers: Counter[str] = field(default_factory=Counter)
    stale: list[str] = field(default_factory=list)
    left: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> bool:
        """Take one of the requests that are left."""
        with self.lock:
            self.left -= 1
            return self.left >= 0


def measure(folder: Path, requests: int) -> Report:
    """Soak each database that there is: PostgreSQL and MariaDB where a variable names one."""
    given = [os.environ.get(f"BENCH_{name}_URL") for name in ("POSTGRESQL", "MARIADB")]
    urls = [url for url in given if url] or [f"sqlite:///{folder / 'soak.db'}"]
    rows = [_soak(url, requests) for url in urls]
    shape = f"gunicorn, 2 workers x 4 threads; {THREADS} clients; {requests} requests"
    return Report("soak", f"While everything changes: {shape}", rows)


def _soak(url: str, requests: int) -> Row:
    app = make_ours(url)
    with ExitStack() as stack:
        scene = stack.enter_context(_tables(app))
        server = stack.enter_context(
            served("ours without limits", url, "gunicorn gthread", OPTIONS)
        )
        scene.left = requests // 10
        _run(app, scene, server)  # until every worker has its connections and caches
        memory, begun = _memory(server), time.monotonic()
        scene.answers.clear()
        scene.left = requests
        connections = _run(app, scene, server)
        seconds, grown = time.monotonic() - begun, _memory(server) / memory
    if scene.stale:
        raise SystemExit(f"{len(scene.stale)} stale answers, such as {scene.stale[0]}")
    name = sa.make_url(url).get_backend_name()
    counts = {what: float(scene.answers[what]) for what in _WORDS}
    measures = {
        **counts,
        "stale": 0.0,
        "per second": requests / seconds,
        "connections": float(connections),
        "memory × before": grown,
    }
    return Row(name, {unit: Spread.of([value]) for unit, value in measures.items()})


_WORDS = ("active", "inactive", "unknown", "refused", "failed")


@contextmanager
def _tables(app: Flask) -> Iterator[Scene]:
    """Fill the tables with things to change, and drop them in the end."""
    with app.app_context():
        db.drop_all()
        db.create_all()
        scene = Scene([], [], [])
        for prefix, count, histories in (
            ("caller", CALLERS, scene.callers),
            ("owner", OWNERS, scene.owners),
        ):
            for number in range(count):
                state = ClientState(f"secret-{prefix}-{number}")
                stored = hash_generated_secret(state.secret)
                resources = [AUDIENCE] if prefix == "caller" else []
                db.session.add(
                    Client(
                        client_id=f"{prefix}-{number}", client_secret=stored, resources=resources
                    )
                )
                histories.append(_known(state))
        for number in range(TOKENS):
            token = TokenState(f"token-{number}-0", number % OWNERS)
            db.session.add(_row(number, token))
            scene.tokens.append(_known(token))
        db.session.commit()
    try:
        yield scene
    finally:
        with app.app_context():
            db.session.remove()
            db.drop_all()
            db.engine.dispose()


def _known(state: Any) -> History[Any]:
    history: History[Any] = History()
    history.begin(state)
    history.end()
    return history


def _row(number: int, token: TokenState) -> Token:
    row, _ = Token.issue(
        f"owner-{token.owner}", token=token.value, aud=AUDIENCE, jti=f"slot-{number}"
    )
    return row


def _run(app: Flask, scene: Scene, server: Server) -> int:
    """Ask and change until no request is left.

    :return: the most connections that the server had to the database at once.
    """
    askers = [threading.Thread(target=_ask, args=(scene, server, n)) for n in range(THREADS)]
    for each in askers:
        each.start()
    chance, most = random.Random(scene.left), 0
    with app.app_context():
        while any(each.is_alive() for each in askers):
            _change(scene, chance)
            if chance.random() < 0.02:
                most = max(most, _connections() - 1)  # without our own
            time.sleep(1 / PACE)
        db.session.remove()
    for each in askers:
        each.join()
    return most


def _change(scene: Scene, chance: random.Random) -> None:
    """Change one thing in the database: issue, revoke, expire, rotate, disable, and back."""
    kind = chance.choices(["token", "caller", "owner"], [90, 6, 4])[0]
    if kind == "token":
        number = chance.randrange(TOKENS)
        history = scene.tokens[number]
        _change_token(number, history, chance)
        return
    histories = scene.callers if kind == "caller" else scene.owners
    number = chance.randrange(len(histories))
    old = histories[number].state
    # Who is disabled comes back at its next turn: otherwise most requests would be refused.
    enabled = not old.enabled or chance.random() < 0.5
    secret = f"secret-{kind}-{number}-{chance.random()}" if chance.random() < 0.5 else old.secret
    histories[number].begin(ClientState(secret, enabled))
    db.session.execute(
        sa.update(Client)
        .where(Client.client_id == f"{kind}-{number}")
        .values(enabled=enabled, client_secret=hash_generated_secret(secret))
    )
    db.session.commit()
    histories[number].end()


def _change_token(number: int, history: History[TokenState], chance: random.Random) -> None:
    old, now = history.state, int(time.time())
    where = Token.jti == f"slot-{number}"
    what = "issue" if old.revoked or old.expired else chance.choice(["revoke", "expire", "issue"])
    if what == "issue":
        state = TokenState(f"token-{number}-{chance.random()}", chance.randrange(OWNERS))
        history.begin(state)
        db.session.execute(sa.delete(Token).where(where))
        db.session.add(_row(number, state))
    else:
        state = TokenState(old.value, old.owner, what == "revoke", what == "expire")
        history.begin(state)
        values = {"revoked_at": now} if what == "revoke" else {"exp": now - 1}
        db.session.execute(sa.update(Token).where(where).values(values))
    db.session.commit()
    history.end()


def _ask(scene: Scene, server: Server, seed: int) -> None:
    """Ask about random tokens, as random callers, until no request is left."""
    chance = random.Random(seed)
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    while scene.take():
        number, caller = chance.randrange(TOKENS), chance.randrange(CALLERS)
        secret, value = scene.callers[caller].state.secret, scene.tokens[number].state.value
        asked = time.monotonic()
        said = _answer(connection, f"caller-{caller}", secret, value)
        answered = time.monotonic()
        tokens = scene.tokens[number].between(asked, answered)
        owners = [scene.owners[each.owner].between(asked, answered) for each in tokens]
        callers = scene.callers[caller].between(asked, answered)
        allowed = outcomes(value, secret, tokens, callers, owners)
        with scene.lock:
            scene.answers[said] += 1
            if said not in allowed and said != "failed":
                scene.stale.append(f"{said} where only {sorted(allowed)} could be said")
    connection.close()


def _answer(connection: HTTPConnection, client_id: str, secret: str, token: str) -> str:
    body = json.dumps({"token": token, "client_id": client_id, "client_secret": secret})
    try:
        connection.request("POST", PATH, body, {"Content-Type": JSON})
        response = connection.getresponse()
        document = json.loads(response.read())
    except (OSError, HTTPException):
        connection.close()
        return "failed"
    if response.status == 200:
        return "active" if document["active"] else "inactive"
    return {404: "unknown", 401: "refused"}.get(response.status, "failed")


def _connections() -> int:
    """Count the connections to this database, as it says itself."""
    queries = {
        "postgresql": "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()",
        "mysql": "SELECT count(*) FROM information_schema.processlist WHERE db = database()",
    }
    query = queries.get(db.engine.dialect.name)
    found = db.session.execute(sa.text(query)).scalar_one() if query else 0
    db.session.rollback()
    return int(found)


def _memory(server: Server) -> int:
    """Add up the resident memory of the server's workers, in pages."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in children)
