"""Requests that the page sends for its visitor, and shows: what goes over the wire, and what comes.

They go through this very application, as those of any other client would.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from flask import Flask, current_app, request
from flask.testing import FlaskClient
from werkzeug.datastructures import Authorization, Headers
from werkzeug.test import TestResponse

from flask_introspect import (
    RequestRefused,
    TokenIntrospected,
    request_refused,
    token_introspected,
)

Credentials = tuple[str, str]

#: Where the reason for an answer is left for the page. It is a key of the WSGI environment, so that
#: no request from outside brings it, and no request gets another one's reason.
_REASON = "example_app.reason"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: str
    headers: Headers
    body: str
    #: Why the introspection endpoint answered so. It is never sent to anybody.
    reason: str = ""

    @property
    def code(self) -> int:
        return int(self.status.split()[0])

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def shown_headers(self) -> list[tuple[str, str]]:
        """All headers but cookies: a session is its browser's alone."""
        return [(name, value) for name, value in self.headers if name != "Set-Cookie"]

    @property
    def shown_body(self) -> str:
        """The body, in lines where it is JSON."""
        if self.headers.get("Content-Type", "").startswith("application/json"):
            return json.dumps(self.json, indent=2, ensure_ascii=False)
        return self.body if "html" not in self.headers.get("Content-Type", "") else "(a page)"


@dataclass(frozen=True)
class Exchange:
    """A request, and its answer once it was sent.

    :ivar title: what happens here, for the reader.
    :ivar form: the parameters of a form; :ivar json: or those of a JSON document.
    :ivar auth: client id and secret for ``Basic``.
    """

    title: str
    method: str
    path: str
    form: Mapping[str, str] | None = None
    json: Mapping[str, str] | None = None
    auth: Credentials | None = None
    accept: str | None = None
    answer: Answer | None = field(default=None, compare=False)

    @property
    def url(self) -> str:
        return request.host_url.rstrip("/") + self.path

    @property
    def body(self) -> str:
        if self.json is not None:
            return json.dumps(self.json)
        return urlencode(self.form or {})

    @property
    def headers(self) -> dict[str, str]:
        """The headers that matter, as they are sent."""
        headers = {"Host": request.host}
        if self.auth is not None:
            username, password = self.auth
            basic = Authorization("basic", {"username": username, "password": password})
            headers["Authorization"] = basic.to_header()
        if self.accept is not None:
            headers["Accept"] = self.accept
        if self.json is not None:
            headers["Content-Type"] = "application/json"
        elif self.form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return headers

    @property
    def curl(self) -> str:
        """The same as a command to paste."""
        words = ["curl", "-i"]
        if self.auth is not None:
            words += ["-u", ":".join(self.auth)]
        words.append(self.url)
        if self.accept is not None:
            words += ["-H", f"Accept: {self.accept}"]
        if self.json is not None:
            words += ["-H", "Content-Type: application/json", "-d", self.body]
        for name, value in (self.form or {}).items():
            words += ["--data-urlencode", f"{name}={value}"]
        return shlex.join(words)

    def sent(self, client: FlaskClient | None = None) -> Exchange:
        """Send it.

        :param client: the browser that sends it; a new one, without cookies, unless it is given.
        """
        client = client or current_app.test_client()
        headers = {name: value for name, value in self.headers.items() if name != "Host"}
        reason: list[str] = []
        with _noting(reason):
            response: TestResponse = client.open(
                self.path,
                base_url=request.host_url,
                method=self.method,
                headers=headers,
                data=self.body if self.method == "POST" else None,
                environ_overrides={_REASON: reason},
            )
        body = response.get_data(as_text=True)
        response.close()
        answer = Answer(response.status, response.headers, body, "".join(reason))
        return replace(self, answer=answer)


@contextmanager
def _noting(reason: list[str]) -> Iterator[None]:
    """Listen to the endpoint, which tells its host why a request is answered as it is.

    Only for the moment: whoever listens makes every request a little slower.
    """

    def note(sender: Flask, event: TokenIntrospected | RequestRefused) -> None:
        if request.environ.get(_REASON) is reason:  # others may ask at the same time
            reason.append(event.reason.value)

    app = current_app._get_current_object()  # type: ignore[attr-defined]
    with token_introspected.connected_to(note, app), request_refused.connected_to(note, app):
        yield
