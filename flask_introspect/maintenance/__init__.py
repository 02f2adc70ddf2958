"""Writing the host's tables through its mapping: clients, tokens, and the long work on many rows.

Every statement is SQLAlchemy Core on columns of the model's own table, so it works the same on our mixins, on Authlib's
and on a host's own tables. What is mapped to anything else can be read, but not written, and is said so.
"""

from __future__ import annotations

from .batches import Hashing, Purge, hashings, plain_only, purges
from .clients import ClientRows, Rotation
from .rows import MaintenanceError, Rows, database_problem
from .tokens import TokenRows, is_placeholder, issue_token, revoke_token, token_tables

__all__ = [
    "ClientRows",
    "Hashing",
    "MaintenanceError",
    "Purge",
    "Rotation",
    "Rows",
    "TokenRows",
    "database_problem",
    "hashings",
    "is_placeholder",
    "issue_token",
    "plain_only",
    "purges",
    "revoke_token",
    "token_tables",
]
