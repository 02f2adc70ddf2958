"""Errors, to the letter, and which one comes first (docs/wire.rst)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from ..asking import FORM, JSON, Answer, Dialect
from ..rules import rule
from .expectations import envelope
from .service import Service

__all__ = ["DocumentedErrors"]

_UNAUTHENTICATED = "Client authentication failed"
_NOT_POST = "Only POST is allowed"
_TOO_LARGE = "The request body is too large"
_UNSUPPORTED = "The content type must be application/json or application/x-www-form-urlencoded"
_NOT_ALLOWED = "The client is not allowed to introspect tokens"

#: JSON bodies with a fault, and the text.
_JSON_FAULTS: dict[str, tuple[bytes, str]] = {
    "no member": (b"{}", "token: it is missing"),
    "number": (b'{"token": 1}', "token: it must be a string"),
    "null": (b'{"token": null}', "token: it must be a string"),
    "true": (b'{"token": true}', "token: it must be a string"),
    "array": (b'{"token": ["t"]}', "token: it must be a string"),
    "object": (b'{"token": {"t": "t"}}', "token: it must be a string"),
    "empty": (b'{"token": ""}', "token: it must not be empty"),
    "twice": (b'{"token": "t", "token": "t"}', "token: it is sent more than once"),
    "hint": (b'{"token": "t", "token_type_hint": 1}', "token_type_hint: it must be a string"),
    "cut off": (b'{"token": "t"', "The body is not valid JSON"),
    "a form": (b"token=t", "The body is not valid JSON"),
    "NaN": (b'{"token": NaN}', "The body is not valid JSON"),
    "byte order mark": (b'\xef\xbb\xbf{"token": "t"}', "The body is not valid JSON"),
    "deep": (b'{"token": ' + b"[" * 20_000, "The body is not valid JSON"),
    "no UTF-8": (b'{"token": "\xff"}', "The body is not valid UTF-8"),
    "UTF-16": ('{"token": "t"}'.encode("utf-16"), "The body is not valid UTF-8"),
    "an array": (b'[{"token": "t"}]', "The body must be a JSON object"),
    "a string": (b'"token"', "The body must be a JSON object"),
    "a null": (b"null", "The body must be a JSON object"),
}

_FORM_FAULTS: dict[str, tuple[bytes, str]] = {
    "no parameter": (b"a=b", "token: it is missing"),
    "empty": (b"token=", "token: it must not be empty"),
    "twice": (b"token=t&token=t", "token: it is sent more than once"),
    "no UTF-8": (b"token=%FF", "token: it is not valid UTF-8"),
    "too many": (b"&".join([b"a=b"] * 101), "The body has more than 100 parameters"),
}


def assert_exact(answer: Answer, dialect: Dialect, status: int, code: str, text: str) -> None:
    """Assert that an answer is an error, to the letter."""
    assert answer.status == status, answer
    expected = envelope(status, text) if dialect is JSON else _rfc_error(code, text)
    assert answer.body == json.dumps(expected).encode()


def _rfc_error(code: str, text: str) -> dict[str, Any]:
    return {"error": code, "error_description": text}


class DocumentedErrors:
    """Rules of docs/wire.rst about errors."""

    @rule("wire", "Errors")
    @pytest.mark.parametrize("fault", _JSON_FAULTS)
    def test_a_faulty_json_body_is_told_so(self, service: Service, fault: str) -> None:
        """A JSON body with a fault is a 400 that says which (RFC 8259)."""
        service.speaks("json")
        body, text = _JSON_FAULTS[fault]
        answer = service.send(body, JSON.content_type)
        assert_exact(answer, JSON, 400, "invalid_request", text)

    @rule("wire", "Errors")
    @pytest.mark.parametrize("fault", _FORM_FAULTS)
    def test_a_faulty_form_is_told_so(self, service: Service, fault: str) -> None:
        """A form with a fault is a 400 that says which."""
        body, text = _FORM_FAULTS[fault]
        answer = service.send(body, FORM.content_type)
        assert_exact(answer, FORM, 400, "invalid_request", text)

    @rule("wire", "Errors")
    @pytest.mark.parametrize("name", ["token", "access_token", "refresh_token"])
    def test_a_token_in_the_url_is_told_so(
        self, service: Service, dialect: Dialect, name: str
    ) -> None:
        """A token in the query string is a 400, even beside one in the body."""
        answer = service.post([("token", "t")], dialect, query_string={name: "t"})
        text = f"{name}: it must not be sent in the query string"
        assert_exact(answer, dialect, 400, "invalid_request", text)

    @rule("wire", "Errors", once=True)
    def test_a_secret_in_the_url_is_told_so(self, service: Service, dialect: Dialect) -> None:
        """A secret in the query string is a 400, whoever calls."""
        query = {"client_secret": "any"}
        answer = service.post([("token", "t")], dialect, caller=None, query_string=query)
        text = "client_secret: it must not be sent in the query string"
        assert_exact(answer, dialect, 400, "invalid_request", text)

    @rule("wire", "Errors")
    def test_a_failed_authentication_has_its_text(self, service: Service, dialect: Dialect) -> None:
        """A 401 is the same to the letter, whoever it was that failed to prove who they are."""
        client = service.client()
        for caller in (None, replace(client, secret="x"), replace(client, client_id="nobody-x")):
            answer = service.ask("t", dialect, caller=caller)
            assert_exact(answer, dialect, 401, "invalid_client", _UNAUTHENTICATED)

    @rule("wire", "Errors", once=True)
    def test_a_challenge_has_its_text(self, service: Service, dialect: Dialect) -> None:
        """A 401 challenges for each HTTP scheme on offer, Basic with realm and charset."""
        answer = service.ask("t", dialect, caller=None)
        schemes = {"client_secret_basic": "Basic", "bearer": "Bearer"}
        offered = {scheme for name, scheme in schemes.items() if name in service.auth_methods}
        challenges = answer.headers.get_all("WWW-Authenticate")
        assert {each.partition(" ")[0] for each in challenges} == offered
        assert all('realm="token introspection"' in each for each in challenges)
        assert all("charset=UTF-8" in each for each in challenges if each.startswith("Basic"))

    @rule("wire", "Errors")
    def test_a_caller_without_a_right_is_refused(self, service: Service, dialect: Dialect) -> None:
        """A client whose right is none is a 403, whatever it asks."""
        caller = service.client(may_introspect="none")
        for token in (service.token(caller), "no-such-token", ""):
            answer = service.ask(token, dialect, caller=caller)
            assert_exact(answer, dialect, 403, "unauthorized_client", _NOT_ALLOWED)

    @rule("wire", "Errors")
    def test_another_method_is_told_so(self, service: Service, dialect: Dialect) -> None:
        """A 405 is in the dialect of the request, and comes before everything else."""
        answer = service.post([], dialect, method="PUT", caller=None)
        assert_exact(answer, dialect, 405, "invalid_request", _NOT_POST)
        assert answer.headers["Allow"] == "POST", answer

    @rule("wire", "Errors")
    @pytest.mark.parametrize(
        "content_type", ["text/plain", "multipart/form-data; boundary=x", "application/jwt", None]
    )
    def test_another_content_type_is_told_so(
        self, service: Service, content_type: str | None
    ) -> None:
        """Another content type, or none with a body, is a 415, whoever calls."""
        answer = service.send("token=t", content_type, caller=None)
        assert_exact(answer, FORM, 415, "invalid_request", _UNSUPPORTED)

    @rule("wire", "Errors", once=True)
    def test_a_large_body_is_told_so(self, service: Service, dialect: Dialect) -> None:
        """A body over INTROSPECT_MAX_BODY_BYTES is a 413, whoever calls."""
        size = service.settings.max_body_bytes + 1
        if size > 10_000_000:
            pytest.skip(f"{service.settings.prefix}MAX_BODY_BYTES is too large to try")
        answer = service.send("x" * size, dialect.content_type, caller=None)
        assert_exact(answer, dialect, 413, "invalid_request", _TOO_LARGE)

    @rule("wire", "Errors")
    def test_a_body_that_is_cut_short_is_told_so(self, service: Service, dialect: Dialect) -> None:
        """A body that is shorter than it was announced is a 400, whoever calls."""
        environ = {"CONTENT_LENGTH": "1000"}
        body, content_type = dialect.encode([("token", "t")]), dialect.content_type
        answer = service.send(body, content_type, caller=None, environ_overrides=environ)
        text = "The body is shorter than its Content-Length"
        assert_exact(answer, dialect, 400, "invalid_request", text)

    @rule("wire", "Errors")
    def test_who_calls_is_settled_before_the_token(
        self, service: Service, dialect: Dialect
    ) -> None:
        """Faults of the token are told to callers who proved who they are."""
        answer = service.post([("token_type_hint", "x")], dialect, caller=None)
        assert_exact(answer, dialect, 401, "invalid_client", _UNAUTHENTICATED)

    @rule("wire", "Errors", once=True)
    def test_a_trailing_slash_is_no_redirect(self, service: Service, dialect: Dialect) -> None:
        """The path answers where it is announced, and nowhere else."""
        answer = replace(service, path=service.path + "/").ask("t", dialect)
        assert answer.status == 404, answer
