"""``flask introspect client ...``"""

from __future__ import annotations

from typing import Any

import click

from ..admin import Clients
from ..records import Client, Right
from .common import Group, common_options, duration, find_endpoint, say, shown_table, shown_time

__all__ = ["client_cli"]

client_cli = Group("client", help="Add, list, rotate and disable clients.")


@client_cli.command("add")
@click.argument("client_id")
@click.option(
    "--public", is_flag=True, help="A client without a secret. It cannot use the endpoint."
)
@click.option("--right", type=click.Choice([each.value for each in Right]), help="What it may see.")
@click.option(
    "--resource",
    "resources",
    multiple=True,
    help="An audience that it stands for; may be repeated.",
)
@click.option(
    "--claim",
    "visible_claims",
    multiple=True,
    help="A claim that it is told, instead of all; may be repeated.",
)
@click.option(
    "--scope",
    "visible_scopes",
    multiple=True,
    help="A scope that it is told, instead of all; may be repeated.",
)
@common_options
def add_client(
    client_id: str, right: str | None, endpoint: str | None, as_json: bool, **given: Any
) -> None:
    """Add the client CLIENT_ID.

    Unless it is public it gets a generated secret, which is shown only now.
    """
    clients = Clients(find_endpoint(endpoint)[1])
    secret = clients.add(client_id, right=Right(right) if right else None, **given)
    lines = [f"Client {client_id!r} is added."]
    if secret is not None:
        lines.append(f"Its secret, which is shown this once: {secret}")
    say(as_json, {"client_id": client_id, "client_secret": secret}, lines)


@client_cli.command("list")
@common_options
def list_clients(endpoint: str | None, as_json: bool) -> None:
    """List the clients, without their secrets."""
    clients = [_described(each) for each in Clients(find_endpoint(endpoint)[1]).all()]
    head = ["CLIENT", "STATE", "RIGHT", "RESOURCES"]
    rows = [
        [
            each["client_id"],
            ("enabled" if each["enabled"] else "disabled") + (", public" if each["public"] else ""),
            each["right"] or "(default)",
            ", ".join(each["resources"]),
        ]
        for each in clients
    ]
    say(as_json, {"clients": clients}, shown_table(head, rows))


def _described(client: Client) -> dict[str, Any]:
    """Describe a client without its secrets and keys."""
    return {
        "client_id": client.client_id,
        "enabled": client.enabled,
        "public": client.public,
        "right": client.right.value if client.right else None,
        "resources": sorted(client.resources),
        "visible_claims": _sorted(client.visible_claims),
        "visible_scopes": _sorted(client.visible_scopes),
    }


def _sorted(names: frozenset[str] | None) -> list[str] | None:
    return None if names is None else sorted(names)


@client_cli.command("rotate")
@click.argument("client_id")
@click.option(
    "--keep",
    type=duration,
    default=0,
    help="For how long the old secret stays good, such as 24h. Without it, the old one ends now.",
)
@common_options
def rotate_client(client_id: str, keep: int, endpoint: str | None, as_json: bool) -> None:
    """Give the client CLIENT_ID a new secret.

    The secret is generated and shown only now.
    """
    rotation = Clients(find_endpoint(endpoint)[1]).rotate(client_id, keep)
    end = rotation.old_end
    document = {
        "client_id": client_id,
        "client_secret": rotation.clear,
        "old_secret_ends": end,
    }
    lines = [
        f"Client {client_id!r} has a new secret, which is shown this once: {rotation.clear}",
        f"The old one {'ended' if end is None else f'ends at {shown_time(end)}'}.",
    ]
    say(as_json, document, lines)


@client_cli.command("disable")
@click.argument("client_id")
@click.option("--undo", is_flag=True, help="Enable it again.")
@common_options
def disable_client(client_id: str, undo: bool, endpoint: str | None, as_json: bool) -> None:
    """Disable the client CLIENT_ID.

    From the next request on it is refused, and its tokens are not active.
    """
    Clients(find_endpoint(endpoint)[1]).set_enabled(client_id, undo)
    document = {"client_id": client_id, "enabled": undo}
    say(as_json, document, f"Client {client_id!r} is {'enabled' if undo else 'disabled'}.")
