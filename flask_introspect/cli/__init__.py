"""``flask introspect ...``: the administrator's side of the endpoint.

These modules read options and write text or JSON. What the commands do is in ``admin``.
"""

from __future__ import annotations

from .batches import hash_tokens, purge
from .check import check_command
from .clients import client_cli
from .common import Group
from .explain import explain
from .keys import keys_cli
from .openapi import openapi
from .tokens import token_cli

__all__ = ["introspect_cli"]

introspect_cli = Group("introspect", help="Look after the token introspection endpoint.")

for _command in (
    client_cli,
    token_cli,
    keys_cli,
    openapi,
    explain,
    check_command,
    purge,
    hash_tokens,
):
    introspect_cli.add_command(_command)
