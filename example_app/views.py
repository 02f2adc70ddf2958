"""The endpoints: authorization with its two pages, token, revocation, and the metadata that names
them all.
"""

from __future__ import annotations

from typing import Any

from authlib.oauth2 import OAuth2Error
from flask import (
    Blueprint,
    Response,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as BaseResponse

from flask_introspect import introspect_bp

from .browser import StaleForm, add_headers, check_csrf_token, csrf_field, current_user, log_in
from .models import db
from .oauth import AUTH_METHODS, server

bp = Blueprint("oauth", __name__)
bp.add_app_template_global(csrf_field)
# RFC 6749 10.13: the consent page must not be framed by others. Its form leads to the redirect URI
# of any client, and browsers hold redirects against "form-action": so the headers have none.
bp.after_request(add_headers)


@bp.route("/v1/oauth/authorize", methods=["GET", "POST"])
def authorize() -> str | BaseResponse:
    """Log in, then consent: both forms post to this very URL, so there is no address to come back
    to, and to forge.
    """
    user = current_user()
    grant = server.get_consent_grant(end_user=user)
    if request.method != "POST":
        return render_template(
            "consent.html" if user else "login.html", client=grant.client, scope=grant.request.scope
        )
    check_csrf_token()
    if user is None:
        log_in(request.form.get("username", ""), request.form.get("password", ""))
        return redirect(request.full_path, 303)
    allowed = request.form.get("answer") == "allow"
    response: Response = server.create_authorization_response(
        grant=grant, grant_user=user if allowed else None
    )
    db.session.commit()
    return response


@bp.post("/v1/oauth/token")
def token() -> Response:
    response: Response = server.create_token_response()
    if response.status_code == 200:
        db.session.commit()
    return response


@bp.post("/v1/oauth/revoke")
def revoke() -> Response:
    response: Response = server.create_endpoint_response("revocation")
    db.session.commit()
    return response


@bp.get("/.well-known/oauth-authorization-server")
def metadata() -> dict[str, Any]:
    """RFC 8414."""
    issuer = current_app.config["INTROSPECT_ISSUER"]
    return {
        "issuer": issuer,
        "authorization_endpoint": issuer + url_for(".authorize"),
        "token_endpoint": issuer + url_for(".token"),
        "revocation_endpoint": issuer + url_for(".revoke"),
        "jwks_uri": issuer + url_for("jwks_view"),
        "scopes_supported": current_app.config["OAUTH2_SCOPES_SUPPORTED"],
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": AUTH_METHODS,
        "revocation_endpoint_auth_methods_supported": AUTH_METHODS,
        **introspect_bp.metadata(),
    }


@bp.errorhandler(OAuth2Error)
def oauth2_error(error: OAuth2Error) -> Response:
    """Answer a client in JSON, and a person who was sent to the code flow with a page."""
    response: Response = server.handle_error_response(None, error)
    if request.endpoint == "oauth.authorize" and response.status_code != 302:
        response.vary.add("Accept")
        # Whoever takes both alike, as curl does, is a client: browsers prefer pages.
        if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
            nothing_asked = not request.args
            page = render_template("oauth_error.html", error=error, nothing_asked=nothing_asked)
            response.set_data(page)
            response.mimetype = "text/html"
    return response


@bp.app_errorhandler(StaleForm)
def stale_form(error: StaleForm) -> tuple[str, int]:
    return render_template("stale.html", text=error.description), 400


@bp.errorhandler(ValueError)
def unreadable_request(error: ValueError) -> tuple[dict[str, str], int]:
    # What Authlib raises for credentials that are no UTF-8, and for a parameter that its error text
    # can't quote.
    return {"error": "invalid_request"}, 400
