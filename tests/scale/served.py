"""A host for gunicorn: the endpoint, and views that change things through one worker."""

from __future__ import annotations

import json
import os
import time
from threading import Lock

from flask import Flask, Response
from werkzeug.security import check_password_hash

from ..support import Client, Token, db, make_app, quick_hash

SECRET, NEW_SECRET = "test_secret", "another_secret"


class CountingVerifier:
    """The ordinary check of a stored secret, counted."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = Lock()

    def __call__(self, stored: str, presented: str) -> bool:
        with self._lock:
            self.count += 1
        return check_password_hash(stored, presented)


def make(url: str, **config: object) -> Flask:
    """What gunicorn loads."""
    verifier = CountingVerifier()
    app = make_app(url, INTROSPECT_SECRET_VERIFIER=verifier, **config)

    @app.after_request
    def say_which_worker(response: Response) -> Response:
        response.headers["X-Worker"] = str(os.getpid())
        return response

    @app.get("/checked")
    def checked() -> str:
        """How many secrets this worker checked at full cost."""
        return str(verifier.count)

    @app.post("/change/<name>")
    def change(name: str) -> str:
        """Change the client of that name, or its token."""
        CHANGES[name](db.session.scalars(db.select(Client).filter_by(client_id=name)).one())
        db.session.commit()
        return ""

    return app


def token_of(client_id: str) -> str:
    return f"token-of-{client_id}"


def revoke(client: Client) -> None:
    db.session.scalars(Token.find(token_of(client.client_id))).one().revoke()


def rotate(client: Client) -> None:
    client.client_secret = quick_hash(NEW_SECRET)


def end_the_old_secret(client: Client) -> None:
    old = {"hash": quick_hash(SECRET), "expires_at": int(time.time()) - 1}
    client.client_secret = json.dumps([old, {"hash": quick_hash(NEW_SECRET)}])


def disable(client: Client) -> None:
    client.enabled = False


def take_away_the_right(client: Client) -> None:
    client.may_introspect = "none"


#: Each is done to a client of the same name.
CHANGES = {
    each.__name__: each
    for each in (revoke, rotate, end_the_old_secret, disable, take_away_the_right)
}
