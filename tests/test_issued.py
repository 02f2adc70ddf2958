"""New secrets and tokens: the rules that the mixins and the commands share."""

from __future__ import annotations

import json

import pytest

from flask_introspect import Kind
from flask_introspect.secrets import (
    UnreadableSecret,
    new_secret,
    new_token,
    rotate,
    verify_secret,
)

NOW = 1_700_000_000.9


def test_a_generated_secret_is_kept_by_a_fast_hash() -> None:
    new = new_secret()
    assert len(new.clear) == 43
    assert new.stored.startswith("sha256$")
    assert verify_secret(new.stored, new.clear)


def test_a_chosen_secret_is_kept_by_a_slow_hash() -> None:
    new = new_secret("hunter2")
    assert new.stored.startswith("scrypt:")
    assert verify_secret(new.stored, "hunter2")


def test_a_host_may_say_how_a_secret_is_stored() -> None:
    new = new_secret(store=str.upper)
    assert new.stored == new.clear.upper()


def test_nothing_shows_a_new_secret_or_token_by_accident() -> None:
    secret, token = new_secret(), new_token(Kind.ACCESS, expires_in=1, now=NOW)
    rotation = rotate(None, secret, keep_for=0, now=NOW)
    shown = f"{secret!r} {rotation!r} {token!r}"
    assert secret.clear not in shown
    assert secret.stored not in shown
    assert token.clear not in shown


def test_a_rotation_that_keeps_nothing_leaves_one_hash() -> None:
    new = new_secret()
    rotation = rotate("sha256$a$b", new, keep_for=0, now=NOW)
    assert rotation.value() == rotation.value(as_json=True) == new.stored
    assert rotation.old_end is None


def test_a_rotation_that_keeps_the_old_secret_leaves_a_list() -> None:
    new = new_secret()
    rotation = rotate("sha256$a$b", new, keep_for=60, now=NOW)
    kept = [
        {"hash": new.stored, "expires_at": None},
        {"hash": "sha256$a$b", "expires_at": int(NOW) + 60},
    ]
    assert rotation.value(as_json=True) == kept
    assert json.loads(rotation.value()) == kept
    assert rotation.old_end == int(NOW) + 60


def test_what_cannot_be_read_cannot_be_kept() -> None:
    with pytest.raises(UnreadableSecret):
        rotate("[broken", new_secret(), keep_for=60, now=NOW)
    assert rotate("[broken", new_secret(), keep_for=0, now=NOW).old_end is None


@pytest.mark.parametrize(("expires_in", "exp"), [(60, int(NOW) + 60), (None, None)])
def test_a_token_ends_as_many_seconds_after_it_began(
    expires_in: int | None, exp: int | None
) -> None:
    new = new_token(Kind.ACCESS, expires_in=expires_in, now=NOW)
    assert (new.iat, new.exp) == (int(NOW), exp)
    assert len(new.clear) == 43


def test_only_an_access_token_has_a_type() -> None:
    assert new_token(Kind.ACCESS, expires_in=1, now=NOW).token_type == "Bearer"
    assert new_token(Kind.REFRESH, expires_in=1, now=NOW).token_type is None


def test_the_host_may_bring_the_token() -> None:
    assert new_token(Kind.ACCESS, expires_in=1, now=NOW, token="mine").clear == "mine"
