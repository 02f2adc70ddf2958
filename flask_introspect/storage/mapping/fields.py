"""The canonical fields: the one list of what is read of a client and of a token."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import fields as fields_of
from datetime import datetime
from decimal import Decimal
from enum import Enum

from ...records import Client, Kind, Token
from .. import decoding
from ..decoding import Decode

__all__ = ["CLIENT_FIELDS", "KEY_FIELDS", "PROOF_FIELDS", "TOKEN_FIELDS", "Field"]


@dataclass(frozen=True)
class Field:
    """A canonical field.

    :ivar decode: reads what its column holds.
    :ivar types: the Python types of columns that can be mapped to it; none given: any.
    :ivar attribute: the record's attribute, where it has another name.
    """

    decode: Decode
    types: tuple[type, ...] = ()
    attribute: str | None = None


_TEXT = (str, bytes, int, uuid.UUID)
_TIME = (int, float, Decimal, datetime)
_FLAG = (bool, *_TIME)
_LIST = (str, list, dict, tuple)

CLIENT_FIELDS: Mapping[str, Field] = {
    "client_id": Field(decoding.text, _TEXT),
    "client_secret": Field(decoding.as_is, (str, bytes, list, dict), "secrets"),
    "client_secret_expires_at": Field(decoding.epoch, _TIME, "secret_expires_at"),
    "enabled": Field(decoding.flag, _FLAG),
    "public": Field(decoding.flag, _FLAG),
    "may_introspect": Field(decoding.right, (str, bool, int, Enum), "right"),
    "resources": Field(decoding.names, _LIST),
    "visible_claims": Field(decoding.names_or_all, _LIST),
    "visible_scopes": Field(decoding.names_or_all, _LIST),
    "auth_method": Field(decoding.text, (str,)),
    "jwks": Field(decoding.document, (str, bytes, dict, list)),
    "introspection_signed_response_alg": Field(decoding.text, (str,)),
    "introspection_encrypted_response_alg": Field(decoding.text, (str,)),
    "introspection_encrypted_response_enc": Field(decoding.text, (str,)),
    "tls_client_auth_subject_dn": Field(decoding.text, (str,)),
    "tls_client_auth_san_dns": Field(decoding.text, (str,)),
    "tls_client_auth_san_uri": Field(decoding.text, (str,)),
    "tls_client_auth_san_ip": Field(decoding.text, (str,)),
    "tls_client_auth_san_email": Field(decoding.text, (str,)),
}

#: The fields of which a client needs one to pass a method. The others need its secret, which is
#: always mapped.
PROOF_FIELDS: Mapping[str, Sequence[str]] = {
    "private_key_jwt": ("jwks",),
    "self_signed_tls_client_auth": ("jwks",),
    "tls_client_auth": tuple(name for name in CLIENT_FIELDS if name.startswith("tls_client_auth_")),
}

TOKEN_FIELDS: Mapping[str, Field] = {
    "kind": Field(decoding.kind, (str, Enum)),
    "client_id": Field(decoding.text, _TEXT),
    "username": Field(decoding.text, _TEXT),
    "sub": Field(decoding.text, _TEXT),
    "scope": Field(decoding.scope, _LIST),
    "aud": Field(decoding.strings, _LIST),
    "iss": Field(decoding.text, (str,)),
    "jti": Field(decoding.text, _TEXT),
    "token_type": Field(decoding.text, (str,)),
    "iat": Field(decoding.epoch, _TIME),
    "exp": Field(decoding.epoch, _TIME),
    "nbf": Field(decoding.epoch, _TIME),
    "revoked": Field(decoding.flag, _FLAG),
    "user_enabled": Field(decoding.flag, _FLAG),
    "claims": Field(decoding.claims, (str, bytes, dict)),
    # The end and the state of a refresh token that shares its row with an access token.
    "refresh_exp": Field(decoding.epoch, _TIME, "exp"),
    "refresh_revoked": Field(decoding.flag, _FLAG, "revoked"),
}

#: Mapped like the fields above, and searched by: their columns hold the token, or its digest.
KEY_FIELDS: Mapping[str, Kind] = {"access_token": Kind.ACCESS, "refresh_token": Kind.REFRESH}


def _check_attributes(fields: Mapping[str, Field], known: frozenset[str]) -> None:
    """Refuse a field that no attribute of its record is made of."""
    for name, field in fields.items():
        if (field.attribute or name) not in known:
            raise TypeError(f"the field {name!r} belongs to no attribute of its record")


_check_attributes(CLIENT_FIELDS, frozenset(each.name for each in fields_of(Client)))
_check_attributes(TOKEN_FIELDS, frozenset(Token._fields))
