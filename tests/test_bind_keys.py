"""Clients and tokens in databases of their own, by bind key."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from flask_introspect import IntrospectBlueprint, introspect


def test_clients_and_tokens_may_stand_in_databases_of_their_own(tmp_path: Any) -> None:
    from flask_introspect.models import ClientMixin, TokenMixin

    local = SQLAlchemy()

    class BoundClient(local.Model, ClientMixin):  # type: ignore[name-defined, misc]
        __bind_key__ = "clients"

    class BoundToken(local.Model, TokenMixin):  # type: ignore[name-defined, misc]
        __bind_key__ = "tokens"

    app = Flask(__name__)
    app.config.update(
        SQLALCHEMY_BINDS={
            name: f"sqlite:///{tmp_path / name}.db" for name in ("clients", "tokens")
        },
        INTROSPECT_CLIENT_MODEL=BoundClient,
        INTROSPECT_TOKEN_MODEL=BoundToken,
    )
    local.init_app(app)
    app.register_blueprint(IntrospectBlueprint())
    with app.app_context():
        local.create_all(["clients", "tokens"])
        clients = [BoundClient.create(name)[0] for name in ("app", "rs", "off")]
        clients[2].enabled = False
        rows = [
            BoundToken.issue(name, token=f"of {name}", aud="rs")[0]
            for name in ("app", "off", "gone")
        ]
        local.session.add_all([*clients, *rows])
        local.session.commit()
        for caller in ("rs", None):
            found = {
                name: introspect(f"of {name}", caller=caller).reason.value
                for name in ("app", "off", "gone", "x")
            }
            assert found == {
                "app": "active",
                "off": "client_disabled",
                "gone": "client_gone",
                "x": "unknown",
            }
        assert introspect("of app", caller="app").active
        for engine in local.engines.values():
            engine.dispose()


def test_in_two_databases_a_token_for_others_costs_what_an_unknown_one_costs(tmp_path: Any) -> None:
    from flask_introspect.models import ClientMixin, TokenMixin

    from .support import statements

    local = SQLAlchemy()

    class FarClient(local.Model, ClientMixin):  # type: ignore[name-defined, misc]
        pass

    class FarToken(local.Model, TokenMixin):  # type: ignore[name-defined, misc]
        __bind_key__ = "tokens"

    app = Flask(__name__)
    app.config.update(
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path / 'clients'}.db",
        SQLALCHEMY_BINDS={"tokens": f"sqlite:///{tmp_path / 'tokens'}.db"},
        INTROSPECT_CLIENT_MODEL=FarClient,
        INTROSPECT_TOKEN_MODEL=FarToken,
    )
    local.init_app(app)
    app.register_blueprint(IntrospectBlueprint())
    with app.app_context():
        local.create_all()
        local.session.add_all(
            [
                FarClient.create("app")[0],
                FarClient.create("rs")[0],
                FarToken.issue("app", token="x")[0],
            ]
        )
        local.session.commit()
        counts = []
        for token in ("x", "never was"):
            with statements() as sent:
                assert not introspect(token, caller="rs").known
            counts.append(len(sent))
        for engine in local.engines.values():
            engine.dispose()
    assert counts[0] == counts[1]
