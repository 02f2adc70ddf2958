"""Is this deployment sound? What ``flask introspect check`` looks at, each finding with its remedy."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.engine.reflection import Inspector

from .blueprint import Endpoint
from .credentials import UnreadableSecret, is_hash, stored_secrets
from .maintenance import ClientRows, MaintenanceError, Rows, TokenRows, hashings, plain_only, token_tables
from .mapping import ClientTable, TokenTable
from .policy import EVERY_RESOURCE
from .records import Client, Kind, Right

__all__ = ["Finding", "Severity", "check"]

_LOCALHOST = frozenset({"localhost", "127.0.0.1", "::1"})

#: Hash formats that an extra reads, by what their hashes begin with.
_EXTRAS = {"$argon2": "argon2", "$2a$": "bcrypt", "$2b$": "bcrypt", "$2y$": "bcrypt"}

#: How many clients a finding names.
_NAMED = 5


class Severity(str, Enum):
    """How bad it is. ``ERROR``: something does not work, or is wide open. ``INFO``: nothing to do."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True)
class Finding:
    """What was found, and what to do about it.

    :ivar code: what kind of finding it is, for machines.
    """

    severity: Severity
    code: str
    problem: str
    remedy: str


def _error(code: str, problem: str, remedy: str) -> Finding:
    return Finding(Severity.ERROR, code, problem, remedy)


def _warning(code: str, problem: str, remedy: str) -> Finding:
    return Finding(Severity.WARNING, code, problem, remedy)


def _info(code: str, problem: str, remedy: str) -> Finding:
    return Finding(Severity.INFO, code, problem, remedy)


def check(endpoint: Endpoint) -> Iterator[Finding]:
    """Everything that can be said about an endpoint, its configuration first."""
    yield from _issuer(endpoint)
    yield from _policy(endpoint)
    clients = ClientRows(endpoint)
    tokens = token_tables(endpoint)
    yield from _mapping(endpoint, tokens)
    readable = True
    for rows, table in _tables(clients, tokens):
        readable = (yield from _database(rows, table)) and readable
    if readable:
        yield from _clients(clients)
        yield from _secrets(clients)
        yield from _plain_tokens(endpoint, tokens)


def _tables(clients: ClientRows, tokens: Sequence[TokenRows]) -> list[tuple[Rows, ClientTable | TokenTable]]:
    return [(clients.rows, clients.clients), *((rows, rows.tokens) for rows in tokens)]


# The configuration


def _issuer(endpoint: Endpoint) -> Iterator[Finding]:
    key, issuer = endpoint.settings.prefix + "ISSUER", endpoint.settings.issuer
    if issuer is None:
        yield _info("no_issuer", f"{key} is not set: an answer names an issuer only where a row does", f"Set {key}")
        return
    parts = urlsplit(issuer)
    if parts.scheme != "https" and parts.hostname not in _LOCALHOST:
        yield _warning("http_issuer", f"{key} is {issuer!r}, which is not https", "Serve it by https (RFC 8414)")


def _policy(endpoint: Endpoint) -> Iterator[Finding]:
    key = endpoint.settings.prefix + "POLICY"
    if endpoint.settings.policy is Right.ANY:
        yield _warning(
            "policy_any",
            f"{key} is 'any': every client may look into other clients' access tokens that name no audience",
            f"Set {key} to 'audience', and give 'any' to single clients where it must be",
        )
    if endpoint.settings.policy is Right.AUDIENCE and all("aud" not in table.mapped for table in endpoint.store.tokens):
        yield _info(
            "no_audience",
            "No token names an audience, so every client sees its own tokens only",
            "Map 'aud', or give resource servers the right 'any'",
        )


def _mapping(endpoint: Endpoint, tokens: Sequence[TokenRows]) -> Iterator[Finding]:
    if "enabled" not in endpoint.store.clients.mapped:
        yield _info(
            "enabled_unmapped", "No client can be disabled", "Map 'enabled' if the host's clients have a switch"
        )
    for rows in tokens:
        one_state = rows.tokens.has_kind and rows.state(Kind.ACCESS) == rows.state(Kind.REFRESH)
        kinds = [kind for kind in Kind if rows.tokens.has_kind or rows.keys_of(kind)]
        for kind in kinds[:1] if one_state else kinds:
            exp, revoked = rows.state(kind)
            name, where = rows.model.__name__, f"Map it in {rows.setting}"
            # That refresh tokens live until they are revoked is a choice that hosts make.
            unlimited = _warning if kind is Kind.ACCESS else _info
            if exp is None:
                yield unlimited("exp_unmapped", f"The end of {name}'s {kind.value}s is not known: none expires", where)
            if revoked is None:
                yield _warning("revoked_unmapped", f"{name}'s {kind.value}s cannot be revoked", where)
            elif kind is Kind.REFRESH and rows.tokens.shared and revoked == "revoked":
                yield _warning(
                    "refresh_revoked_unmapped",
                    f"{name}'s refresh tokens count as revoked when their access token is, and only then",
                    f"Map 'refresh_revoked' in {rows.setting}",
                )


# The database


def _database(rows: Rows, table: ClientTable | TokenTable) -> Generator[Finding, None, bool]:
    """What the live database says about a table; gives whether it can be read."""
    name = rows.table.fullname
    if rows.engine.dialect.name == "sqlite" and rows.engine.url.database in (None, "", ":memory:"):
        yield _warning(
            "in_memory",
            f"{name} is in memory: every process has its own, and it is gone with the process",
            "Use a database that all workers share",
        )
    inspector = sa.inspect(rows.engine)
    if not inspector.has_table(rows.table.name, schema=rows.table.schema):
        yield _error("no_table", f"The database has no table {name}", "Run the migrations")
        return False
    live = {column["name"] for column in inspector.get_columns(rows.table.name, schema=rows.table.schema)}
    missing = sorted(column.name for column in _mapped_columns(rows) if column.name not in live)
    for column in missing:
        yield _error("no_column", f"The database has no column {name}.{column}", "Run the migrations")
    if not missing:
        yield from _indexes(rows, table, inspector)
    return not missing


def _mapped_columns(rows: Rows) -> Iterator[sa.Column[Any]]:
    for spec in rows.mapped.values():
        for each in spec if isinstance(spec, (list, tuple)) else [spec]:
            column = rows.own(each)
            if column is not None:
                yield column


def _indexes(rows: Rows, table: ClientTable | TokenTable, inspector: Inspector) -> Iterator[Finding]:
    """The columns that are searched by must begin an index that the database really has."""
    lookups = [table.client_id] if isinstance(table, ClientTable) else [key.column for key in table.keys]
    starts = _index_starts(rows.table, inspector)
    for lookup in lookups:
        column = rows.own(lookup)
        if column is not None and column.name not in starts:
            name = f"{rows.table.fullname}.{column.name}"
            declared = f"{rows.table.name}.{column.name}" not in table.unindexed
            yield _error(
                "no_index",
                f"{name} is searched by, and the database has no index on it: every request reads the whole table",
                "The model declares one: make it with a migration"
                if declared
                else "Add index=True to the model, migrate",
            )
    if any(rows.own(lookup) is None for lookup in lookups):
        yield _info(
            "index_unknown",
            f"{rows.model.__name__} is searched by an SQL expression; whether an index serves it cannot be told here",
            "Look at the database's EXPLAIN",
        )


def _index_starts(table: sa.Table, inspector: Inspector) -> set[str | None]:
    """The columns that an index of the whole table begins with."""
    where: dict[str, Any] = {"table_name": table.name, "schema": table.schema}
    listed: list[Any] = [inspector.get_pk_constraint(**where)["constrained_columns"]]
    listed += [unique["column_names"] for unique in inspector.get_unique_constraints(**where)]
    for index in inspector.get_indexes(**where):
        partial = any(name.endswith("_where") for name in index.get("dialect_options", {}))
        listed += [] if partial else [index["column_names"]]
    return {columns[0] for columns in listed if columns}


# What stands in the tables


def _clients(clients: ClientRows) -> Iterator[Finding]:
    found = list(clients.all())
    free = [client.client_id for client in found if client.right is Right.ANY]
    if free:
        yield _info(
            "clients_any", f"{_named(free)} may look into tokens without an audience", "Nothing, if so intended"
        )
    everywhere = [client.client_id for client in found if EVERY_RESOURCE in client.resources]
    if everywhere:
        yield _info("clients_everywhere", f"{_named(everywhere)} stand for every audience", "Nothing, if so intended")


def _named(client_ids: Sequence[str]) -> str:
    names = ", ".join(repr(client_id) for client_id in client_ids[:_NAMED])
    return names + (f" and {len(client_ids) - _NAMED} more" if len(client_ids) > _NAMED else "")


def _secrets(clients: ClientRows) -> Iterator[Finding]:
    if clients.clients.plain_secrets:
        yield _warning(
            "plain_secrets",
            f"{clients.rows.setting} takes client secrets for plain text: who reads the table can act as any client",
            "Hash the secrets, and map the column without plain(...)",
        )
    if clients.settings.secret_verifier is not None:
        yield _info("own_verifier", "Stored secrets are in a format of the host's own, and not looked into", "Nothing")
        return
    unreadable, missing = [], set()
    for client in clients.all():
        secrets = _stored(client)
        if secrets is None or not (clients.clients.plain_secrets or all(map(is_hash, secrets))):
            unreadable.append(client.client_id)
        missing |= {extra for each in secrets or () for start, extra in _EXTRAS.items() if each.startswith(start)}
    if unreadable:
        yield _error(
            "unreadable_secrets",
            f"The stored secrets of {_named(unreadable)} are in no known hash format, or in plain text",
            "Give these clients new secrets: flask introspect client rotate",
        )
    for extra in sorted(missing):
        if find_spec(extra) is None:
            yield _error(
                "missing_extra",
                f"There are {extra} hashes among the stored secrets, and nothing to check them with",
                f"pip install Flask-Introspect[{extra}]",
            )


def _stored(client: Client) -> list[str] | None:
    try:
        return [each.value for each in stored_secrets(client.secrets)]
    except UnreadableSecret:
        return None


def _plain_tokens(endpoint: Endpoint, tokens: Sequence[TokenRows]) -> Iterator[Finding]:
    for rows in tokens:
        for key in plain_only(rows):
            yield _warning(
                "plain_tokens",
                f"{rows.model.__name__} holds {key.kind.value}s in plain text: who reads the table can use them",
                "Add a column for digests, map it with sha256(...) first, then run: flask introspect hash-tokens",
            )
    try:
        for hashing in hashings(endpoint):
            name, left = f"{hashing.table}.{hashing.column}", hashing.count()
            if left:
                yield _warning(
                    "unhashed_tokens", f"{left} rows have plain text in {name}", "Run: flask introspect hash-tokens"
                )
            else:
                yield _info(
                    "all_hashed",
                    f"{name} holds no token any more",
                    f"Take plain({hashing.column!r}) out of the mapping",
                )
    except MaintenanceError as error:
        yield _error("cannot_hash", str(error), "See the documentation on hashing tokens")
