"""No answer is stale: what changed shows in the very next request, on every worker."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from .support import DOCUMENTED, INACTIVE, NOW, Client, Host, Token, db, quick_hash

Changer = Callable[..., None]


@pytest.fixture
def workers(make_host: Callable[..., Host]) -> list[Host]:
    """Two processes' worth of state on the same database: the changes go through the first, the questions to both."""
    first, second = make_host(), make_host()
    first.add_documented()
    first.add_client(
        "bystander"
    )  # unknown clients cost a hash as quick as this one's, also when it is alone
    return [first, second]


@pytest.fixture(autouse=True)
def warm(workers: list[Host]) -> Iterator[None]:
    """Everything that could be remembered is remembered when the change comes."""
    for worker in workers:
        for _ in range(2):
            assert worker.ask("documented").get_json() == DOCUMENTED
    yield


def answers(workers: list[Host], secret: str = "test_secret") -> set[tuple[int, bytes]]:
    """What the workers answer, asked twice each."""
    responses = [
        worker.ask("documented", caller=("test_client_1", secret))
        for worker in workers
        for _ in range(2)
    ]
    return {(response.status_code, response.data) for response in responses}


def statuses(workers: list[Host], secret: str = "test_secret") -> set[int]:
    return {status for status, _ in answers(workers, secret)}


ACTIVE = {(200, json.dumps(DOCUMENTED).encode())}


@pytest.mark.parametrize(
    "change", [{"revoked_at": NOW}, {"exp": NOW}, {"nbf": NOW + 1}, {"client_id": "gone"}], ids=str
)
def test_a_change_of_the_token_shows_at_once_and_so_does_its_undoing(
    workers: list[Host], change: dict[str, object]
) -> None:
    token = {"jti": DOCUMENTED["jti"]}
    before = {
        "revoked_at": None,
        "exp": DOCUMENTED["exp"],
        "nbf": DOCUMENTED["nbf"],
        "client_id": "test_client_1",
    }
    workers[0].change(Token, token, **change)
    assert answers(workers) == {(200, INACTIVE)}
    workers[0].change(Token, token, **{name: before[name] for name in change})
    assert answers(workers) == ACTIVE


def test_a_deleted_token_is_unknown_at_once(workers: list[Host]) -> None:
    with workers[0].app.app_context():
        db.session.execute(db.delete(Token))
        db.session.commit()
    assert statuses(workers) == {404}


@pytest.mark.parametrize(
    "change", [{"scope": "read"}, {"username": "other"}, {"claims": {"tenant": "b"}}], ids=str
)
def test_changed_claims_show_at_once(workers: list[Host], change: dict[str, object]) -> None:
    workers[0].change(Token, {"jti": DOCUMENTED["jti"]}, **change)
    assert answers(workers) != ACTIVE
    assert len(answers(workers)) == 1


def test_a_rotated_secret_counts_at_once_and_the_old_one_no_longer(workers: list[Host]) -> None:
    workers[0].change(Client, {"client_id": "test_client_1"}, client_secret=quick_hash("new"))
    assert statuses(workers) == {401}
    assert answers(workers, "new") == ACTIVE
    assert statuses(workers) == {401}


def test_the_same_secret_hashed_anew_goes_on_counting(workers: list[Host]) -> None:
    workers[0].change(
        Client, {"client_id": "test_client_1"}, client_secret=quick_hash("test_secret")
    )
    assert answers(workers) == ACTIVE


def test_a_secret_rotated_back_counts_again(workers: list[Host]) -> None:
    workers[0].change(Client, {"client_id": "test_client_1"}, client_secret=quick_hash("new"))
    assert statuses(workers) == {401}
    workers[0].change(
        Client, {"client_id": "test_client_1"}, client_secret=quick_hash("test_secret")
    )
    assert answers(workers) == ACTIVE


@pytest.mark.parametrize(
    "change",
    [{"enabled": False}, {"public": True}, {"client_secret": None}, {"client_secret": "[]"}],
    ids=str,
)
def test_a_client_that_is_shut_out_is_refused_at_once_and_let_in_again(
    workers: list[Host], change: dict[str, object]
) -> None:
    client = {"client_id": "test_client_1"}
    workers[0].change(Client, client, **change)
    assert statuses(workers) == {401}
    workers[0].change(
        Client, client, enabled=True, public=False, client_secret=quick_hash("test_secret")
    )
    assert answers(workers) == ACTIVE


def test_a_deleted_client_is_refused_at_once(workers: list[Host]) -> None:
    with workers[0].app.app_context():
        db.session.execute(db.delete(Client).where(Client.client_id == "test_client_1"))
        db.session.commit()
    assert statuses(workers) == {401}


@pytest.mark.parametrize(
    ("change", "status"),
    [({"may_introspect": "none"}, 403), ({"may_introspect": "own"}, 404), ({"resources": []}, 404)],
)
def test_changed_rights_count_at_once(
    workers: list[Host], change: dict[str, object], status: int
) -> None:
    workers[0].add_client("other", resources=["my_api"])
    workers[0].change(Token, {"jti": DOCUMENTED["jti"]}, client_id="other")
    assert statuses(workers) == {200}
    workers[0].change(Client, {"client_id": "test_client_1"}, **change)
    assert statuses(workers) == {status}


def test_the_tokens_own_client_counts_as_it_is_now(workers: list[Host]) -> None:
    workers[0].add_client("other")
    workers[0].change(Token, {"jti": DOCUMENTED["jti"]}, client_id="other")
    assert statuses(workers) == {200}
    workers[0].change(Client, {"client_id": "other"}, enabled=False)
    assert answers(workers) == {(200, INACTIVE)}


def test_one_of_two_secrets_ends_on_the_second(workers: list[Host]) -> None:
    both = json.dumps(
        [{"hash": quick_hash("new")}, {"hash": quick_hash("test_secret"), "expires_at": NOW + 60}]
    )
    workers[0].change(Client, {"client_id": "test_client_1"}, client_secret=both)
    assert answers(workers) == answers(workers, "new") == ACTIVE
    workers[0].clock.now = NOW + 59.9
    assert answers(workers) == ACTIVE
    workers[0].clock.now = NOW + 60
    assert statuses(workers) == {401}
    assert answers(workers, "new") == ACTIVE


def test_a_client_made_just_now_is_known_though_it_was_just_unknown(workers: list[Host]) -> None:
    assert workers[1].ask("documented", caller=("late", "test_secret")).status_code == 401
    workers[0].add_client("late", resources=["my_api"])
    assert workers[1].ask("documented", caller=("late", "test_secret")).get_json() == DOCUMENTED


def test_a_token_made_just_now_is_known_though_it_was_just_unknown(workers: list[Host]) -> None:
    assert workers[1].ask("late").status_code == 404
    workers[0].add_token("late")
    assert workers[1].ask("late").status_code == 200


def test_a_request_leaves_no_transaction_open(workers: list[Host]) -> None:
    """A change by others between two requests of one connection is seen, whatever the isolation level."""
    for revoked_at in (NOW, None, NOW):
        workers[0].change(Token, {"jti": DOCUMENTED["jti"]}, revoked_at=revoked_at)
        assert answers(workers) == ({(200, INACTIVE)} if revoked_at else ACTIVE)
