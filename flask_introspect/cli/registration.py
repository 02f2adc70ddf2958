"""The options that say what is registered of a client."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click

from ..records import Right
from ..settings.terms import AUTH_METHODS

__all__ = ["CLEARED", "registered", "registration_options"]

F = TypeVar("F", bound=Callable[..., Any])

#: The canonical fields behind the options that can be taken back.
CLEARED: Mapping[str, str] = {
    "right": "may_introspect",
    "resource": "resources",
    "claim": "visible_claims",
    "scope": "visible_scopes",
    "method": "auth_method",
    "jwks": "jwks",
    "subject-dn": "tls_client_auth_subject_dn",
}

_OPTIONS: Sequence[Callable[[Any], Any]] = (
    click.option(
        "--right", type=click.Choice([each.value for each in Right]), help="What it may see."
    ),
    click.option(
        "--resource",
        "resources",
        multiple=True,
        help="An audience that it stands for; may be repeated.",
    ),
    click.option(
        "--claim",
        "visible_claims",
        multiple=True,
        help="A claim that it is told, instead of all; may be repeated.",
    ),
    click.option(
        "--scope",
        "visible_scopes",
        multiple=True,
        help="A scope that it is told, instead of all; may be repeated.",
    ),
    click.option(
        "--method",
        "auth_method",
        type=click.Choice(sorted(set(AUTH_METHODS.values()) - {"bearer"})),
        help="The only way in which it may authenticate.",
    ),
    click.option(
        "--jwks",
        type=click.File("rb"),
        help="A file with its public keys, a JWK set; - for standard input.",
    ),
    click.option(
        "--subject-dn",
        "tls_client_auth_subject_dn",
        metavar="DN",
        help="The subject of its certificate, such as CN=api,O=Example.",
    ),
)


def registration_options(command: F) -> F:
    """Add the options that say what is registered of a client."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def registered(right: str | None, jwks: Any, **given: Any) -> dict[str, Any]:
    """Collect what the options say, by canonical fields."""
    found = {name: value for name, value in given.items() if value}
    if right is not None:
        found["may_introspect"] = Right(right)
    if jwks is not None:
        try:
            found["jwks"] = json.loads(jwks.read())
        except ValueError:
            raise click.UsageError("--jwks: the file is no JSON") from None
        if not isinstance(found["jwks"], dict):
            raise click.UsageError("--jwks: the file is no JWK set, which is a JSON object")
    return found
