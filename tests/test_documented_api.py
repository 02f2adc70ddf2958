"""The documented API, to the letter."""

from __future__ import annotations

import json

import pytest

from .support import DOCUMENTED, FORM, JSON, Host, envelope


@pytest.mark.parametrize("dialect", [JSON, FORM])
def test_an_active_token_gets_the_documented_body_in_its_order(host: Host, dialect: str) -> None:
    response = host.ask("documented", dialect=dialect)
    assert response.status_code == 200
    assert list(response.get_json().items()) == list(DOCUMENTED.items())
    assert response.data == json.dumps(DOCUMENTED).encode()


def test_a_token_that_is_not_there_gets_the_documented_404(host: Host) -> None:
    response = host.ask("nothing", token_type_hint="access_token")
    assert response.status_code == 404
    assert response.data == envelope(404, "Access token not found")
