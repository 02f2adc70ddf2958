"""Bare Flask, and the floor: the same work as ours, by hand, with two raw SELECTs."""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
import threading
import time
from typing import Any

from flask import Flask, Response, jsonify, request

from .scene import ISSUER, PATH

CLIENT = "SELECT client_secret, enabled FROM client WHERE client_id = ?"
TOKEN = """
    SELECT scope, client_id, username, token_type, exp, iat, nbf, sub, aud, iss, jti, revoked_at
    FROM token WHERE token_digest = ?
"""


def make_constant() -> Flask:
    """Make a host that answers a constant."""
    app = Flask("constant")

    @app.post(PATH)
    def introspect() -> Response:
        return jsonify(active=False)

    return app


def make_floor(path: str) -> Flask:
    """Make the floor, over the tables of our mixins.

    It knows one kind of secret, the salted SHA-256.
    """
    app = Flask("floor")
    of_thread = threading.local()

    @app.post(PATH)
    def introspect() -> Response | tuple[Response, int]:
        if not hasattr(of_thread, "connection"):
            of_thread.connection = sqlite3.connect(path)
        rows: sqlite3.Connection = of_thread.connection
        given = request.authorization
        if given is None or given.username is None or given.password is None:
            return jsonify(error="invalid_client"), 401
        client = rows.execute(CLIENT, (given.username,)).fetchone()
        if client is None or not client[1] or not _proves(given.password, client[0]):
            return jsonify(error="invalid_client"), 401
        digest = hashlib.sha256(request.form["token"].encode()).hexdigest()
        return _answer(rows.execute(TOKEN, (digest,)).fetchone())

    return app


def _answer(row: tuple[Any, ...] | None) -> Response:
    if row is None:
        return jsonify(active=False)
    scope, client_id, username, token_type, exp, iat, nbf, sub, aud, iss, jti, revoked_at = row
    if revoked_at is not None or not nbf <= time.time() < exp:
        return jsonify(active=False)
    return jsonify(
        active=True,
        scope=scope,
        client_id=client_id,
        username=username,
        token_type=token_type,
        exp=exp,
        iat=iat,
        nbf=nbf,
        sub=sub or username,
        aud=json.loads(aud),
        iss=iss or ISSUER,
        jti=jti,
    )


def _proves(secret: str, stored: str) -> bool:
    _, salt, digest = stored.split("$")
    return hmac.compare_digest(hashlib.sha256(f"{salt}{secret}".encode()).hexdigest(), digest)
