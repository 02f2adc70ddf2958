"""From octets to a request, and what an answer to any request must be."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..authentication import signing
from ..jwt.issuer import issued
from ..support import FORM, JSON, PATH, basic

SIGNED = "application/token-introspection+jwt"

#: What stands between the parts of an input.
MARK = b"\n--\n"

#: The parts, in their order; what is left is the body.
PARTS = ("REQUEST_METHOD", "CONTENT_TYPE", "HTTP_AUTHORIZATION", "HTTP_ACCEPT", "QUERY_STRING")

BASIC = basic("test_client_1", "test_secret")["Authorization"]


def environ_of(data: bytes) -> dict[str, Any]:
    """Make a request of octets, as a server would hand it on."""
    *given, body = data.split(MARK, len(PARTS))
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": PATH,
        "SCRIPT_NAME": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in zip(PARTS, given, strict=False):
        # No server hands on a line break in a header.
        text = value.decode("latin-1").replace("\r", "").replace("\n", "")
        if text:
            environ[name] = text
    return environ


def seeds() -> list[bytes]:
    """Requests of each kind, to begin with."""
    assertion = signing.signed("ES256", iat=None)
    parameters: list[Mapping[str, Any]] = [
        {"token": "documented"},
        {"token": "documented", "token_type_hint": "refresh_token"},
        {"token": "nothing"},
        {"token": issued()},
        {"token": issued(cnf={"jkt": "x"}, exp=1)},
        {"token": "x", "client_id": "test_client_1", "client_secret": "test_secret"},
        {
            "token": "documented",
            "client_assertion_type": signing.TYPE,
            "client_assertion": assertion,
        },
        {},
    ]
    made = []
    for values in parameters:
        form = "&".join(f"{name}={value}" for name, value in values.items()).encode()
        for content_type, body in ((FORM, form), (JSON, json.dumps(values).encode())):
            for credentials in (BASIC, "", "Bearer bearer"):
                for accept in ("", SIGNED):
                    made.append(_joined("POST", content_type, credentials, accept, "", body))
    made.append(_joined("GET", "", BASIC, "*/*", "token=documented", b""))
    made.append(_joined("POST", "text/plain", BASIC, "", "client_secret=x", b"token=documented"))
    return made


def _joined(*parts: str | bytes) -> bytes:
    return MARK.join(part if isinstance(part, bytes) else part.encode() for part in parts)


def dictionary() -> Sequence[str]:
    """Words that mean something here, for the mutations."""
    return [
        "token",
        "token_type_hint",
        "access_token",
        "client_id",
        "client_secret",
        "client_assertion",
        "client_assertion_type",
        "test_client_1",
        "documented",
        "Basic ",
        "Bearer ",
        "application/json",
        "application/x-www-form-urlencoded",
        "; charset=utf-8",
        ";q=0.5",
        "*/*",
        SIGNED,
        "eyJhbGciOiJub25lIn0",
        "%00",
        "\\\\ud800",
        "1e999",
        "null",
    ]


def fault(environ: Mapping[str, Any], status: str, headers: Mapping[str, str], body: bytes) -> str:
    """Say what is wrong with an answer; nothing where it is as any answer must be."""
    code = int(status.split()[0])
    if code >= 500:
        return f"the status is {code}"
    if headers.get("Cache-Control") != "no-store" or headers.get("Vary") != "Accept":
        return "a header is missing"
    if headers["Content-Type"] == SIGNED:
        is_jws = code == 200 and body.count(b".") == 2
        return "" if is_jws and SIGNED in environ["HTTP_ACCEPT"].lower() else "a JWT unasked"
    if headers["Content-Type"] != "application/json":
        return "it is not JSON"
    document = json.loads(body)
    if code == 200:
        good = document == {"active": False} or (document["active"] is True and "sub" in document)
        return "" if good else "it is no answer"
    challenge = headers.get("WWW-Authenticate", "")
    # A bearer token without the scope is a 403 with a challenge (RFC 6750 section 3.1).
    if bool(challenge) != (code == 401 or "insufficient_scope" in challenge):
        return "a challenge is missing, or too many"
    is_json = environ.get("CONTENT_TYPE", "").partition(";")[0].strip(" \t").lower() == JSON
    members = ["code", "status_code", "status", "error"]
    expected = members if is_json else ["error", "error_description"]
    return "" if list(document) == expected else "it is in another dialect"
