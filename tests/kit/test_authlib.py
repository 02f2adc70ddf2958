"""Authlib's own endpoint: the suite finds what it lacks, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from flask import Flask

from flask_introspect.testing import RFCConformance, rules_of

from . import authlib_endpoint
from .authlib_endpoint import db

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def app(quick_directory: Path) -> Iterator[Flask]:
    app = authlib_endpoint.make_app(f"sqlite:///{quick_directory / 'authlib_endpoint.db'}")
    with app.app_context():
        db.create_all()
    yield app
    with app.app_context():
        db.engine.dispose()


PAGE = Path(__file__).parents[2] / "docs" / "testing.rst"

#: What it does not keep, by the name of the test or of one case, and what it does instead.
FAULTS = {
    "test_a_wrong_hint_does_not_hide_the_token": "it looks where the hint says, and nowhere else",
    "test_an_unknown_hint_is_ignored": "400 unsupported_token_type",
    "test_an_empty_token_is_a_missing_one": "200, and inactive",
    "test_an_error_is_made_of_plain_characters[no token]": "the same",
    "test_a_parameter_that_is_sent_twice_is_refused": "the first one counts",
    "test_a_credential_that_is_sent_twice_is_refused": "the first one counts",
    "test_two_ways_to_authenticate_are_refused": "Basic counts",
    "test_the_same_credentials_twice_are_refused": "Basic counts",
    "test_an_encoded_secret_is_decoded[blank]": "a plus sign stays a plus sign",
    "test_an_encoded_client_id_is_decoded[blank]": "a plus sign stays a plus sign",
    "test_a_basic_challenge_names_its_realm": "there is none",
    "test_a_broken_authorization_header_is_refused[empty credentials]": "500",
    "test_a_broken_authorization_header_is_refused[no text]": "500",
    "test_a_broken_authorization_header_is_refused[not ASCII]": "500",
    "test_wrong_credentials_in_the_body_are_refused[form-unknown client]": "400",
}


class TestAuthlib(RFCConformance):
    auth_methods = ("client_secret_basic", "client_secret_post")
    known_faults = FAULTS

    @pytest.fixture
    def introspection_path(self) -> str:
        return authlib_endpoint.PATH

    @pytest.fixture
    def make_introspection_client(self, app: Flask) -> Callable[..., object]:
        return authlib_endpoint.client_factory(app)

    @pytest.fixture
    def make_introspection_token(self, app: Flask) -> Callable[..., object]:
        return authlib_endpoint.token_factory(app)

    @pytest.fixture
    def revoke_introspection_token(self, app: Flask) -> Callable[[str], None]:
        return partial(authlib_endpoint.revoke, app)


def test_the_page_says_how_many_rules_it_breaks() -> None:
    broken = {name.partition("[")[0] for name in FAULTS}
    assert broken <= {each.name for each in rules_of(RFCConformance)}
    assert f"fails {len(broken)} of them" in " ".join(PAGE.read_text("utf-8").split())
