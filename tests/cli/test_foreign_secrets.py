"""Commands write only what the other readers of a secret column can read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import bcrypt
import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.security import check_password_hash, generate_password_hash

from flask_introspect import introspect_bp, plain
from flask_introspect.secrets import verify_secret

from .conftest import CLI

db = SQLAlchemy()


class HostClient(db.Model):
    client_id: Mapped[str] = mapped_column(db.String(80), primary_key=True)
    client_secret: Mapped[str | None] = mapped_column(db.String(255))


class HostToken(db.Model):
    token_digest: Mapped[str] = mapped_column(db.String(64), primary_key=True)
    client_id: Mapped[str] = mapped_column(db.String(80))


def bcrypt_hash(secret: str) -> str:
    return bcrypt.hashpw(secret.encode(), bcrypt.gensalt(4)).decode()


@pytest.fixture
def cli(tmp_path: Any) -> Iterator[Callable[..., CLI]]:
    made: list[Flask] = []

    def make(*stored: str, **config: Any) -> CLI:
        app = Flask(__name__)
        app.config.update(
            SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path / 'host.db'}",
            INTROSPECT_CLIENT_MODEL=HostClient,
            INTROSPECT_TOKEN_MODEL=HostToken,
            **config,
        )
        db.init_app(app)
        app.register_blueprint(introspect_bp)
        with app.app_context():
            db.create_all()
            for n, each in enumerate(stored):
                db.session.add(HostClient(client_id=f"old{n}", client_secret=each))
            db.session.commit()
        made.append(app)
        return CLI(app)

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


def stored(cli: CLI, client_id: str) -> str:
    with cli.app.app_context():
        query = sa.select(HostClient.client_secret).filter_by(client_id=client_id)
        return str(db.session.scalars(query).one())


@pytest.mark.slow
@pytest.mark.parametrize("command", ["add", "rotate"])
def test_a_bcrypt_column_gets_bcrypt(cli: Callable[..., CLI], command: str) -> None:
    run = cli(bcrypt_hash("a"), bcrypt_hash("b"))
    client_id = "old0" if command == "rotate" else "new"
    secret = run.json("client", command, client_id)["client_secret"]
    assert bcrypt.checkpw(secret.encode(), stored(run, client_id).encode())


def test_a_werkzeug_column_gets_werkzeug_s(cli: Callable[..., CLI]) -> None:
    run = cli(generate_password_hash("a"))
    secret = run.json("client", "add", "new")["client_secret"]
    assert check_password_hash(stored(run, "new"), secret)


@pytest.mark.slow
def test_a_django_column_gets_django_s(cli: Callable[..., CLI]) -> None:
    run = cli("pbkdf2_sha256$1$salt$" + "A" * 43 + "=")
    secret = run.json("client", "add", "new")["client_secret"]
    assert stored(run, "new").startswith("pbkdf2_sha256$")
    assert verify_secret(stored(run, "new"), secret)


def test_the_host_s_own_hasher_comes_first(cli: Callable[..., CLI]) -> None:
    run = cli(generate_password_hash("a"), INTROSPECT_SECRET_HASHER=lambda secret: "own" + secret)
    secret = run.json("client", "add", "new")["client_secret"]
    assert stored(run, "new") == "own" + secret


def test_an_empty_column_is_not_guessed(cli: Callable[..., CLI]) -> None:
    assert "INTROSPECT_SECRET_HASHER" in cli().refusal("client", "add", "new")


PLAIN = 'map the column as plain("client_secret") in INTROSPECT_CLIENT_FIELDS'
OWN = "If they are in a format of your own, set INTROSPECT_SECRET_VERIFIER"


def test_a_column_of_unknown_secrets_is_not_called_empty(cli: Callable[..., CLI]) -> None:
    run = cli("a_secret_in_plain_text")
    for command in (["rotate", "old0"], ["add", "new"]):
        said = run.refusal("client", *command)
        assert "host_client.client_secret holds secrets in no known hash format" in said
        assert PLAIN in said
        assert f"{OWN}, and INTROSPECT_SECRET_HASHER to what makes one" in said
        assert "in_plain_text" not in said


def test_the_check_says_how_unknown_secrets_are_read(cli: Callable[..., CLI]) -> None:
    printed = " ".join(cli("a_secret_in_plain_text")("check").stdout.split())
    assert PLAIN in printed
    assert f"{OWN}. Else give these clients new secrets" in printed


def test_the_log_says_how_unknown_secrets_are_read(
    cli: Callable[..., CLI], caplog: pytest.LogCaptureFixture
) -> None:
    run = cli("a_secret_in_plain_text")
    run.app.test_client().post(
        "/v1/oauth/introspect", data={"token": "t"}, auth=("old0", "a_secret_in_plain_text")
    )
    (line,) = (each for each in caplog.messages if "cannot authenticate" in each)
    assert "no known hash format. If they are in plain text, map the column as plain(" in line
    assert line.endswith("in a format of your own, set INTROSPECT_SECRET_VERIFIER")


def test_secrets_that_are_mapped_as_plain_can_be_rotated(cli: Callable[..., CLI]) -> None:
    run = cli("text", INTROSPECT_CLIENT_FIELDS={"client_secret": plain("client_secret")})
    secret = run.json("client", "rotate", "old0")["client_secret"]
    assert stored(run, "old0") == secret


def test_a_second_secret_has_no_room_in_a_foreign_column(cli: Callable[..., CLI]) -> None:
    run = cli(bcrypt_hash("a"))
    before = stored(run, "old0")
    assert "no room" in run.refusal("client", "rotate", "old0", "--keep", "1h")
    assert stored(run, "old0") == before


def test_a_second_secret_has_room_where_several_stand(cli: Callable[..., CLI]) -> None:
    several = json.dumps([bcrypt_hash("a"), bcrypt_hash("b")])
    run = cli(bcrypt_hash("c"), several)
    assert run("client", "rotate", "old0", "--keep", "1h").exit_code == 0
    assert len(json.loads(stored(run, "old0"))) == 2


@pytest.mark.parametrize(
    ("hasher", "said"),
    [
        (lambda secret: secret.encode(), "returned bytes, and not a text"),
        (lambda secret: "", "returned an empty text"),
        (lambda secret: 1 / 0, "raised ZeroDivisionError"),
    ],
    ids=["bytes", "empty", "raises"],
)
def test_a_hasher_that_fails_is_named(
    cli: Callable[..., CLI], hasher: Callable[[str], Any], said: str
) -> None:
    run = cli(INTROSPECT_SECRET_HASHER=hasher)
    assert f"INTROSPECT_SECRET_HASHER {said}" in run.refusal("client", "add", "new")
