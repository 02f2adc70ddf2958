"""``flask introspect keys ...``"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..admin import AdminError
from ..settings.terms import KNOWN_ALGORITHMS
from .common import Group, common_options, find_endpoint, say, shown_table

if TYPE_CHECKING:  # joserfc is an extra
    from ..admin.keys import KeyLine

__all__ = ["keys_cli"]

keys_cli = Group("keys", help="Make and rotate the keys that answers are signed with.")

_file = click.Path(dir_okay=False, path_type=Path)
_alg = click.option(
    "--alg", type=click.Choice(KNOWN_ALGORITHMS), help="The algorithm of the new key."
)
_json = click.option("--json", "as_json", is_flag=True, help="Write JSON, for a machine.")


def _admin() -> Any:
    """Import what needs the extra.

    :raise AdminError: the extra is missing.
    """
    try:
        from ..admin import keys
    except ImportError:
        raise AdminError("Keys need joserfc: pip install Flask-Introspect[jwt]") from None
    return keys


# The application need not start yet: its configuration names the file that is about to be made.
@keys_cli.command("generate", with_appcontext=False)
@click.argument("file", type=_file)
@_alg
@click.option("--size", type=int, default=2048, show_default=True, help="Bits of an RSA key.")
@_json
def generate(file: Path, alg: str | None, size: int, as_json: bool) -> None:
    """Make FILE with a new private key, which only its owner can read.

    Without --alg the key is for RS256, which every client knows.
    """
    line = _admin().generate_keys(file, alg or "RS256", size)
    document = {"file": str(file), "keys": [_document(line)]}
    say(as_json, document, f"{file} holds the key {line.kid}.")


@keys_cli.command("list")
@click.argument("file", type=_file, required=False)
@common_options
def list_(file: Path | None, endpoint: str | None, as_json: bool) -> None:
    """List the keys in FILE, or those that the endpoint signs with. Nothing private is shown."""
    admin = _admin()
    keys = admin.keys_in(file) if file is not None else _keys_of_endpoint(endpoint)
    _say(as_json, file, admin.list_keys(keys))


@keys_cli.command("rotate")
@click.argument("file", type=_file, required=False)
@_alg
@click.option("--size", type=int, help="Bits of a new RSA key, by default those of the old one.")
@click.option(
    "--keep",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="How many keys that sign no more stay, for answers that are on their way.",
)
@common_options
def rotate(
    file: Path | None,
    alg: str | None,
    size: int | None,
    keep: int,
    endpoint: str | None,
    as_json: bool,
) -> None:
    """Put a new key first in FILE, or in the file that the endpoint signs with.

    A running server notices it.
    """
    admin = _admin()
    path = file if file is not None else _file_of_endpoint(endpoint)
    _say(as_json, path, admin.rotate_keys(path, alg, size, keep))


def _of_endpoint(name: str | None, take: Callable[[Any], Any]) -> Any:
    found = find_endpoint(name)[1]
    if found.signed is None:
        raise AdminError(f"{found.prefix}SIGNING_KEYS is not set; name a file")
    return take(found.signed.signer.source)


def _keys_of_endpoint(name: str | None) -> Any:
    from ..jose import KeysUnavailable

    try:
        return _of_endpoint(name, lambda source: source.current())
    except KeysUnavailable as error:
        raise AdminError(f"There are no keys now: {error}") from None


def _file_of_endpoint(name: str | None) -> Path:
    path: Path | None = _of_endpoint(name, lambda source: source.path)
    if path is None:
        prefix = find_endpoint(name)[1].prefix
        raise AdminError(
            f"{prefix}SIGNING_KEYS names no file, so its keys are rotated where they come from"
        )
    return path


def _document(line: KeyLine) -> dict[str, Any]:
    """Write a key for a machine."""
    members = {
        "kid": line.kid,
        "kty": line.kty,
        "size": line.size,
        "crv": line.crv,
        "algorithms": list(line.algorithms),
        "signs": list(line.signs),
    }
    return {name: value for name, value in members.items() if value is not None}


def _say(as_json: bool, file: Path | None, lines: Sequence[KeyLine]) -> None:
    document = {
        **({} if file is None else {"file": str(file)}),
        "keys": [_document(line) for line in lines],
    }
    rows = [
        (
            line.kid,
            line.crv or f"{line.kty} {line.size}",
            ", ".join(line.signs) or "nothing; others verify with it",
        )
        for line in lines
    ]
    say(as_json, document, shown_table(("key", "kind", "signs"), rows))
