"""Calling a WSGI application directly.

The overhead of a server or a test client would hide the differences.
"""

from __future__ import annotations

import base64
import io
import json
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from .scene import PATH, SECRET

Environ = dict[str, Any]
WSGI = Callable[..., Any]
Clock = Callable[[], float]

FORM, JSON = "application/x-www-form-urlencoded", "application/json"


def encode(token: str, content_type: str = FORM) -> bytes:
    """Encode the body of a request."""
    parameters = {"token": token, "token_type_hint": "access_token"}
    return (json.dumps(parameters) if content_type == JSON else urlencode(parameters)).encode()


def authorization(caller: str, secret: str = SECRET) -> str:
    """Write a caller's ``Authorization`` header."""
    return "Basic " + base64.b64encode(f"{caller}:{secret}".encode()).decode()


def environ(caller: str, token: str, content_type: str = FORM) -> Environ:
    """Make a fresh request, as a server would hand it over."""
    body = encode(token, content_type)
    return {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": PATH,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost",
        "HTTP_ACCEPT": "application/json",
        "HTTP_AUTHORIZATION": authorization(caller),
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def answer(app: WSGI, request: Environ) -> tuple[int, Any]:
    """Ask once.

    :return: status and body: what its JSON says, or the text of a signed answer.
    """
    started: list[str] = []
    body = _consume(app, request, lambda status, headers, exc_info=None: started.append(status))
    text = body.decode()
    return int(started[0].split()[0]), json.loads(text) if text.startswith("{") else text


def seconds_of(app: WSGI, requests: deque[Environ], clock: Clock = time.process_time) -> float:
    """Time some requests, and empty the queue: like a server, keep none that is answered.

    :param clock: by default the processor time of this process, so that waiting for the core
        is not counted.
    """
    before = clock()
    while requests:
        _consume(app, requests.popleft(), _ignore)
    return clock() - before


def _ignore(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None: ...


def _consume(app: WSGI, request: Environ, start_response: Callable[..., Any]) -> bytes:
    body = app(request, start_response)
    try:
        return b"".join(body)
    finally:
        body.close()
