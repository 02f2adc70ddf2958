"""How a caller proves itself (RFC 6749 section 2.3, RFC 7617, RFC 6750)."""

from __future__ import annotations

import secrets

import pytest

from ..asking import FORM, Dialect, basic
from ..rules import rule
from ..values import RegisteredClient
from .service import Service

__all__ = ["Authentication"]

#: Parts of ids and secrets that form-encoding changes; RFC 6749 appendix A allows them all.
_ODD = {
    "percent": "100%25",
    "plus": "a+b",
    "blank": "a b",
    "colon": "a:b",
    "slash": "a/b=",
    "ampersand": "a&b=c",
    "quote": "a\"b'c",
}


class Authentication:
    """Rules about ways to authenticate, and what a caller may do besides."""

    @rule("RFC 7617", "2", once=True)
    @pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
    def test_the_scheme_is_read_in_any_case(
        self, service: Service, dialect: Dialect, scheme: str
    ) -> None:
        """The name of an authentication scheme is case-insensitive."""
        service.offers("client_secret_basic")
        header = basic(service.caller.client_id, service.caller.secret or "")
        headers = {"Authorization": header.replace("Basic", scheme)}
        answer = service.ask(service.token(), dialect, caller=None, headers=headers)
        assert answer.is_active, answer

    @rule("RFC 6749", "2.3.1")
    @pytest.mark.parametrize("part", _ODD)
    def test_an_encoded_secret_is_decoded(self, service: Service, part: str) -> None:
        """In the Basic header, the secret is form-encoded (appendix B)."""
        service.offers("client_secret_basic")
        caller = service.client(secret=_ODD[part] + secrets.token_hex(8))
        answer = service.ask(service.token(caller), FORM, caller=caller)
        assert answer.is_active, answer

    @rule("RFC 6749", "2.3.1")
    @pytest.mark.parametrize("part", _ODD)
    def test_an_encoded_client_id_is_decoded(self, service: Service, part: str) -> None:
        """In the Basic header, the client id is form-encoded (appendix B)."""
        service.offers("client_secret_basic")
        caller = service.client(_ODD[part] + secrets.token_hex(8))
        answer = service.ask(service.token(caller), FORM, caller=caller)
        assert answer.is_active, answer

    @rule("RFC 6749", "2.3.1", "MAY")
    def test_a_secret_in_the_body_is_taken(self, service: Service, dialect: Dialect) -> None:
        """A client may send its id and secret in the body."""
        service.offers("client_secret_post")
        pairs = [*_in_body(service.caller), ("token", service.token())]
        answer = service.post(pairs, dialect, caller=None)
        assert answer.is_active, answer

    @rule("RFC 6749", "2.3.1", once=True)
    def test_the_client_id_alone_in_the_body_is_no_second_method(
        self, service: Service, dialect: Dialect
    ) -> None:
        """client_id in the body beside the Basic header of the same client does no harm."""
        service.offers("client_secret_basic")
        pairs = [("client_id", service.caller.client_id), ("token", service.token())]
        answer = service.post(pairs, dialect)
        assert answer.is_active, answer

    @rule("RFC 6749", "3.2")
    @pytest.mark.parametrize("name", ["client_id", "client_secret"])
    def test_an_empty_parameter_is_left_out(
        self, service: Service, dialect: Dialect, name: str
    ) -> None:
        """A parameter without a value is treated as if it were left out."""
        service.offers("client_secret_basic")
        answer = service.post([(name, ""), ("token", service.token())], dialect)
        assert answer.is_active, answer


def _in_body(caller: RegisteredClient) -> list[tuple[str, str]]:
    return [("client_id", caller.client_id), ("client_secret", caller.secret or "")]
