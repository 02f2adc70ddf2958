"""Write the host's tables through its mapping: clients, tokens, and the long work on many rows.

Every statement is SQLAlchemy Core on columns of the model's own table. So it works the same on our
mixins, on Authlib's and on a host's own tables. Fields mapped to anything else can be read but not
written, and the error says so.

No module of the serving path imports this package.
"""

from __future__ import annotations

from .clients import Clients
from .errors import AdminError, database_problem
from .hash_tokens import Hashing, hashings, plain_only
from .purge import Purge, purges
from .reasons import explained
from .revocation import delete_token, kind_of, revoke_token
from .rows import joining
from .token_tables import OwnTokens, token_tables
from .tokens import NEVER, issue_token

__all__ = [
    "NEVER",
    "AdminError",
    "Clients",
    "Hashing",
    "OwnTokens",
    "Purge",
    "database_problem",
    "delete_token",
    "explained",
    "hashings",
    "issue_token",
    "joining",
    "kind_of",
    "plain_only",
    "purges",
    "revoke_token",
    "token_tables",
]
