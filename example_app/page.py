"""The page: get a token, look into it as any caller, see why, revoke it, look again.

It is a demonstration, so it shows what a real server would never show: secrets, tokens, and the
reasons that callers are not told.
"""

from __future__ import annotations

import time
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, session, url_for
from sqlalchemy import select
from sqlalchemy.orm import defer
from werkzeug.wrappers import Response as BaseResponse

from . import flows
from .browser import add_headers, check_csrf_token, current_user, log_in
from .demo import PASSWORD, SECRETS, TOKEN, USERNAME
from .exchanges import Exchange
from .held import held_tokens, hold
from .looks import CALLERS, facts, look, signed_look
from .models import Client, Token, db
from .oauth import find_token
from .showing import highlighted

bp = Blueprint("page", __name__)

#: The session is a cookie, which takes 4 kB. No token of this server comes near this.
MAX_TOKEN = 1500


@bp.before_request
def need_user() -> BaseResponse | None:
    """Take forms from our own pages alone, and show nothing else before the user has logged in."""
    if request.method == "POST":
        check_csrf_token()
    if current_user() is None and request.endpoint not in ("page.home", "page.enter"):
        return redirect(url_for(".home"), 303)
    return None


@bp.after_request
def add_form_action(response: Response) -> Response:
    """Let the forms of this page lead nowhere else."""
    add_headers(response)
    response.headers["Content-Security-Policy"] += "; form-action 'self'"
    return response


bp.add_app_template_filter(highlighted)


@bp.app_context_processor
def shared() -> dict[str, Any]:
    return {"user": current_user()}


@bp.get("/")
def home() -> str:
    if current_user() is None:
        return render_template("enter.html", username=USERNAME, password=PASSWORD)
    tokens = select(Token).order_by(Token.id.desc()).limit(20)
    # The tokens themselves are not even read. A page must show only those of its own browser.
    unseen = defer(Token.access_token, raiseload=True), defer(Token.refresh_token, raiseload=True)
    return render_template(
        "home.html",
        clients=db.session.scalars(select(Client).order_by(Client.id)).all(),
        tokens=db.session.scalars(tokens.options(*unseen)).all(),
        held=held_tokens(),
        now=int(time.time()),
        demo_token=TOKEN,
        secrets=SECRETS,
    )


@bp.post("/log-in")
def enter() -> BaseResponse:
    log_in(request.form.get("username", ""), request.form.get("password", ""))
    return redirect(url_for(".home"), 303)


@bp.post("/log-out")
def leave() -> BaseResponse:
    session.clear()
    return redirect(url_for(".home"), 303)


# Getting a token


@bp.get("/client-credentials")
def before_client_credentials() -> str:
    """Step by step: show the request before it is sent."""
    steps = [flows.client_credentials()]
    return render_template("steps.html", title="Client credentials", steps=steps, next="send")


@bp.post("/client-credentials")
def client_credentials() -> str:
    return _tokens("Client credentials", [flows.client_credentials().sent()])


@bp.post("/jwt")
def jwt() -> str:
    return _tokens("A JWT access token", [flows.client_credentials(as_jwt=True).sent()])


@bp.post("/code")
def code_flow() -> str:
    user = current_user()
    assert user is not None  # need_user has seen to it
    return _tokens("Code flow with PKCE", flows.code_flow(user))


@bp.get("/code")
def begin_code_flow() -> str:
    """Step 1 of 3: show where the browser will go."""
    flows.begin()
    steps = [flows.authorization_request()]
    title = "Code flow with PKCE: step 1 of 3"
    return render_template("steps.html", title=title, steps=steps, next="go")


@bp.get("/callback")
def callback() -> str:
    """Step 2 of 3: the browser comes back with a code, or with an error."""
    arrived = request.args.to_dict()
    if not arrived.get("code"):
        return render_template("refused.html", arrived=arrived)
    if not flows.is_ours(arrived.get("state", "")):
        # Somebody else's flow, or an old one: its code must not be redeemed here.
        return render_template("refused.html", arrived={"error": "the state is not this browser's"})
    session["code"] = arrived["code"]
    title = "Code flow with PKCE: step 2 of 3"
    steps = [flows.token_request(arrived["code"])]
    return render_template("steps.html", title=title, steps=steps, arrived=arrived, next="redeem")


@bp.post("/callback")
def redeem() -> str:
    """Step 3 of 3: tokens for the code."""
    return _tokens("Code flow with PKCE: step 3 of 3", [flows.end(session.pop("code", "")).sent()])


def _tokens(title: str, steps: list[Exchange]) -> str:
    answer = steps[-1].answer
    if answer is None or answer.code != 200:
        return render_template("steps.html", title=title, steps=steps, next="start")
    hold(answer.json)
    session["token"] = answer.json["access_token"]
    refresh_token = answer.json.get("refresh_token")
    return render_template(
        "steps.html", title=title, steps=steps, next="look", refresh_token=refresh_token
    )


# Looking into a token


@bp.post("/token")
def choose() -> BaseResponse:
    """Take the token to look into."""
    token = request.form.get("token", "").strip()
    if len(token) > MAX_TOKEN:
        flash("That is longer than any token of this server.")
        return redirect(url_for(".home"), 303)
    session["token"] = token
    return redirect(url_for(".looks"), 303)


@bp.get("/token")
def looks() -> str | BaseResponse:
    token = session.get("token")
    if token is None:
        return redirect(url_for(".home"), 303)
    as_json = request.args.get("dialect") != "form"
    seen = [look(token, caller, as_json=as_json) for caller in CALLERS]
    told = [each.caller for each in seen if each.reason == "active"]
    return render_template(
        "looks.html",
        token=token,
        facts=facts(token),
        before=session.pop("before", {}),
        as_json=as_json,
        revocation=_revocation(token),
        looks=seen,
        signed=signed_look(token, told[-1] if told else CALLERS[1]),
    )


@bp.post("/revoke")
def revoke() -> BaseResponse:
    token = session.get("token", "")
    before = {each.client_id: look(token, each, as_json=True).reason for each in CALLERS}
    answer = _revocation(token).sent().answer
    if answer is not None and answer.code == 200:
        session["before"] = before
        flash("The token is revoked. These are the very next answers.")
    else:
        flash("The server did not revoke it.")
    return redirect(url_for(".looks", dialect=request.form.get("dialect") or None), 303)


def _revocation(token: str) -> Exchange:
    """Revoke a token as the client that it was issued to (RFC 7009)."""
    row = find_token(token)
    client_id = row.client_id if row is not None else flows.CLIENT
    secret = SECRETS.get(client_id)
    return Exchange(
        "The client revokes it",
        "POST",
        url_for("oauth.revoke"),
        form={"token": token} if secret else {"token": token, "client_id": client_id},
        auth=(client_id, secret) if secret else None,
    )
