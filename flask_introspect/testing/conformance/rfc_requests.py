"""What a request may be: its method, its parameters, how often (RFC 7662 section 2.1, RFC 6749)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from ..asking import FORM, Dialect
from ..rules import rule
from .expectations import assert_error, assert_tells_nothing
from .service import Service

__all__ = ["Methods", "Requests", "TwoMethods"]


class Methods:
    """Rules about HTTP methods."""

    @rule("RFC 9110", "15.5.6")
    @pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "QUERY"])
    def test_another_method_is_refused_with_those_that_are_allowed(
        self, service: Service, method: str
    ) -> None:
        """A method that is not supported is a 405, with Allow."""
        answer = service.post([("token", service.token())], FORM, method=method)
        assert answer.status == 405, answer
        assert "POST" in re.split(r"\s*,\s*", answer.headers.get("Allow", "")), answer

    @rule("RFC 9110", "9.3.2")
    def test_head_is_answered_without_a_body(self, service: Service) -> None:
        """An answer to HEAD has no body, and this endpoint has none to leave out."""
        answer = service.send(None, None, method="HEAD")
        assert answer.body == b"", answer
        assert 400 <= answer.status < 500, answer

    @rule("RFC 9110", "9.3.7", "SHOULD")
    def test_options_tells_what_is_allowed(self, service: Service) -> None:
        """An answer to OPTIONS, of whatever status, says in Allow what is supported."""
        answer = service.send(None, None, method="OPTIONS", caller=None)
        assert answer.status < 500, answer
        assert "POST" in answer.headers.get("Allow", ""), answer

    @rule("RFC 7662", "4", "MAY")
    def test_get_tells_nothing(self, service: Service) -> None:
        """A token in a URL would stand in every log: GET is not answered."""
        query = {"token": service.token()}
        answer = service.send(None, None, method="GET", query_string=query)
        assert_tells_nothing(answer)


class Requests:
    """Rules about parameters."""

    @rule("RFC 7662", "2.1")
    def test_the_token_is_required(self, service: Service, dialect: Dialect) -> None:
        """A request without a token is a 400 invalid_request (RFC 6749 section 5.2)."""
        answer = service.post([("token_type_hint", "access_token")], dialect)
        assert_error(answer, dialect, 400, "invalid_request")

    @rule("RFC 7662", "2.1")
    @pytest.mark.parametrize("content_type", ["of the dialect", "none"])
    def test_a_body_is_required(
        self, service: Service, dialect: Dialect, content_type: str
    ) -> None:
        """A request without a body has no token: 400."""
        is_named = content_type == "of the dialect"
        answer = service.send("", dialect.content_type if is_named else None)
        assert_error(answer, dialect if is_named else FORM, 400, "invalid_request")

    @rule("RFC 6749", "3.2")
    def test_an_empty_token_is_a_missing_one(self, service: Service, dialect: Dialect) -> None:
        """A parameter without a value is treated as if it were left out: here, 400."""
        answer = service.ask("", dialect)
        assert_error(answer, dialect, 400, "invalid_request")

    @rule("RFC 6749", "5.2")
    @pytest.mark.parametrize("name", ["token", "token_type_hint"])
    @pytest.mark.parametrize("values", ["the same", "different"])
    def test_a_parameter_that_is_sent_twice_is_refused(
        self, service: Service, dialect: Dialect, name: str, values: str
    ) -> None:
        """A request that repeats a parameter, or a JSON member, is a 400."""
        pairs = [("token", service.token()), ("token_type_hint", "access_token")]
        again = dict(pairs)[name] if values == "the same" else "another"
        answer = service.post([*pairs, (name, again)], dialect)
        assert_error(answer, dialect, 400, "invalid_request")

    @rule("RFC 6749", "3.2", once=True)
    @pytest.mark.parametrize("name", ["resource", "client", "active", "\u00e9", "token[]"])
    def test_an_unknown_parameter_is_ignored(
        self, service: Service, dialect: Dialect, name: str
    ) -> None:
        """Parameters that the server does not know are ignored."""
        answer = service.post([(name, "1"), ("token", service.token())], dialect)
        assert answer.is_active, answer

    @rule("RFC 6749", "B")
    def test_a_form_is_decoded(self, service: Service) -> None:
        """Every character of a form may be percent-encoded."""
        token = "".join(f"%{ord(each):02x}" for each in service.token())
        answer = service.send(f"%74oken={token}", FORM.content_type)
        assert answer.is_active, answer

    @rule("RFC 9110", "8.3.1", once=True)
    @pytest.mark.parametrize("change", [str.upper, "{}; charset=utf-8".format, "{};a=b".format])
    def test_the_media_type_is_read_as_one(
        self, service: Service, dialect: Dialect, change: Any
    ) -> None:
        """A media type counts in any case, and may have parameters."""
        body = dialect.encode([("token", service.token())])
        answer = service.send(body, change(dialect.content_type))
        assert answer.is_active, answer

    @rule("RFC 7662", "2.1")
    @pytest.mark.parametrize("dialect_of_body", ["text/plain", "application/xml"])
    def test_a_body_of_another_type_is_not_taken(
        self, service: Service, dialect_of_body: str
    ) -> None:
        """Parameters are sent as a form, under its content type."""
        body = urlencode({"token": service.token()})
        assert_tells_nothing(service.send(body, dialect_of_body))

    @rule("RFC 7662", "4")
    def test_a_token_in_the_url_does_not_count(self, service: Service, dialect: Dialect) -> None:
        """The token is sent in the body: one in the URL is as good as none."""
        answer = service.post([], dialect, query_string={"token": service.token()})
        assert_tells_nothing(answer)

    @rule("RFC 6749", "2.3.1")
    def test_a_secret_in_the_url_does_not_count(self, service: Service, dialect: Dialect) -> None:
        """Credentials are not sent in the URL."""
        query = {"client_id": service.caller.client_id, "client_secret": service.caller.secret}
        pairs = [("token", service.token())]
        answer = service.post(pairs, dialect, caller=None, query_string=query)
        assert_tells_nothing(answer)

    @rule("RFC 6749", "5.2")
    @pytest.mark.parametrize("fault", ["no token", "wrong secret"])
    def test_an_error_is_made_of_plain_characters(self, service: Service, fault: str) -> None:
        """error and error_description are ASCII, without quotes and backslashes."""
        caller = service.client()
        if fault == "wrong secret":
            caller = replace(caller, secret="wrong")
        answer = service.post([("token", "")], FORM, caller=caller)
        assert_tells_nothing(answer)
        for name in {"error", "error_description"} & answer.claims.keys():
            assert re.fullmatch(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+", answer.claims[name]), answer
        assert answer.headers.get("Content-Type", "").startswith("application/json"), answer


class TwoMethods:
    """Rules about requests that authenticate twice."""

    @rule("RFC 6749", "5.2")
    @pytest.mark.parametrize("secret", ["another secret", "another client"])
    def test_two_ways_to_authenticate_are_refused(
        self, service: Service, dialect: Dialect, secret: str
    ) -> None:
        """A request that authenticates in two ways is a 400 (section 2.3)."""
        service.offers("client_secret_basic")
        caller = service.caller
        second = service.client() if secret == "another client" else replace(caller, secret="x")
        pairs = [("client_id", second.client_id), ("client_secret", second.secret or "")]
        answer = service.post([*pairs, ("token", service.token())], dialect)
        assert_error(answer, dialect, 400, "invalid_request")

    @rule("RFC 6749", "5.2")
    def test_the_same_credentials_twice_are_refused(
        self, service: Service, dialect: Dialect
    ) -> None:
        """A request that authenticates in two ways is a 400, even if both say the same."""
        service.offers("client_secret_basic")
        if service.endpoint is not None and service.endpoint.settings.allow_repeated_credentials:
            pytest.skip(f"{service.endpoint.prefix}ALLOW_REPEATED_CREDENTIALS is on")
        caller = service.caller
        pairs = [("client_id", caller.client_id), ("client_secret", caller.secret)]
        answer = service.post([*pairs, ("token", service.token())], dialect)
        assert_error(answer, dialect, 400, "invalid_request")

    @rule("RFC 6749", "5.2")
    @pytest.mark.parametrize("name", ["client_id", "client_secret"])
    def test_a_credential_that_is_sent_twice_is_refused(
        self, service: Service, dialect: Dialect, name: str
    ) -> None:
        """A request that repeats a parameter is a 400."""
        service.offers("client_secret_post")
        pairs = [
            ("client_id", service.caller.client_id),
            ("client_secret", service.caller.secret),
        ]
        pairs += [(name, dict(pairs)[name]), ("token", service.token())]
        answer = service.post(pairs, dialect, caller=None)
        assert_error(answer, dialect, 400, "invalid_request")
