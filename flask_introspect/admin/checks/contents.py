"""What the tables hold: wide rights, secrets that cannot be checked, tokens in plain text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec

import sqlalchemy as sa

from ...decision import EVERY_RESOURCE
from ...endpoint import Endpoint
from ...records import Client, Right
from ...secrets import UnreadableSecret, format_of, is_hash, stored_secrets
from ..client_secrets import advice_for
from ..clients import Clients
from ..errors import AdminError
from ..hash_tokens import Hashing, hashings, plain_only
from ..mapped import only, source
from ..revocation import kind_of
from ..token_tables import OwnTokens
from .findings import Finding, error, info, warning

__all__ = ["contents"]

#: How many clients a finding names.
_NAMED = 5


def contents(
    endpoint: Endpoint, clients: Clients, tokens: Sequence[OwnTokens]
) -> Iterator[Finding]:
    """Judge the rows of all tables. The database must have the tables and columns."""
    yield from _rights(clients)
    yield from _odd_kinds(tokens)
    yield from _secrets(clients)
    yield from _plain_tokens(endpoint, tokens)


def _rights(clients: Clients) -> Iterator[Finding]:
    found = list(clients.all())
    free = [client.client_id for client in found if client.right is Right.ANY]
    if free:
        problem = f"{_named(free)} may look into tokens without an audience"
        yield info("clients_any", problem, "Nothing, if so intended")
    everywhere = [client.client_id for client in found if EVERY_RESOURCE in client.resources]
    if everywhere:
        problem = f"{_named(everywhere)} stand for every audience"
        yield info("clients_everywhere", problem, "Nothing, if so intended")


def _odd_kinds(tokens: Sequence[OwnTokens]) -> Iterator[Finding]:
    """Judge the words of the columns that say what kind of token a row holds."""
    for own in tokens:
        if not own.mapping.has_kind:
            continue
        table, column = own.mapping, own.mapping.columns["kind"]
        statement = sa.select(column).select_from(source(table)).where(*only(table)).distinct()
        with own.engine.connect() as connection:
            words = connection.execute(statement.limit(_NAMED)).scalars().all()
        for word in words:
            try:
                kind_of(own, word)
            except AdminError as problem:
                yield error("unknown_kind", str(problem), "Correct these rows, or map the column")


def _named(client_ids: Sequence[str]) -> str:
    names = ", ".join(repr(client_id) for client_id in client_ids[:_NAMED])
    more = len(client_ids) - _NAMED
    return f"{names} and {more} more" if more > 0 else names


def _secrets(clients: Clients) -> Iterator[Finding]:
    are_plain = clients.own.mapping.plain_secrets
    if are_plain:
        yield warning(
            "plain_secrets",
            f"{clients.own.setting} takes client secrets for plain text: who reads the table can "
            "act as any client",
            "Hash the secrets, and map the column without plain(...)",
        )
    if clients.settings.secret_verifier is not None:
        problem = "Stored secrets are in a format of the host's own, and not looked into"
        yield info("own_verifier", problem, "Nothing")
        return
    unreadable: list[str] = []
    extras: set[str] = set()
    for client in clients.all():
        secrets = _stored(client)
        if secrets is None or not (are_plain or all(map(is_hash, secrets))):
            unreadable.append(client.client_id)
        extras |= _extras(secrets or ())
    if unreadable:
        yield error(
            "unreadable_secrets",
            f"The stored secrets of {_named(unreadable)} are in no known hash format, or in plain "
            "text",
            f"{advice_for(clients.own)}. Else give these clients new secrets: flask introspect "
            "client rotate",
        )
    yield from (_missing(extra) for extra in sorted(extras) if find_spec(extra) is None)


def _stored(client: Client) -> list[str] | None:
    try:
        return [each.value for each in stored_secrets(client.secrets)]
    except UnreadableSecret:
        return None


def _extras(secrets: Sequence[str]) -> set[str]:
    """List the extras that read some stored secrets."""
    formats = [format_of(each) for each in secrets]
    return {each.extra for each in formats if each is not None and each.extra is not None}


def _missing(extra: str) -> Finding:
    return error(
        "missing_extra",
        f"There are {extra} hashes among the stored secrets, and nothing to check them with",
        f"pip install Flask-Introspect[{extra}]",
    )


def _plain_tokens(endpoint: Endpoint, tokens: Sequence[OwnTokens]) -> Iterator[Finding]:
    for own in tokens:
        for key in plain_only(own):
            yield warning(
                "plain_tokens",
                f"{own.name} holds {key.kind.value}s in plain text: who reads the table can use "
                "them",
                "Add a column for digests, map it with sha256(...) first, then run: "
                "flask introspect hash-tokens",
            )
    try:
        yield from (_hashed(hashing) for hashing in hashings(endpoint))
    except AdminError as problem:
        yield error("cannot_hash", str(problem), "See the documentation on hashing tokens")


def _hashed(hashing: Hashing) -> Finding:
    """Say how many tokens of a column are still in plain text."""
    name, left = f"{hashing.table}.{hashing.column}", hashing.count()
    if left:
        problem = f"{left} rows have plain text in {name}"
        return warning("unhashed_tokens", problem, "Run: flask introspect hash-tokens")
    remedy = f"Take plain({hashing.column!r}) out of the mapping"
    return info("all_hashed", f"{name} holds no token any more", remedy)
