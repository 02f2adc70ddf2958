"""Whatever the tables are, the endpoint answers the same questions the same way."""

from __future__ import annotations

import pytest

from ..support import FORM, INACTIVE, JSON, Host, envelope, statements
from . import authlib_tables, classic_tables, django_tables, odd_tables
from .support import TableHost

HOSTS = [
    authlib_tables.HOST,
    authlib_tables.HOST_WITHOUT_USER,
    classic_tables.HOST,
    django_tables.HOST,
    odd_tables.HOST,
]

every_host = pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.name)
every_dialect = pytest.mark.parametrize("dialect", [JSON, FORM], ids=["json", "form"])


@every_dialect
@every_host
def test_a_live_token_is_told_in_full(served: Host, host: TableHost, dialect: str) -> None:
    response = served.ask("live", dialect=dialect)
    assert response.status_code == 200
    assert list(response.get_json().items()) == list(host.live.items())


@every_dialect
@every_host
def test_a_refresh_token_has_a_state_of_its_own(
    served: Host, host: TableHost, dialect: str
) -> None:
    response = served.ask("refresh", dialect=dialect, token_type_hint="refresh_token")
    assert list(response.get_json().items()) == list(host.refresh.items())


@every_dialect
@pytest.mark.parametrize("token", ["expired", "revoked"])
@every_host
def test_a_token_that_was_good_is_inactive(
    served: Host, host: TableHost, token: str, dialect: str
) -> None:
    response = served.ask(token, dialect=dialect)
    assert (response.status_code, response.data) == (200, INACTIVE)


@every_dialect
@pytest.mark.parametrize("token", ["nothing", "others", "LIVE", "live ", " live"])
@every_host
def test_a_token_that_is_not_there_or_another_client_s_is_unknown(
    served: Host, host: TableHost, token: str, dialect: str
) -> None:
    response = served.ask(token, dialect=dialect)
    unknown = (200, INACTIVE) if dialect == FORM else (404, envelope(404, "Access token not found"))
    assert (response.status_code, response.data) == unknown


@pytest.mark.parametrize("token", ["live", "refresh"])
@pytest.mark.parametrize("hint", ["the other", "id_token"])
@every_host
def test_a_wrong_hint_still_finds_the_token(
    served: Host, host: TableHost, token: str, hint: str
) -> None:
    if hint == "the other":
        hint = "access_token" if token == "refresh" else "refresh_token"
    response = served.ask(token, dialect=FORM, token_type_hint=hint)
    assert response.get_json() == (host.live if token == "live" else host.refresh)


@pytest.mark.parametrize(
    "caller",
    [
        ("test_client_1", "wrong"),
        ("nobody", "test_secret"),
        ("TEST_CLIENT_1", "test_secret"),
        ("test_client_1 ", "test_secret"),
        ("public_client", "public_secret"),
    ],
    ids=["wrong secret", "unknown", "other case", "trailing blank", "public"],
)
@every_host
def test_who_does_not_prove_itself_gets_401(
    served: Host, host: TableHost, caller: tuple[str, str]
) -> None:
    assert served.ask("live", caller=caller).status_code == 401


@pytest.mark.parametrize("token", ["live", "refresh", "others", "nothing"])
@every_host
def test_a_known_caller_costs_one_statement_for_each_token_table(
    served: Host, host: TableHost, token: str
) -> None:
    served.ask("live")
    with statements() as seen:
        served.ask(token)
    assert 1 <= len(seen) <= host.statements


@pytest.mark.parametrize("token", ["live", "refresh"])
@every_host
def test_with_the_right_hint_one_statement_brings_all(
    served: Host, host: TableHost, token: str
) -> None:
    served.ask("live")
    with statements() as seen:
        served.ask(token, token_type_hint="refresh_token" if token == "refresh" else "access_token")
    assert len(seen) == 1


@every_host
def test_who_does_not_prove_itself_makes_no_token_lookup_happen(
    served: Host, host: TableHost
) -> None:
    served.ask("live")
    tables = {model.__table__.name for model in _token_models(host)}
    with statements() as seen:
        served.ask("live", caller=("test_client_1", "wrong"))
    assert seen
    assert not [table for table in tables for statement in seen if table in statement]


def _token_models(host: TableHost) -> list[type]:
    models = host.config["INTROSPECT_TOKEN_MODEL"]
    return models if isinstance(models, list) else [models]
