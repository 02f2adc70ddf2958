"""The columns that need no mapping: canonical names, our digest, and Authlib's."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import MANYTOONE, Mapper

from .columns import python_type
from .fields import CLIENT_FIELDS, TOKEN_FIELDS
from .notation import json_key, plain, sha256

__all__ = ["find_client_fields", "find_token_fields"]

# Authlib's mixins, told by their columns, which differ from the canonical names.
_AUTHLIB_TOKEN = {"access_token", "refresh_token", "issued_at", "expires_in"}
_AUTHLIB_CLIENT = {"client_secret_expires_at", "_client_metadata"}

#: The names of a user's column that says whether the account is in use, the likeliest first.
_USER_FLAGS = ("is_active", "active", "enabled")

#: What Authlib keeps among a client's metadata, and our names. Never rights or resources: with
#: dynamic registration a client writes its own metadata.
_AUTHLIB_METADATA = {
    "auth_method": "token_endpoint_auth_method",
    "jwks": "jwks",
    "introspection_signed_response_alg": "introspection_signed_response_alg",
    "introspection_encrypted_response_alg": "introspection_encrypted_response_alg",
    "introspection_encrypted_response_enc": "introspection_encrypted_response_enc",
    "tls_client_auth_subject_dn": "tls_client_auth_subject_dn",
    "tls_client_auth_san_dns": "tls_client_auth_san_dns",
    "tls_client_auth_san_uri": "tls_client_auth_san_uri",
    "tls_client_auth_san_ip": "tls_client_auth_san_ip",
    "tls_client_auth_san_email": "tls_client_auth_san_email",
}


def find_client_fields(model: type) -> dict[str, Any]:
    """Map the columns of a client model that their names identify."""
    names = _names_of(sa.inspect(model))
    fields: dict[str, Any] = {name: name for name in CLIENT_FIELDS if name in names}
    if names >= _AUTHLIB_CLIENT:
        fields["client_secret"] = plain("client_secret")
        for name, member in _AUTHLIB_METADATA.items():
            fields.setdefault(name, json_key("_client_metadata", member))
        expires_at = model.client_secret_expires_at  # type: ignore[attr-defined]
        fields["client_secret_expires_at"] = sa.case((expires_at > 0, expires_at), else_=None)
    return fields


def find_token_fields(model: type) -> dict[str, Any]:
    """Map the columns of a token model that their names identify."""
    mapper: Mapper[Any] = sa.inspect(model)
    names = _names_of(mapper)
    fields: dict[str, Any] = {name: name for name in TOKEN_FIELDS if name in names}
    if "token_digest" in names:
        fields["access_token"] = sha256("token_digest")
        if "revoked_at" in names:
            fields.setdefault("revoked", "revoked_at")
    elif names >= _AUTHLIB_TOKEN:
        fields |= _authlib_token_fields(model, mapper, fields)
    flag = _user_flag(mapper)
    if flag is not None:
        fields.setdefault("user_enabled", f"user.{flag}")
    return fields


def _user_flag(mapper: Mapper[Any]) -> str | None:
    """Find the column that says whether a user is enabled: a boolean, or a number used as one.

    A text or a time under such a name means something else, such as a last visit.
    """
    for name in _USER_FLAGS:
        if _has_user_column(mapper, name):
            column: Any = mapper.relationships["user"].mapper.column_attrs[name].expression
            held = python_type(column)
            if held is not None and issubclass(held, int):
                return name
    return None


def _authlib_token_fields(model: Any, mapper: Mapper[Any], found: dict[str, Any]) -> dict[str, Any]:
    names = _names_of(mapper)
    issued_at, expires_in = model.issued_at, model.expires_in
    # Both are 32-bit integers; their sum may be none.
    end = sa.cast(issued_at, sa.BigInteger) + expires_in
    fields: dict[str, Any] = {
        "access_token": plain("access_token"),
        "refresh_token": plain("refresh_token"),
        "iat": "issued_at",
        "exp": sa.case((expires_in > 0, end), else_=None),
    }
    if "access_token_revoked_at" in names:
        fields["revoked"] = "access_token_revoked_at"
        fields["refresh_revoked"] = "refresh_token_revoked_at"
    if "username" not in found:
        if _has_user_column(mapper, "username"):
            fields["username"] = "user.username"
        elif "user_id" in names and "sub" not in found:
            fields["sub"] = "user_id"
    return fields


def _names_of(mapper: Mapper[Any]) -> set[str]:
    return {attribute.key for attribute in mapper.column_attrs}


def _has_user_column(mapper: Mapper[Any], name: str) -> bool:
    user = mapper.relationships.get("user")
    return user is not None and user.direction is MANYTOONE and name in _names_of(user.mapper)
