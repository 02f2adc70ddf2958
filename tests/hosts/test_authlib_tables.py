"""What is Authlib's own: one row for both tokens, zeros for "never", secrets in clear."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask

from ..support import FORM, INACTIVE, Host, quick_hash
from .authlib_tables import CONFIG, Client, Token, client, db, token
from .support import as_host

Empty = Callable[..., Flask]
CALLER = ("test_client_1", "test_secret")


@pytest.fixture
def authlib(empty: Empty) -> Callable[..., Host]:
    """Makes a host on Authlib's tables, with the rows that are given.

    The usual caller is added unless a client is among them.
    """

    def make(*rows: Any, **config: Any) -> Host:
        if not any(isinstance(row, Client) for row in rows):
            rows = (client(Client, *CALLER), *rows)
        return as_host(empty(db, *rows, **CONFIG, **config))

    return make


def ask(host: Host, name: str = "a token") -> Any:
    return host.ask(name, dialect=FORM).get_json()


def test_expires_in_0_means_that_the_token_never_ends(authlib: Callable[..., Host]) -> None:
    host = authlib(token(Token, "a token", expires_in=0))
    host.clock.now += 10**9
    answer = ask(host)
    assert answer["active"]
    assert "exp" not in answer


def test_a_token_may_end_after_the_year_2038(authlib: Callable[..., Host]) -> None:
    host = authlib(token(Token, "a token", expires_in=2_000_000_000))
    assert ask(host)["exp"] == 1640918800 + 2_000_000_000


@pytest.mark.parametrize(
    ("revoked", "access", "refresh"),
    [
        ({"access_token_revoked_at": 1640920000}, False, True),
        ({"refresh_token_revoked_at": 1640920000}, True, False),
        ({"expires_in": 60}, False, True),
        ({"client_id": "gone"}, False, False),
    ],
    ids=["access revoked", "refresh revoked", "access expired", "client gone"],
)
def test_each_token_of_a_row_has_its_own_state(
    authlib: Callable[..., Host], revoked: dict[str, Any], access: bool, refresh: bool
) -> None:
    host = authlib(token(Token, "a token", refresh_token="its refresh token", **revoked))
    assert ask(host)["active"] is access
    assert ask(host, "its refresh token")["active"] is refresh


def test_a_token_without_a_refresh_token_is_not_found_by_an_empty_one(
    authlib: Callable[..., Host],
) -> None:
    host = authlib(
        token(Token, "a token", refresh_token=""), token(Token, "another", refresh_token=None)
    )
    assert host.ask("", dialect=FORM).status_code == 400
    assert host.ask(" ", dialect=FORM).data == INACTIVE


@pytest.mark.parametrize(
    ("end", "status"), [(0, 200), (1640922401, 200), (1640922400, 401), (1, 401)]
)
def test_a_secret_ends_when_authlib_says(
    authlib: Callable[..., Host], end: int, status: int
) -> None:
    host = authlib(client(Client, *CALLER, client_secret_expires_at=end))
    assert host.ask("any", dialect=FORM).status_code == status


#: Metadata of clients, by their ids, and whether a secret in a Basic header counts for them.
METADATA: dict[str, tuple[Any, bool]] = {
    "nothing registered": ({}, True),
    "null": (None, True),
    "no object": (["token_endpoint_auth_method"], True),
    "basic": ({"token_endpoint_auth_method": "client_secret_basic"}, True),
    "post": ({"token_endpoint_auth_method": "client_secret_post"}, False),
    "none": ({"token_endpoint_auth_method": "none"}, False),
    "a key": ({"token_endpoint_auth_method": "private_key_jwt"}, False),
    "no text": ({"token_endpoint_auth_method": 5}, False),
}


def test_the_registered_method_says_whether_a_secret_counts(authlib: Callable[..., Host]) -> None:
    host = authlib(
        *(
            client(Client, name, "secret", metadata=metadata)
            for name, (metadata, _) in METADATA.items()
        )
    )
    status = {
        name: host.ask("any", dialect=FORM, caller=(name, "secret")).status_code
        for name in METADATA
    }
    assert status == {name: 200 if counts else 401 for name, (_, counts) in METADATA.items()}


@pytest.mark.parametrize(("metadata", "status"), [(None, 200), ("", 200), ("{", 401)])
def test_metadata_that_cannot_be_read_lets_nobody_in(
    authlib: Callable[..., Host], metadata: str | None, status: int
) -> None:
    host = authlib(Client(client_id=CALLER[0], client_secret=CALLER[1], _client_metadata=metadata))
    assert host.ask("any", dialect=FORM).status_code == status


@pytest.mark.parametrize("secret", ["", None])
def test_a_client_without_a_secret_is_not_let_in(
    authlib: Callable[..., Host], secret: str | None
) -> None:
    another = client(
        Client, "another", "secret"
    )  # an unknown secret costs what this one does: nothing
    host = authlib(client(Client, CALLER[0], secret), another)  # type: ignore[arg-type]
    for presented in ("", "None", "test_secret"):
        assert host.ask("any", dialect=FORM, caller=(CALLER[0], presented)).status_code == 401


def test_what_a_client_writes_of_itself_gives_it_no_right(authlib: Callable[..., Host]) -> None:
    greedy = {"may_introspect": "any", "resources": ["*"], "enabled": True}
    host = authlib(
        client(Client, *CALLER, metadata=greedy), token(Token, "a token", client_id="another")
    )
    assert ask(host) == {"active": False}


HASHES = {
    "scrypt": "scrypt:32768:8:1$dm8TedpMa6CzQIqv$18af67bdea3fccd4658817891d325d923f0671a5249ecd",
    "werkzeug's PBKDF2": quick_hash("test_secret"),
    "argon2": PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("test_secret"),
}


@pytest.mark.parametrize("hashed", ["werkzeug's PBKDF2", "argon2"])
def test_a_hashed_secret_in_authlib_s_column_is_checked_as_one(
    authlib: Callable[..., Host], hashed: str
) -> None:
    host = authlib(client(Client, CALLER[0], HASHES[hashed]))
    assert host.ask("any", dialect=FORM).status_code == 200


UNREADABLE = {
    "sha512-crypt": "$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq",
    "passlib's PBKDF2": (
        "$pbkdf2-sha256$29000$N2YMIWQsBWBMae09x1jrPQ$1t8iyB2A.WF/Z5JZv.lfCIhXXN33N23OSgQYThBYRfk"
    ),
    "Django's argon2": "argon2$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$SVVwrtCMCbg",
    "Django's bcrypt": "bcrypt_sha256$$2b$12$WApznUPhDubN0oeveSXHp.Rk0rIYcaZCfXYC3p6Do8dWlqTwoZYpm",
    "Werkzeug's old SHA-1": "sha1$ZnFvTgIM$6b8d0f7ab9ae1e3d9a0f7b2a3c4d5e6f7a8b9c0d",
    "LDAP's": "{SSHA}0c0blFTXXNuAMHECS4uxrj3ZieMoWImr",
}


def test_a_stored_hash_is_never_the_secret(authlib: Callable[..., Host]) -> None:
    stored = {**HASHES, **UNREADABLE}
    host = authlib(*(client(Client, name, secret) for name, secret in stored.items()))
    let_in = [
        name
        for name in stored
        if host.ask("any", dialect=FORM, caller=(name, stored[name])).status_code != 401
    ]
    assert not let_in
