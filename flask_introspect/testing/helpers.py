"""What a host's own tests say: ask about a token, and assert what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from werkzeug.test import Client

from ..admin import explained
from ..endpoint import Endpoint
from ..errors import RequestError
from ..records import Introspection, Reason
from .asking import FORM, JSON, Answer, Dialect, credentials, send
from .values import CannotMake, RegisteredClient

__all__ = ["Asker", "client_of"]

_DIALECTS: Mapping[str, Dialect] = {"form": FORM, "json": JSON}

#: What lets a client see every access token, as far as its table can hold it.
_SEES_ALL: Mapping[str, Any] = {"resources": ["*"], "may_introspect": "any"}


def client_of(app: Any) -> Client:
    """Make a test client: the application's own, or Werkzeug's for any other WSGI application."""
    if hasattr(app, "test_client"):
        made: Client = app.test_client(use_cookies=False)
        return made
    return Client(app, use_cookies=False)


class Asker:
    """Asks an endpoint about tokens, and says why when an answer is not the expected one.

    :param app: the application; :param path: where the endpoint is.
    :param endpoint: its insides, if it is one of ours: only these know why.
    :param make_client: makes the caller of a question that names none.
    """

    def __init__(
        self,
        app: Any,
        path: str,
        endpoint: Endpoint | None,
        make_client: Callable[..., RegisteredClient],
    ) -> None:
        self._app = app
        self._path = path
        self._endpoint = endpoint
        self._make_client = make_client
        self._seer: RegisteredClient | None = None

    def introspect(
        self,
        token: str,
        *,
        caller: RegisteredClient | tuple[str, str] | None = None,
        dialect: str = "form",
        hint: str | None = None,
    ) -> Answer:
        """Ask the real endpoint about a token.

        :param caller: who asks: a client that was made, or id and secret; a client that sees as
            much as its table allows when left out.
        :param dialect: ``"form"`` or ``"json"``.
        :param hint: ``token_type_hint``.
        """
        who = self._caller(caller)
        methods: tuple[str, ...] = ("client_secret_basic",)
        if self._endpoint is not None:
            methods = tuple(self._endpoint.settings.auth_methods)
        headers, proving = credentials(who, methods)
        pairs = [*proving, ("token", token)]
        pairs += [] if hint is None else [("token_type_hint", hint)]
        return send(
            client_of(self._app),
            self._path,
            [token, who.secret or ""],
            method="POST",
            data=_DIALECTS[dialect].encode(pairs),
            content_type=_DIALECTS[dialect].content_type,
            headers=headers,
        )

    def assert_active(
        self,
        token: str,
        *,
        caller: RegisteredClient | tuple[str, str] | None = None,
        dialect: str = "form",
        hint: str | None = None,
        **claims: Any,
    ) -> Mapping[str, Any]:
        """Assert that a token is active for a caller.

        :param claims: members that the answer must have, such as ``scope="read"``.
        :return: all members of the answer.
        """
        __tracebackhide__ = True
        answer = self.introspect(token, caller=caller, dialect=dialect, hint=hint)
        if not answer.is_active:
            pytest.fail(f"The token is not active{self._why(token, caller)}: {answer!r}")
        told = {name: answer.claims.get(name) for name in claims}
        assert told == claims
        return answer.claims

    def assert_inactive(
        self,
        token: str,
        *,
        why: Reason | str | None = None,
        caller: RegisteredClient | tuple[str, str] | None = None,
        dialect: str = "form",
        hint: str | None = None,
    ) -> None:
        """Assert that a token is not active for a caller.

        :param why: the reason that it must have: a :class:`~flask_introspect.Reason` or its word,
            such as ``"revoked"``. An endpoint that is not ours gives none.
        """
        __tracebackhide__ = True
        answer = self.introspect(token, caller=caller, dialect=dialect, hint=hint)
        if not answer.is_inactive:
            what = "active" if answer.is_active else "answered with an error"
            pytest.fail(f"The token is {what}{self._why(token, caller)}: {answer!r}")
        if why is None:
            return
        judgement = self._judgement(token, caller)
        if judgement is None:
            pytest.fail("Only an endpoint of Flask-Introspect says why a token is not active")
        if judgement.reason.value != Reason(why).value:
            text = f"The token is inactive, but not {Reason(why).value}"
            pytest.fail(f"{text}{self._why(token, caller)}")

    def _caller(self, caller: RegisteredClient | tuple[str, str] | None) -> RegisteredClient:
        if isinstance(caller, RegisteredClient):
            return caller
        if caller is not None:
            return RegisteredClient(*caller)
        if self._seer is None:
            self._seer = self._make_seer()
        return self._seer

    def _make_seer(self) -> RegisteredClient:
        """Make a client that sees as much as its table can say."""
        for names in (("resources", "may_introspect"), ("resources",), ("may_introspect",)):
            try:
                return self._make_client(**{name: _SEES_ALL[name] for name in names})
            except CannotMake:
                continue
        return self._make_client()

    def _judgement(self, token: str, caller: Any) -> Introspection | RequestError | None:
        """Judge the token in process: only there is the reason told."""
        if self._endpoint is None:
            return None
        with self._app.app_context():
            try:
                return self._endpoint.introspect(token, caller=self._caller(caller).client_id)
            except RequestError as error:
                return error

    def _why(self, token: str, caller: Any) -> str:
        """Say why, for a message; nothing where nobody knows."""
        judgement = self._judgement(token, caller)
        if judgement is None or self._endpoint is None:
            return ""
        with self._app.app_context():
            text = explained(self._endpoint, token, judgement)
        who = self._caller(caller).client_id
        return f" for the caller {who!r} ({judgement.reason.value}: {text})"
