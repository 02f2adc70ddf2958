"""From a model and the host's mapping to its table, checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

import sqlalchemy as sa

from ...errors import ConfigError
from ...records import Kind
from ...texts import a_type
from .. import decoding
from ..decoding import Decode
from .columns import Source, as_text, python_type, tables_of
from .discovery import find_client_fields, find_token_fields
from .fields import CLIENT_FIELDS, KEY_FIELDS, TOKEN_FIELDS, Field
from .indexes import warn_unindexed
from .lookups import Key, key_encoder, plain_encoder
from .notation import JSONKey, Lookup
from .tables import ClientTable, IssuedTo, TokenTable
from .users import user_enabled

__all__ = ["map_client", "map_token"]


def map_client(model: type, given: Any, setting: str) -> ClientTable:
    """Find the client columns of a model.

    :param model: the host's mapped class.
    :param given: the host's mapping, or ``None``.
    :param setting: the configuration key that the mapping stands under.
    :raise ConfigError: a field is missing, or its column is missing or of a wrong type.
    """
    source = Source(model, setting)
    mapped = _merged(setting, find_client_fields(model), given, set(CLIENT_FIELDS))
    _check_client_id(source, mapped)
    is_plain = _take_secret(source, mapped)
    columns, decoders = _value_columns(source, CLIENT_FIELDS, mapped)
    unindexed = warn_unindexed(setting, "client_id", columns["client_id"])
    return ClientTable(
        model=model,
        columns=columns,
        decoders=decoders,
        table=source.table,
        joins=tuple(source.joins),
        only=source.only,
        issued_to=_issued_to(model, setting, mapped),
        encode_id=plain_encoder(columns["client_id"]),
        plain_secrets=is_plain,
        mapped=mapped,
        unindexed=(unindexed,) if unindexed else (),
    )


def map_token(model: type, given: Any, setting: str, clients: ClientTable) -> TokenTable:
    """Find the token columns of a model.

    :param model: the host's mapped class.
    :param given: the host's mapping, or ``None``.
    :param setting: the configuration key that the mapping stands under.
    :param clients: the clients that the tokens are issued to.
    :raise ConfigError: a field is missing, or its column is missing or of a wrong type.
    """
    source = Source(model, setting)
    _check_tables_differ(source, clients)
    mapped = _merged(setting, find_token_fields(model), given, {*TOKEN_FIELDS, *KEY_FIELDS})
    _check_client_id(source, mapped)
    keys = tuple(_keys(source, mapped))
    if not keys:
        raise source.error(
            "access_token",
            "no column is known to search tokens by",
            "Map it, or 'refresh_token', to sha256('column') or plain('column')",
        )
    columns, decoders = _value_columns(source, TOKEN_FIELDS, mapped)
    if "user_enabled" in columns:
        spec, flag = mapped["user_enabled"], columns["user_enabled"]
        columns["user_enabled"] = user_enabled(source, spec, flag)
    _check_same_type(source, columns["client_id"], clients)
    unindexed = [warn_unindexed(setting, key.kind.value, key.column) for key in keys]
    return TokenTable(
        model=model,
        keys=keys,
        columns=columns,
        decoders=decoders,
        table=source.table,
        joins=tuple(source.joins),
        only=source.only,
        mapped=mapped,
        unindexed=tuple(name for name in unindexed if name),
    )


def _merged(setting: str, found: dict[str, Any], given: Any, known: set[str]) -> dict[str, Any]:
    """Lay the host's mapping over what was found; ``None`` leaves a field out."""
    if given is not None and not isinstance(given, Mapping):
        remedy = "Give a dict from canonical field to column"
        raise ConfigError(setting, f"it holds {a_type(given)}", remedy)
    unknown = sorted(str(name) for name in set(given or ()) - known)
    if unknown:
        close = get_close_matches(unknown[0], sorted(known), 1)
        remedy = f"Did you mean {close[0]!r}? " if close else ""
        remedy += f"The fields are: {', '.join(sorted(known))}"
        raise ConfigError(setting, f"there is no field {unknown[0]!r}", remedy)
    merged = {**found, **(given or {})}
    return {name: spec for name, spec in merged.items() if spec is not None}


def _take_secret(source: Source, mapped: dict[str, Any]) -> bool:
    """Name the column of the secrets in the mapping, and tell whether they are in plain text."""
    secret = mapped.get("client_secret")
    if secret is None:
        problem = "no column is known for it"
        raise source.error("client_secret", problem, "Map it in " + source.setting)
    if not isinstance(secret, Lookup):
        return False
    if secret.encoding != "plain":
        raise source.error(
            "client_secret",
            "secrets are not looked up by digest",
            "Name the column, or plain(...) for plain text",
        )
    mapped["client_secret"] = secret.column
    return True


def _value_columns(
    source: Source, fields: Mapping[str, Field], mapped: Mapping[str, Any]
) -> tuple[dict[str, sa.ColumnElement[Any]], dict[str, Decode]]:
    """Find the expressions to select, and how to read their values."""
    columns: dict[str, sa.ColumnElement[Any]] = {}
    decoders: dict[str, Decode] = {}
    for name, known in fields.items():
        if name in mapped:
            columns[name], decoders[name] = _value_column(source, name, mapped[name], known)
    return columns, decoders


def _value_column(
    source: Source, name: str, spec: Any, known: Field
) -> tuple[sa.ColumnElement[Any], Decode]:
    path: tuple[str, ...] | None = None
    if isinstance(spec, JSONKey):
        spec, path = spec.column, spec.path
    column = source.column(name, spec)
    problem = f"its column is of type {column.type!r}"
    held, is_json = python_type(column), isinstance(column.type, sa.JSON)
    if path is not None:
        if held not in (None, str, bytes, dict, list):
            raise source.error(name, problem, "json_key needs JSON, or text")
        return as_text(column), decoding.from_json(known.decode, path)
    if held is not None and known.types and not issubclass(held, known.types):
        wanted = ", ".join(sorted({wanted.__name__ for wanted in known.types}))
        raise source.error(name, problem, f"It must hold one of: {wanted}")
    if held is bool and bool not in known.types:
        raise source.error(name, problem, "A boolean does not fit here")
    if is_json and known.types and not {list, dict} & set(known.types):
        raise source.error(name, problem, "Name a value inside it by json_key")
    return as_text(column), decoding.from_json(known.decode) if is_json else known.decode


def _check_client_id(source: Source, mapped: Mapping[str, Any]) -> None:
    if "client_id" not in mapped:
        problem = "no column is known for it"
        raise source.error("client_id", problem, "Map it in " + source.setting)
    if isinstance(mapped["client_id"], JSONKey):
        problem = "clients are not looked up inside JSON"
        raise source.error("client_id", problem, "Map it to a column")


def _issued_to(model: type, setting: str, mapped: Mapping[str, Any]) -> IssuedTo:
    source = Source(model, setting, again=True)
    fields = {name: CLIENT_FIELDS[name] for name in ("client_id", "enabled")}
    columns, _ = _value_columns(source, fields, mapped)
    return IssuedTo(
        source.table,
        tuple(source.joins),
        source.only,
        columns["client_id"],
        columns.get("enabled"),
    )


def _keys(source: Source, mapped: Mapping[str, Any]) -> Iterator[Key]:
    """Read what tokens are searched by."""
    for name, kind in KEY_FIELDS.items():
        spec = mapped.get(name, ())
        for position, lookup in enumerate(spec if isinstance(spec, (list, tuple)) else [spec]):
            yield _key(source, name, kind, lookup, position)


def _key(source: Source, name: str, kind: Kind, lookup: Any, position: int) -> Key:
    if not isinstance(lookup, Lookup):
        raise source.error(
            name,
            "it does not say how the column holds the token",
            "Use sha256('column') for digests, or plain('column') for tokens in plain text",
        )
    joins = len(source.joins)
    column = source.column(name, lookup.column)
    if len(source.joins) > joins:
        problem = f"{lookup.column!r} lies in another table"
        raise source.error(name, problem, "Name the model that holds the tokens")
    encode = key_encoder(source, name, lookup, column)
    return Key(kind, column, lookup.encoding, encode, before=position)


def _check_tables_differ(source: Source, clients: ClientTable) -> None:
    """Refuse a table that would be twice in one statement under one name."""
    shared = set(tables_of(source.table)) & set(tables_of(clients.table))
    for table in shared:
        raise ConfigError(
            source.setting.removesuffix("FIELDS") + "MODEL",
            f"{source.model.__name__} and {clients.model.__name__} share the table {table}",
            "Keep clients and tokens in tables of their own",
        )


def _check_same_type(source: Source, column: sa.ColumnElement[Any], clients: ClientTable) -> None:
    """Refuse a client id that can never equal the clients' own, such as a foreign key's number."""
    mine, theirs = python_type(column), python_type(clients.client_id)
    if mine is not theirs and None not in (mine, theirs):
        raise source.error(
            "client_id",
            f"its column is of type {column.type!r}, "
            f"but that of {clients.model.__name__} is {clients.client_id.type!r}",
            "Map both to the same id; behind a foreign key, by a relationship path such as "
            "'client.client_id'",
        )
