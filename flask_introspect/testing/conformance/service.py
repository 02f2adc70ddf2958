"""An endpoint as a conformance test meets it: something to ask, with clients and tokens to make."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import pytest
from werkzeug.test import Client

from ...endpoint import Endpoint
from ...settings import Settings
from ..asking import Answer, Dialect, credentials, send
from ..values import CannotMake, Hidden, IssuedToken, RegisteredClient

__all__ = ["USUAL", "Service"]

#: The caller of a question that names none.
USUAL = RegisteredClient("the usual caller")


@dataclass
class Service:
    """The endpoint under test.

    :ivar http: sends its requests.
    :ivar path: where it is mounted.
    :ivar endpoint: its insides, if it is one of ours.
    :ivar auth_methods: the ways to authenticate that it offers.
    :ivar dialects: the names of the dialects that it is asked in.
    :ivar make_client: registers clients; :ivar make_token: issues tokens; :ivar revoke_token:
        revokes one.
    """

    http: Client
    path: str
    endpoint: Endpoint | None
    auth_methods: Iterable[str]
    dialects: Iterable[str]
    make_client: Callable[..., RegisteredClient]
    make_token: Callable[..., str]
    revoke_token: Callable[[str], None]
    _hidden: list[str] = field(default_factory=list, repr=False)

    @cached_property
    def caller(self) -> RegisteredClient:
        """The usual caller: a client that may ask about its own tokens."""
        return self.client()

    @property
    def now(self) -> float:
        """The present time, in epoch seconds, as the endpoint has it."""
        return time.time() if self.endpoint is None else self.endpoint.settings.clock()

    def client(self, client_id: str | None = None, **how: Any) -> RegisteredClient:
        """Register a client; a test that needs a client that cannot be made is skipped."""
        named = {} if client_id is None else {"client_id": client_id}
        client: RegisteredClient = _made(self.make_client, **named, **how)
        self._hidden += [client.secret] if client.secret else []
        return client

    def token(self, client: RegisteredClient | None = None, **how: Any) -> str:
        """Issue a token, to the usual caller unless another client is named.

        A test that needs a token that cannot be made is skipped.
        """
        token = _made(partial(self.make_token, client or self.caller), **how)
        self._hidden.append(token)
        return IssuedToken(token)

    def bearer(self, **how: Any) -> dict[str, str]:
        """Write the header of the usual caller that comes with a token of its own."""
        scope = "introspection" if self.endpoint is None else self.endpoint.settings.bearer_scope
        token = self.token(**{"scope": f"read {scope}", **how})
        return {"Authorization": Hidden(f"Bearer {token}")}

    def revoke(self, token: str) -> None:
        """Revoke a token; a test that needs it is skipped where that cannot be done."""
        try:
            self.revoke_token(token)
        except CannotMake as error:
            pytest.skip(f"a token cannot be revoked here: {error}")

    def ask(
        self,
        token: Any,
        dialect: Dialect,
        *,
        caller: RegisteredClient | None = USUAL,
        hint: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask about a token.

        :param caller: who asks; ``None`` for nobody.
        :param headers: further headers, which come before the ones that prove the caller.
        """
        pairs = (
            [("token", token)] if hint is None else [("token", token), ("token_type_hint", hint)]
        )
        return self.post(pairs, dialect, caller=caller, headers=headers)

    def post(
        self,
        pairs: Sequence[tuple[str, Any]],
        dialect: Dialect,
        *,
        caller: RegisteredClient | None = USUAL,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> Answer:
        """Send parameters in a dialect; a name may come twice."""
        proof, proving = self._proof(caller)
        return self._send(
            data=dialect.encode([*proving, *pairs]),
            content_type=dialect.content_type,
            headers={**proof, **(headers or {})},
            **options,
        )

    def send(
        self,
        body: str | bytes | None,
        content_type: str | None,
        *,
        caller: RegisteredClient | None = USUAL,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> Answer:
        """Send any request at all; the caller stands in the header."""
        proof, proving = self._proof(caller)
        if proving:
            pytest.skip("client_secret_basic is not on offer, and this needs a caller in a header")
        headers = {**proof, **(headers or {})}
        return self._send(data=body, content_type=content_type, headers=headers, **options)

    def _proof(
        self, caller: RegisteredClient | None
    ) -> tuple[dict[str, str], Sequence[tuple[str, Any]]]:
        if caller is None:
            return {}, ()
        return credentials(self.caller if caller is USUAL else caller, self.auth_methods)

    def _send(self, **options: Any) -> Answer:
        answer = send(self.http, self.path, self._hidden, **{"method": "POST", **options})
        if answer.status == 429:
            pytest.fail("A limit of the host's answered instead. Raise it for its tests")
        return answer

    def judges_by_audience(self) -> None:
        """Skip the test where the host judges by itself who may see what."""
        if self.endpoint is not None and callable(self.endpoint.settings.policy):
            pytest.skip(f"{self.endpoint.prefix}POLICY is a callable of the host's")

    @property
    def settings(self) -> Settings:
        """The configuration of an endpoint of ours; a test that needs it is skipped elsewhere."""
        if self.endpoint is None:
            pytest.skip("the endpoint is not one of Flask-Introspect")
        return self.endpoint.settings

    def speaks(self, dialect: str) -> None:
        """Skip the test unless the endpoint is asked in a dialect."""
        if dialect not in self.dialects:
            pytest.skip(f"{dialect!r} is not among the dialects")

    def offers(self, *methods: str) -> None:
        """Skip the test unless one of these ways to authenticate is on offer."""
        if not set(methods) & set(self.auth_methods):
            pytest.skip(f"{' or '.join(methods)} is not on offer")


def _made(make: Callable[..., Any], **how: Any) -> Any:
    """Make a client or a token.

    What is out of the ordinary may be missing in a host, and skips the test. Without the ordinary
    no test would have asked anything, so that fails.
    """
    try:
        return make(**how)
    except CannotMake as error:
        problem = f"it cannot be made here with {', '.join(how)}: {error}"
        if how:
            pytest.skip(problem)
        pytest.fail(f"neither clients nor tokens can be made here: {error}", pytrace=False)
