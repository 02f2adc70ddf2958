"""``flask introspect openapi``"""

from __future__ import annotations

import json

import click
from flask.cli import with_appcontext

from ..openapi import document
from .common import common_options, find_endpoint, say

__all__ = ["openapi"]


@click.command("openapi")
@common_options
@with_appcontext
def openapi(endpoint: str | None, as_json: bool) -> None:
    """Describe the endpoint as an OpenAPI document, in JSON; --json writes it on one line."""
    found = document(find_endpoint(endpoint)[1])
    say(as_json, found, json.dumps(found, indent=2))
