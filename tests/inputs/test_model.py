"""The endpoint against a model of twenty lines, whatever is done in whatever order."""

from __future__ import annotations

import os
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from ..jwt.conftest import MakeHost
from ..jwt.issuer import issued, jwks
from ..support import FORM, JSON, NOW, Client, Host, Token, db, quick_hash

pytestmark = pytest.mark.slow

CLIENTS = ["a", "b", "c"]
TOKENS = ["one", "two", "three"]
AUDIENCES = [None, "a", "b", "api", ["b", "api"]]

clients, tokens = st.sampled_from(CLIENTS), st.sampled_from(TOKENS)


class Model:
    """What the endpoint should know."""

    def __init__(self) -> None:
        self.now = NOW
        self.clients: dict[str, dict[str, Any]] = {}
        self.tokens: dict[str, dict[str, Any]] = {}

    def answer(self, caller: str, secret: str, name: str, dialect: str) -> int | bool:
        """The status of an error, or whether the token is active."""
        client, token = self.clients.get(caller), self.tokens.get(name)
        if client is None or not client["enabled"] or secret != client["secret"]:
            return 401
        aud = [] if token is None else token["aud"]
        names = {caller, *client["resources"]}
        if token is None or not (token["client"] == caller or names & set(aud)):
            return 404 if dialect == JSON else False
        owner = self.clients.get(token["client"])
        alive = not token["revoked"] and self.now < token["exp"]
        return alive and owner is not None and bool(owner["enabled"])


class Machine(RuleBasedStateMachine):
    """Does the same to a host and to the model, and compares what they say."""

    host: Host

    def __init__(self) -> None:
        super().__init__()
        self.model, self.presented, self.numbers = Model(), {"none": "nothing"}, 0
        self.host.clock.now = NOW
        with self.host.app.app_context():
            for model in (Token, Client):
                db.session.execute(sa.delete(model))
            db.session.commit()

    def next_number(self) -> int:
        self.numbers += 1
        return self.numbers

    @rule(client=clients, resources=st.sets(st.sampled_from(["api", "b"])))
    def register(self, client: str, resources: set[str]) -> None:
        if client not in self.model.clients:
            secret = f"secret {self.next_number()}"
            members = {"secret": secret, "resources": sorted(resources), "enabled": True}
            self.model.clients[client] = members
            self.host.add_client(client, secret, resources=sorted(resources))

    @rule(client=clients, enabled=st.booleans())
    def switch(self, client: str, enabled: bool) -> None:
        if client in self.model.clients:
            self.model.clients[client]["enabled"] = enabled
            self.host.change(Client, {"client_id": client}, enabled=enabled)

    @rule(client=clients)
    def rotate(self, client: str) -> None:
        if client in self.model.clients:
            secret = f"secret {self.next_number()}"
            self.model.clients[client]["secret"] = secret
            stored = quick_hash(secret)
            self.host.change(Client, {"client_id": client}, client_secret=stored)

    @rule(
        name=tokens,
        client=clients,
        aud=st.sampled_from(AUDIENCES),
        seconds=st.integers(1, 100),
        kind=st.sampled_from(["opaque", "signed", "signed, with a row"]),
    )
    def issue(self, name: str, client: str, aud: Any, seconds: int, kind: str) -> None:
        if name in self.model.tokens:
            return
        exp, jti = self.model.now + seconds, f"jti {self.next_number()}"
        audiences = aud if isinstance(aud, list) else [aud] if aud else []
        members = {"client": client, "aud": audiences, "exp": exp, "revoked": False, "jti": jti}
        self.model.tokens[name] = members
        self.presented[name] = f"opaque-{jti}".replace(" ", "-")
        if kind != "opaque":
            self.presented[name] = issued(
                "EdDSA", client_id=client, aud=aud, exp=exp, jti=jti, iat=self.model.now
            )
        if kind != "signed":
            value = self.presented[name] if kind == "opaque" else f"another {jti}"
            self.host.add_token(value, client, aud=aud, exp=exp, jti=jti, nbf=None)
        members["row"] = kind != "signed"

    @rule(name=tokens)
    def revoke(self, name: str) -> None:
        token = self.model.tokens.get(name)
        if token is not None and token["row"]:
            token["revoked"] = True
            self.host.change(Token, {"jti": token["jti"]}, revoked_at=self.model.now)

    @rule(seconds=st.integers(1, 60))
    def wait(self, seconds: int) -> None:
        self.model.now = self.host.clock.now = self.model.now + seconds

    @rule(caller=clients, name=tokens, old=st.booleans(), dialect=st.sampled_from([JSON, FORM]))
    def ask(self, caller: str, name: str, old: bool, dialect: str) -> None:
        right = self.model.clients.get(caller, {}).get("secret", "none")
        secret = "an old one" if old else right
        name = name if name in self.presented else "none"
        expected = self.model.answer(caller, secret, name, dialect)
        answer = self.host.ask(self.presented[name], caller=(caller, secret), dialect=dialect)
        said = answer.json["active"] if answer.status_code == 200 else answer.status_code
        assert said == expected


def test_the_endpoint_agrees_with_the_model(make_host: MakeHost) -> None:
    Machine.host = make_host(INTROSPECT_JWT_KEYS=jwks())
    thorough = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
    run_state_machine_as_test(
        Machine,
        settings=settings(max_examples=500 if thorough else 15, stateful_step_count=40),
    )
