"""Models that share a table or are spread over two, and columns behind a relationship."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Mapped, mapped_column, relationship

from flask_introspect import plain

from ..support import FORM, INACTIVE, Host, quick_hash, statements
from .support import as_host

Empty = Callable[..., Flask]

db = SQLAlchemy()


class Owner(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    paid: Mapped[bool]


class Account(db.Model):
    """People and programs in one table; only the programs are clients."""

    id: Mapped[int] = mapped_column(primary_key=True)
    sort: Mapped[str] = mapped_column(sa.String(10))
    client_id: Mapped[str] = mapped_column(sa.String(80), unique=True)
    client_secret: Mapped[str] = mapped_column(sa.String(255))
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey(Owner.id))
    owner: Mapped[Owner | None] = relationship()
    __mapper_args__ = {"polymorphic_on": "sort", "polymorphic_identity": "account"}


class Program(Account):
    __mapper_args__ = {"polymorphic_identity": "program"}


class Robot(Program):
    __mapper_args__ = {"polymorphic_identity": "robot"}


class Person(Account):
    __mapper_args__ = {"polymorphic_identity": "person"}


class Paper(db.Model):
    """Tokens and other papers in one table."""

    id: Mapped[int] = mapped_column(primary_key=True)
    sort: Mapped[str] = mapped_column(sa.String(10))
    value: Mapped[str] = mapped_column(sa.String(80), unique=True)
    client_id: Mapped[str] = mapped_column(sa.String(80))
    __mapper_args__ = {"polymorphic_on": "sort", "polymorphic_identity": "paper"}


class AccessPaper(Paper):
    __mapper_args__ = {"polymorphic_identity": "access"}


class SignedPaper(Paper):
    """A token with a second table of its own."""

    __tablename__ = "signed_paper"
    id: Mapped[int] = mapped_column(sa.ForeignKey(Paper.id), primary_key=True)
    username: Mapped[str] = mapped_column(sa.String(80))
    __mapper_args__ = {"polymorphic_identity": "signed"}


def make_host(empty: Empty, *rows: Any, token_model: type = AccessPaper, **config: Any) -> Host:
    config.setdefault("INTROSPECT_TOKEN_FIELDS", {"access_token": plain("value")})
    models = {"INTROSPECT_CLIENT_MODEL": Program, "INTROSPECT_TOKEN_MODEL": token_model}
    return as_host(empty(db, *rows, **models, INTROSPECT_POLICY="any", **config))


def account(model: type, client_id: str, **columns: Any) -> Any:
    return model(client_id=client_id, client_secret=quick_hash("secret"), **columns)


@pytest.mark.parametrize(
    ("model", "status"), [(Program, 200), (Robot, 200), (Person, 401), (Account, 401)]
)
def test_of_a_shared_table_only_the_model_s_own_rows_are_clients(
    empty: Empty, model: type, status: int
) -> None:
    host = make_host(empty, account(model, "caller"))
    for _ in range(2):
        assert host.ask("nothing", dialect=FORM, caller=("caller", "secret")).status_code == status


@pytest.mark.parametrize(("model", "active"), [(Program, True), (Robot, True), (Person, False)])
def test_a_token_s_client_is_one_of_the_model_s_own_rows(
    empty: Empty, model: type, active: bool
) -> None:
    token = AccessPaper(value="a token", client_id="holder")
    host = make_host(empty, account(Program, "caller"), account(model, "holder"), token)
    for _ in range(2):
        assert (
            host.ask("a token", dialect=FORM, caller=("caller", "secret")).get_json()["active"]
            is active
        )


def test_of_a_shared_table_only_the_model_s_own_rows_are_tokens(empty: Empty) -> None:
    host = make_host(empty, account(Program, "caller"), Paper(value="no token", client_id="caller"))
    for _ in range(2):
        assert host.ask("no token", caller=("caller", "secret")).status_code == 404


# SQLAlchemy's compiler for MySQL takes LEFT JOIN (a JOIN b) for a cartesian product and warns. It
# is none; the switch for the warning, enable_from_linting, is the host's.
@pytest.mark.filterwarnings("ignore:SELECT statement has a cartesian product")
def test_a_token_spread_over_two_tables_comes_in_one_statement(empty: Empty) -> None:
    token = SignedPaper(value="a token", client_id="caller", username="user123")
    host = make_host(empty, account(Program, "caller"), token, token_model=SignedPaper)
    host.ask("nothing", caller=("caller", "secret"))
    with statements() as seen:
        assert host.ask("a token", caller=("caller", "secret")).get_json()["username"] == "user123"
    assert len(seen) == 1
    assert host.ask("nothing", caller=("caller", "secret")).status_code == 404


@pytest.mark.parametrize("paid", [True, False])
def test_whether_a_client_is_enabled_may_lie_behind_a_relationship(
    empty: Empty, paid: bool
) -> None:
    owners = [Owner(id=1, name="acme", paid=True), Owner(id=2, name="umbrella", paid=paid)]
    clients = [
        account(Program, "caller", owner=owners[0]),
        account(Program, "holder", owner=owners[1]),
    ]
    token = AccessPaper(value="a token", client_id="holder")
    fields = {"enabled": "owner.paid"}
    host = make_host(empty, *clients, token, INTROSPECT_CLIENT_FIELDS=fields)
    for _ in range(2):
        response = host.ask("a token", dialect=FORM, caller=("caller", "secret"))
        assert response.get_json()["active"] if paid else response.data == INACTIVE
    assert host.ask("a token", caller=("holder", "secret")).status_code == (200 if paid else 401)


def test_a_client_without_an_owner_is_not_enabled_by_one(empty: Empty) -> None:
    host = make_host(
        empty, account(Program, "caller"), INTROSPECT_CLIENT_FIELDS={"enabled": "owner.paid"}
    )
    assert host.ask("nothing", caller=("caller", "secret")).status_code == 401
