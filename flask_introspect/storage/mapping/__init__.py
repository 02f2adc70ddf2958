"""The host's columns under our names: found automatically or mapped, checked at registration."""

from __future__ import annotations

from .build import map_client, map_token
from .columns import python_type
from .fields import CLIENT_FIELDS, PROOF_FIELDS, TOKEN_FIELDS
from .indexes import index_starts
from .joins import left_join
from .lookups import Key, plain_encoder
from .notation import JSONKey, Lookup, json_key, plain, sha256
from .tables import ClientTable, IssuedTo, TokenTable

__all__ = [
    "CLIENT_FIELDS",
    "PROOF_FIELDS",
    "TOKEN_FIELDS",
    "ClientTable",
    "IssuedTo",
    "JSONKey",
    "Key",
    "Lookup",
    "TokenTable",
    "index_starts",
    "json_key",
    "left_join",
    "map_client",
    "map_token",
    "plain",
    "plain_encoder",
    "python_type",
    "sha256",
]
