"""``flask introspect token ...``"""

from __future__ import annotations

import click

from ..admin import NEVER, issue_token, revoke_token
from ..records import Kind
from .common import (
    Group,
    TokenCommand,
    common_options,
    duration,
    find_endpoint,
    hand_over,
    read_token,
    say,
    shown_time,
)

__all__ = ["token_cli"]

token_cli = Group("token", help="Issue and revoke tokens.")


@token_cli.command("issue")
@click.argument("client_id")
@click.option("--refresh", is_flag=True, help="A refresh token.")
@click.option("--scope", help="Its scopes, separated by blanks.")
@click.option("--username", help="The user that it is issued for.")
@click.option("--sub", help="The subject, where it is not the user name.")
@click.option("--aud", "audiences", multiple=True, help="Its audience; may be repeated.")
@click.option(
    "--expires-in",
    type=duration,
    show_default="1h",
    help="How long it is good, such as 24h.",
)
@click.option("--never-expires", is_flag=True, help="It is good until it is revoked.")
@common_options
def issue(
    client_id: str,
    refresh: bool,
    scope: str | None,
    username: str | None,
    sub: str | None,
    audiences: tuple[str, ...],
    expires_in: int | None,
    never_expires: bool,
    endpoint: str | None,
    as_json: bool,
) -> None:
    """Issue a token to the client CLIENT_ID. It is shown only now."""
    if never_expires and expires_in is not None:
        raise click.UsageError("Give --expires-in or --never-expires, not both")
    fields = {"scope": scope, "username": username, "sub": sub, "aud": list(audiences)}
    new = issue_token(
        find_endpoint(endpoint)[1],
        client_id,
        Kind.REFRESH if refresh else Kind.ACCESS,
        NEVER if never_expires else expires_in,
        {name: value for name, value in fields.items() if value},
    )
    document = {
        "token": new.clear,
        "kind": new.kind.value,
        "client_id": client_id,
        "exp": new.exp,
    }
    notes = ["The token is shown this once:", f"It ends: {shown_time(new.exp)}"]
    hand_over(as_json, document, new.clear, reversed(notes))


@token_cli.command("revoke", cls=TokenCommand)
@common_options
def revoke(endpoint: str | None, as_json: bool) -> None:
    """Revoke a token, read from a hidden prompt or from standard input."""
    found = find_endpoint(endpoint)[1]
    kinds = [kind.value for kind in revoke_token(found, read_token())]
    shown = ", ".join(kind.replace("_", " ") for kind in kinds)
    say(as_json, {"revoked": kinds}, f"Revoked: {shown}.")
