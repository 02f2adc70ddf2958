"""The browser's session: who is logged in, and what keeps others from sending forms for them.

And the headers that keep its pages from harm.
"""

from __future__ import annotations

import secrets

from flask import Response, flash, request, session
from markupsafe import Markup
from sqlalchemy import select
from werkzeug.exceptions import BadRequest
from werkzeug.security import check_password_hash, generate_password_hash

from .models import User, db

#: Compared against when there is no such user, so that guessing names takes as long as guessing
#: passwords.
NOBODY = generate_password_hash(secrets.token_hex())


#: No code and no style stands in the pages themselves, and nothing comes from elsewhere.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


class StaleForm(BadRequest):
    """A form came without the token that this session's forms have."""

    description = "The form is too old: go back, reload it and try again."


def current_user() -> User | None:
    return db.session.get(User, session["user_id"]) if "user_id" in session else None


def log_in(username: str, password: str) -> None:
    user = db.session.scalar(select(User).filter_by(username=username))
    if check_password_hash(user.password_hash if user else NOBODY, password) and user:
        session.clear()
        session["user_id"] = user.id
    else:
        flash("Wrong name or password.")


def csrf_token() -> str:
    value: str = session.setdefault("csrf_token", secrets.token_urlsafe())
    return value


def csrf_field() -> Markup:
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(csrf_token())


def check_csrf_token() -> None:
    """Take a form only from a page of ours."""
    given = request.form.get("csrf_token", "").encode()
    if not secrets.compare_digest(given, csrf_token().encode()):
        raise StaleForm()


def add_headers(response: Response) -> Response:
    """Add what every page carries, and every answer that holds a token."""
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": POLICY,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    response.headers.update(headers)
    return response
