"""The options that say what is registered of a client."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click

from ..admin import AdminError
from ..admin.public_keys import public_jwks
from ..endpoint import Endpoint
from ..records import Client, Right
from ..settings.terms import AUTH_METHODS, KNOWN_ALGORITHMS
from ..storage.mapping import PROOF_FIELDS
from .common import note

__all__ = ["CLEARED", "check_method", "registered", "registration_options"]

F = TypeVar("F", bound=Callable[..., Any])

#: The canonical fields behind the options that can be cleared.
CLEARED: Mapping[str, str] = {
    "right": "may_introspect",
    "resource": "resources",
    "claim": "visible_claims",
    "scope": "visible_scopes",
    "method": "auth_method",
    "jwks": "jwks",
    "subject-dn": "tls_client_auth_subject_dn",
    "signed-alg": "introspection_signed_response_alg",
    "encrypted-alg": "introspection_encrypted_response_alg",
    "encrypted-enc": "introspection_encrypted_response_enc",
}

#: The option that registers what a method verifies, where that is no secret.
_PROOFS: Mapping[str, str] = {
    "private_key_jwt": "--jwks",
    "self_signed_tls_client_auth": "--jwks",
    "tls_client_auth": "--subject-dn",
}

#: What ``jose`` can encrypt with; it is imported only where answers are signed.
_KEY_ENCRYPTION = ("RSA-OAEP", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW")
_CONTENT_ENCRYPTION = ("A128CBC-HS256", "A256CBC-HS512", "A128GCM", "A256GCM")

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
    click.option(
        "--signed-alg",
        "introspection_signed_response_alg",
        type=click.Choice(KNOWN_ALGORITHMS),
        help="It gets signed answers alone, signed with this algorithm.",
    ),
    click.option(
        "--encrypted-alg",
        "introspection_encrypted_response_alg",
        type=click.Choice(_KEY_ENCRYPTION),
        help="It gets signed answers alone, encrypted with a key from its --jwks.",
    ),
    click.option(
        "--encrypted-enc",
        "introspection_encrypted_response_enc",
        type=click.Choice(_CONTENT_ENCRYPTION),
        help="How the content of encrypted answers is encrypted.",
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
        found["jwks"] = _public_keys(jwks)
    return found


def check_method(
    endpoint: Endpoint, changes: Mapping[str, Any], before: Client | None = None
) -> None:
    """Refuse a method that the client could never use; warn about one not offered.

    :param changes: what is to be registered, by canonical fields.
    :param before: the client as it is, if there is one.
    """
    method = changes.get("auth_method", before.auth_method if before else None)
    fields = PROOF_FIELDS.get(method or "", ())
    is_touched = changes.keys() & {"auth_method", *fields}
    after = (changes.get(name, getattr(before, name, None)) for name in fields)
    if fields and is_touched and not any(after):
        raise click.UsageError(
            f"The client has nothing that the method {method} could verify, so it could never "
            f"authenticate. Give {_PROOFS[method]}"
        )
    if "auth_method" in changes and method and method not in endpoint.settings.auth_methods:
        key = f"{endpoint.prefix}AUTH_METHODS"
        note(f"Warning: {key} does not offer {method}, so the client cannot authenticate yet.")


def _public_keys(file: Any) -> dict[str, Any]:
    """Read the file of ``--jwks``. No error shows what it holds, which may be private."""
    try:
        return public_jwks(json.loads(file.read()))
    except (ValueError, RecursionError):
        raise click.UsageError("--jwks: the file is no JSON") from None
    except AdminError as problem:
        raise click.UsageError(f"--jwks: {problem}") from None
