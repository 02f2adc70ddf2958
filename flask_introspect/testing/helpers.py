"""What a host's own tests say: ask about a token, and assert the result."""

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
from .values import CannotMake, RegisteredClient, nearest

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
    :param endpoint: the endpoint itself, if it is ours: only it knows why.
    :param make_client: makes the caller if a question names none.
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

        :param caller: who asks: a client that was made, or id and secret. When left out, a client
            that sees as much as its table allows; or, where that client may not know of the token,
            the one that the token was issued to.
        :param dialect: ``"form"`` or ``"json"``.
        :param hint: ``token_type_hint``.
        """
        return self._ask(token, self._caller(caller, token), dialect, hint)

    def _ask(self, token: str, who: RegisteredClient, dialect: str, hint: str | None) -> Answer:
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
        who = self._caller(caller, token)
        answer = self._ask(token, who, dialect, hint)
        if not answer.is_active:
            pytest.fail(f"The token is not active{self._why(token, who)}: {answer!r}")
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
        reason = None if why is None else _reason(why)
        who = self._caller(caller, token)
        answer = self._ask(token, who, dialect, hint)
        if not answer.is_inactive:
            what = "active" if answer.is_active else "answered with an error"
            pytest.fail(f"The token is {what}{self._why(token, who)}: {answer!r}")
        if reason is None:
            return
        judgement = self._judgement(token, who)
        if judgement is None:
            pytest.fail("Only an endpoint of Flask-Introspect says why a token is not active")
        if judgement.reason.value != reason.value:
            text = f"The token is inactive, but not {reason.value}"
            pytest.fail(f"{text}{self._why(token, who)}")

    def _caller(
        self, caller: RegisteredClient | tuple[str, str] | None, token: str
    ) -> RegisteredClient:
        if isinstance(caller, RegisteredClient):
            return caller
        if caller is not None:
            return RegisteredClient(*caller)
        if self._seer is None:
            self._seer = self._make_seer()
        return self._holder(token, self._seer) or self._seer

    def _holder(self, token: str, seer: RegisteredClient) -> RegisteredClient | None:
        """Find the client of a token, if only that one may know of it, and can ask.

        On tables without audiences and rights nobody else may: every token would be inactive, even
        a good one. The same holds for refresh tokens on all tables.
        """
        holder = getattr(token, "holder", None)
        if holder is None or holder.secret is None:
            return None
        seen = self._judgement(token, seer)
        if seen is None or seen.reason is not Reason.NOT_FOR_CALLER:
            return None
        is_refused = isinstance(self._judgement(token, holder), RequestError)
        return None if is_refused else holder

    def _make_seer(self) -> RegisteredClient:
        """Make a client that sees as much as its table can grant."""
        for names in (("resources", "may_introspect"), ("resources",), ("may_introspect",)):
            try:
                return self._make_client(**{name: _SEES_ALL[name] for name in names})
            except CannotMake:
                continue
        return self._make_client()

    def _judgement(self, token: str, who: RegisteredClient) -> Introspection | RequestError | None:
        """Judge the token in process: only that gives the reason."""
        if self._endpoint is None:
            return None
        with self._app.app_context():
            try:
                return self._endpoint.introspect(token, caller=who.client_id)
            except RequestError as error:
                return error

    def _why(self, token: str, who: RegisteredClient) -> str:
        """Say why, for a message; nothing if nobody knows."""
        judgement = self._judgement(token, who)
        if judgement is None or self._endpoint is None:
            return ""
        with self._app.app_context():
            text = explained(self._endpoint, token, judgement)
        return f" for the caller {who.client_id!r} ({judgement.reason.value}: {text})"


def _reason(why: Reason | str) -> Reason:
    """Read a reason, or say which there are."""
    try:
        return Reason(why)
    except ValueError:
        known = nearest(str(why), (each.value for each in Reason if each is not Reason.ACTIVE))
        text = f"There is no reason {why!r}. The reasons are, the nearest first: {known}"
        raise ValueError(text) from None
