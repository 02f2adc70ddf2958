"""``python -m example_app``: seed the database, say what to try, serve."""

from __future__ import annotations

import os
import socket

from . import create_app
from .demo import PASSWORD, TOKEN, USERNAME, seed

HOST = "127.0.0.1"

WELCOME = """\
An authorization server for trying out. Its page, where tokens are got, looked into and revoked:

{issuer}/

Log in there as {username} with {password}. Or look into a token of {username} from here, in JSON:

{json}

or as a form, the way of RFC 7662:

{form}
"""


def curl_lines(issuer: str) -> tuple[str, str]:
    """The two lines to paste: the JSON dialect, then the form."""
    curl = f"curl -u test_client_1:test_secret {issuer}/v1/oauth/introspect"
    return (
        f"""{curl} -H 'Content-Type: application/json' -d '{{"token": "{TOKEN}"}}'""",
        f"{curl} -d token={TOKEN}",
    )


def check_port(port: int) -> None:
    """End with a line where the port is not free, before anything is written or promised."""
    try:
        socket.create_server((HOST, port)).close()
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else error
        raise SystemExit(
            f"Port {port} cannot be listened on ({reason}). Set another PORT"
        ) from None


def main() -> None:
    app = create_app()
    check_port(app.config["PORT"])
    with app.app_context():
        seed()
    issuer = app.config["INTROSPECT_ISSUER"]
    json, form = curl_lines(issuer)
    user = {"username": USERNAME, "password": PASSWORD}
    print(WELCOME.format(issuer=issuer, json=json, form=form, **user), flush=True)
    app.run(host=HOST, port=app.config["PORT"])


if __name__ == "__main__":
    main()
