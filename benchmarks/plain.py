"""What Flask costs with nothing on top, and the floor: the same work, by hand, with two raw SELECTs."""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
import time

from flask import Flask, Response, jsonify, request

from .scene import ISSUER, PATH

CLIENT = "SELECT client_secret, enabled FROM client WHERE client_id = ?"
TOKEN = """
    SELECT scope, client_id, username, token_type, exp, iat, nbf, sub, aud, iss, jti, revoked_at
    FROM token WHERE token_digest = ?
"""


def make_constant() -> Flask:
    """Flask answering a constant."""
    app = Flask("constant")

    @app.post(PATH)
    def introspect() -> Response:
        return jsonify(active=False)

    return app


def make_floor(path: str) -> Flask:
    """The floor, over the tables of our mixins. Its caller's secret is kept as a salted SHA-256."""
    app = Flask("floor")
    connection = sqlite3.connect(path, check_same_thread=False)

    @app.post(PATH)
    def introspect() -> Response | tuple[Response, int]:
        given = request.authorization
        if given is None or given.username is None or given.password is None:
            return jsonify(error="invalid_client"), 401
        client = connection.execute(CLIENT, (given.username,)).fetchone()
        if client is None or not client[1] or not _proves(given.password, client[0]):
            return jsonify(error="invalid_client"), 401
        digest = hashlib.sha256(request.form["token"].encode()).hexdigest()
        row = connection.execute(TOKEN, (digest,)).fetchone()
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

    return app


def _proves(secret: str, stored: str) -> bool:
    _, salt, digest = stored.split("$")
    return hmac.compare_digest(hashlib.sha256(f"{salt}{secret}".encode()).hexdigest(), digest)
