"""``flask introspect client ...``"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from ..admin import Clients
from ..endpoint import Endpoint
from ..records import Client, Right
from .common import (
    Group,
    common_options,
    duration,
    find_endpoint,
    hand_over,
    say,
    shown_table,
    shown_time,
)
from .registration import CLEARED, check_method, registered, registration_options

__all__ = ["client_cli"]

#: The defaults if nothing is registered of a client, besides its right.
_DEFAULTS: Mapping[str, str] = {
    "visible_claims": "all",
    "visible_scopes": "all",
    "auth_method": "any",
    "introspection_signed_response_alg": "none",
    "introspection_encrypted_response_alg": "none",
    "introspection_encrypted_response_enc": "none",
}

client_cli = Group("client", help="Add, list, show, update, rotate, disable and delete clients.")


@client_cli.command("add")
@click.argument("client_id")
@click.option(
    "--public", is_flag=True, help="A client without a secret. It cannot use the endpoint."
)
@registration_options
@common_options
def add_client(
    client_id: str, public: bool, endpoint: str | None, as_json: bool, **given: Any
) -> None:
    """Add the client CLIENT_ID.

    Unless it is public, or authenticates without a secret, it gets a generated one, which is shown
    only now.
    """
    found, fields = find_endpoint(endpoint)[1], registered(**given)
    check_method(found, fields)
    secret = Clients(found).add(client_id, public=public, **fields)
    document = {"client_id": client_id, "client_secret": secret}
    added = f"Client {client_id!r} is added."
    if secret is None:
        say(as_json, document, added)
    else:
        hand_over(as_json, document, secret, [added, "Its secret is shown this once:"])


@client_cli.command("show")
@click.argument("client_id")
@common_options
def show_client(client_id: str, endpoint: str | None, as_json: bool) -> None:
    """Show what is registered of the client CLIENT_ID, without its secrets."""
    found = find_endpoint(endpoint)[1]
    described = _described(Clients(found).get(client_id))
    defaults = {**_DEFAULTS, "right": _default_right(found)}
    lines = (f"{name}: {_written(value, defaults.get(name))}" for name, value in described.items())
    say(as_json, described, lines)


@client_cli.command("update")
@click.argument("client_id")
@registration_options
@click.option(
    "--clear",
    multiple=True,
    type=click.Choice([*CLEARED]),
    help="Take back what is registered, so that the default counts; may be repeated.",
)
@common_options
def update_client(
    client_id: str, clear: tuple[str, ...], endpoint: str | None, as_json: bool, **given: Any
) -> None:
    """Change what is registered of the client CLIENT_ID.

    What is given replaces what was registered; everything else stays.
    """
    changes = registered(**given)
    changes |= dict.fromkeys(CLEARED[name] for name in clear)
    if not changes:
        raise click.UsageError("There is nothing to change; see --help for the options")
    found = find_endpoint(endpoint)[1]
    clients = Clients(found)
    check_method(found, changes, clients.get(client_id))
    clients.update(client_id, changes)
    say(as_json, _described(clients.get(client_id)), f"Client {client_id!r} is changed.")


@client_cli.command("delete")
@click.argument("client_id")
@click.confirmation_option(prompt="Its tokens will be inactive. Delete it?")
@common_options
def delete_client(client_id: str, endpoint: str | None, as_json: bool) -> None:
    """Delete the client CLIENT_ID. Its tokens are inactive from the next request on."""
    Clients(find_endpoint(endpoint)[1]).delete(client_id)
    document = {"client_id": client_id, "deleted": True}
    say(as_json, document, f"Client {client_id!r} is deleted.")


@client_cli.command("list")
@common_options
def list_clients(endpoint: str | None, as_json: bool) -> None:
    """List the clients, without their secrets."""
    found = find_endpoint(endpoint)[1]
    clients = [_described(each) for each in Clients(found).all()]
    head = ["CLIENT", "STATE", "RIGHT", "RESOURCES"]
    rows = [
        [
            each["client_id"],
            ("enabled" if each["enabled"] else "disabled") + (", public" if each["public"] else ""),
            _written(each["right"], _default_right(found)),
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
        "auth_method": client.auth_method,
        "introspection_signed_response_alg": client.introspection_signed_response_alg,
        "introspection_encrypted_response_alg": client.introspection_encrypted_response_alg,
        "introspection_encrypted_response_enc": client.introspection_encrypted_response_enc,
        "keys": _key_count(client.jwks),
    }


def _key_count(jwks: Any) -> int:
    """Count the keys of a set, or the one that stands alone."""
    keys = jwks.get("keys", [jwks]) if isinstance(jwks, dict) else []
    return len(keys) if isinstance(keys, list) else 0


def _written(value: Any, default: str | None) -> str:
    """Write a value for a person.

    :param default: what counts if nothing is registered.
    """
    if isinstance(value, list):
        return ", ".join(value) or "(none)"
    return f"{default} (default)" if value is None else str(value)


def _default_right(endpoint: Endpoint) -> str:
    """Name the right of a client whose row gives none."""
    policy = endpoint.settings.policy
    return policy.value if isinstance(policy, Right) else f"as {endpoint.prefix}POLICY says"


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
    notes = [
        f"The old secret {'ended' if end is None else f'ends at {shown_time(end)}'}.",
        f"The new secret of client {client_id!r} is shown this once:",
    ]
    hand_over(as_json, document, rotation.clear, notes)


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
