"""The two ways to a token that the page shows: client credentials, and the code flow with PKCE."""

from __future__ import annotations

import base64
import hashlib
import secrets
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import current_app, request, session, url_for

from .demo import SECRETS
from .exchanges import Exchange
from .models import User

CLIENT = "test_client_1"


def redirect_uri() -> str:
    """Where the browser comes back to: this page, under whichever address it is visited."""
    return request.host_url.rstrip("/") + url_for("page.callback")


def client_credentials(*, as_jwt: bool = False) -> Exchange:
    """The client gets a token for itself (RFC 6749 section 4.4)."""
    form = {"grant_type": "client_credentials", "scope": "read"}
    if as_jwt:
        form["resource"] = current_app.config["JWT_AUDIENCE"]
    return Exchange(
        "The client asks for a token of its own",
        "POST",
        url_for("oauth.token"),
        form=form,
        auth=(CLIENT, SECRETS[CLIENT]),
    )


def begin() -> None:
    """Begin a code flow: make up what ties its ends together."""
    session["code_verifier"] = secrets.token_urlsafe(48)
    session["state"] = secrets.token_urlsafe(12)


def is_ours(state: str) -> bool:
    """Whether a browser that comes back is in the flow that it began here (RFC 9700 section 4.7).

    Without a flow there is no state, and no state is nobody's.
    """
    ours = session.get("state", "")
    return bool(ours) and secrets.compare_digest(state.encode(), ours.encode())


def end(code: str) -> Exchange:
    """End the flow: its code is redeemed once, and its state counts no more."""
    exchange = token_request(code)
    for name in ("state", "code_verifier"):
        session.pop(name, None)
    return exchange


def authorization_request() -> Exchange:
    """Where the client sends the browser (RFC 6749 section 4.1.1, RFC 7636 section 4.3)."""
    digest = hashlib.sha256(session["code_verifier"].encode()).digest()
    parameters = {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": redirect_uri(),
        "scope": "read write",
        "state": session["state"],
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    path = f"{url_for('oauth.authorize')}?{urlencode(parameters)}"
    return Exchange("The client sends the browser to the authorization server", "GET", path)


def token_request(code: str) -> Exchange:
    """The client redeems the code (RFC 6749 section 4.1.3, RFC 7636 section 4.5)."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri(),
        "code_verifier": session.get("code_verifier", ""),
    }
    return Exchange(
        "The client redeems the code for tokens",
        "POST",
        url_for("oauth.token"),
        form=form,
        auth=(CLIENT, SECRETS[CLIENT]),
    )


def code_flow(user: User) -> list[Exchange]:
    """Go through a whole code flow, with a browser in which the user is logged in and consents."""
    begin()
    browser = current_app.test_client()
    csrf_token = secrets.token_urlsafe()
    with browser.session_transaction(base_url=request.host_url) as cookies:
        cookies.update(user_id=user.id, csrf_token=csrf_token)
    asked = authorization_request().sent(browser)
    consent = {"answer": "allow", "csrf_token": csrf_token}
    allowed = Exchange(
        "The user says yes, and the browser is sent back with a code",
        "POST",
        asked.path,
        form=consent,
    ).sent(browser)
    return [asked, allowed, end(_code_in(allowed)).sent()]


def _code_in(allowed: Exchange) -> str:
    location = allowed.answer.headers.get("Location", "") if allowed.answer else ""
    return parse_qs(urlsplit(location).query).get("code", [""])[0]
