"""How a test asks: a request in either dialect, and the answer to it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, urlencode

from werkzeug.datastructures import Headers
from werkzeug.test import Client

from ..logs import origin_of
from .values import Hidden, RegisteredClient

__all__ = ["FORM", "JSON", "Answer", "Dialect", "basic", "credentials", "send", "shown"]

Pairs = Sequence[tuple[str, Any]]


@dataclass(frozen=True)
class Dialect:
    """One of the ways to ask.

    :ivar name: ``"form"`` or ``"json"``.
    :ivar content_type: the media type of a request.
    :ivar encode: writes parameters as a body.
    """

    name: str
    content_type: str
    encode: Callable[[Pairs], str] = field(repr=False)


def _as_json(pairs: Pairs) -> str:
    """Write an object member by member: a name may stand in it twice."""
    members = (f"{json.dumps(name)}: {json.dumps(value)}" for name, value in pairs)
    return "{" + ", ".join(members) + "}"


FORM = Dialect("form", "application/x-www-form-urlencoded", urlencode)
JSON = Dialect("json", "application/json", _as_json)


@dataclass(frozen=True)
class Answer:
    """What an endpoint answered.

    :ivar status: the HTTP status code.
    :ivar headers: the headers.
    :ivar body: the body, as it came.
    :ivar raised: what the application raised instead of answering, without the text; such an answer
        is a 500, as a server would make it.
    """

    status: int
    headers: Headers = field(repr=False)
    body: bytes
    raised: str | None = None
    _hidden: Sequence[str] = field(default=(), repr=False)

    def __repr__(self) -> str:
        if self.raised is not None:
            return f"<the application raised {self.raised}>"
        return f"<{self.status} {shown(self.body.decode(errors='replace'), self._hidden)}>"

    @property
    def document(self) -> Any:
        """The body as JSON; ``None`` where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def claims(self) -> Mapping[str, Any]:
        """The members of the answer; empty where it is no JSON object."""
        return self.document if isinstance(self.document, dict) else {}

    @property
    def is_active(self) -> bool:
        """Whether the token is said to be good."""
        return self.status == 200 and self.claims.get("active") is True

    @property
    def is_inactive(self) -> bool:
        """Whether it is said that there is no such good token, in either dialect."""
        is_no_token = self.status == 404 and self.claims.get("code") == "404000"
        return is_no_token or (self.status == 200 and self.document == {"active": False})


def basic(client_id: str, secret: str) -> str:
    """Write a ``Basic`` header as :rfc:`6749` section 2.3.1 has it, with both parts encoded."""
    proof = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return Hidden("Basic " + base64.b64encode(proof.encode()).decode())


def credentials(caller: RegisteredClient, methods: Iterable[str]) -> tuple[dict[str, str], Pairs]:
    """Choose how a caller authenticates.

    :param methods: the ways on offer.
    :return: headers and parameters.
    """
    secret = caller.secret or ""
    if "client_secret_basic" in methods:
        return {"Authorization": basic(caller.client_id, secret)}, ()
    return {}, [("client_id", caller.client_id), ("client_secret", secret)]


def send(client: Client, path: str, hidden: Sequence[str] = (), **options: Any) -> Answer:
    """Send a request.

    :param hidden: what the answer's ``repr`` must not show, should the endpoint repeat it.
    :param options: those of Werkzeug's ``EnvironBuilder``.
    """
    try:
        response = client.open(path, **options)
    except Exception as error:  # in tests, Flask re-raises what it would answer with a 500
        return Answer(500, Headers(), b"", origin_of(error))
    with response:
        return Answer(response.status_code, response.headers, response.data, None, hidden)


def shown(text: str, hidden: Iterable[str]) -> str:
    """Remove what a text must not show."""
    for each in hidden:
        if len(each) > 3:  # a shorter one would remove words
            text = text.replace(each, "***")
    return text
