"""Frozen values that the rooms hand to each other, and to the host's callables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

__all__ = ["Client", "Introspection", "Kind", "Reason", "Refusal", "Right", "Token"]


class Kind(str, Enum):
    """The kinds of token, in the words of the hint (:rfc:`7009` section 2.1)."""

    ACCESS = "access_token"
    REFRESH = "refresh_token"


class Right(str, Enum):
    """What a caller may see.

    ``NONE`` nothing; ``OWN`` the tokens issued to it; ``AUDIENCE`` those, and access tokens whose
    audience names it; ``ANY`` those, and access tokens that name no audience at all.
    """

    NONE = "none"
    OWN = "own"
    AUDIENCE = "audience"
    ANY = "any"


class Reason(str, Enum):
    """Why a token gets the answer it gets. A closed set; the caller is never told."""

    ACTIVE = "active"
    UNKNOWN = "unknown"
    MALFORMED = "malformed"
    TOO_LONG = "too_long"
    BAD_SIGNATURE = "bad_signature"
    WRONG_TYPE = "wrong_type"
    WRONG_ISSUER = "wrong_issuer"
    NOT_FOR_CALLER = "not_for_caller"
    EXPIRED = "expired"
    REVOKED = "revoked"
    NOT_YET_VALID = "not_yet_valid"
    CLIENT_DISABLED = "client_disabled"
    CLIENT_GONE = "client_gone"
    USER_DISABLED = "user_disabled"
    UNREADABLE = "unreadable"


class Refusal(str, Enum):
    """Why the endpoint answers nothing about a token. A closed set; the caller is never told."""

    BAD_REQUEST = "bad_request"
    NO_CREDENTIALS = "no_credentials"
    METHOD_NOT_OFFERED = "method_not_offered"
    UNREADABLE_CREDENTIALS = "unreadable_credentials"
    UNKNOWN_CLIENT = "unknown_client"
    CLIENT_DISABLED = "client_disabled"
    PUBLIC_CLIENT = "public_client"
    WRONG_METHOD = "wrong_method"
    WRONG_SECRET = "wrong_secret"  # noqa: S105
    SECRET_EXPIRED = "secret_expired"  # noqa: S105
    INVALID_TOKEN = "invalid_token"  # noqa: S105
    INSUFFICIENT_SCOPE = "insufficient_scope"
    INVALID_ASSERTION = "invalid_assertion"
    ASSERTION_EXPIRED = "assertion_expired"
    REPLAYED = "replayed"
    WRONG_CERTIFICATE = "wrong_certificate"
    NOT_ALLOWED = "not_allowed"
    THROTTLED = "throttled"
    NO_PLACE = "no_place"
    STORE_UNAVAILABLE = "store_unavailable"
    SERVER_ERROR = "server_error"


#: Reasons that the caller cannot tell from a token that never existed.
_UNKNOWN_TO_CALLER = frozenset(
    {
        Reason.UNKNOWN,
        Reason.MALFORMED,
        Reason.TOO_LONG,
        Reason.BAD_SIGNATURE,
        Reason.WRONG_TYPE,
        Reason.WRONG_ISSUER,
        Reason.NOT_FOR_CALLER,
    }
)


@dataclass(frozen=True)
class Client:
    """A client of the authorization server, as its row says now.

    :ivar client_id: the identifier.
    :ivar secrets: the stored secret or secrets, as the row holds them; never shown by ``repr``.
    :ivar secret_expires_at: epoch seconds after which no stored secret counts; ``None`` for never.
    :ivar enabled: whether the client may be used at all.
    :ivar public: whether it has no secret to prove itself with.
    :ivar right: what it may see; ``None`` where the row says nothing.
    :ivar resources: the audience names it answers to; ``"*"`` stands for all.
    :ivar visible_claims: the only claims it is told, or ``None`` for all.
    :ivar visible_scopes: the only scopes it is told, or ``None`` for all.
    :ivar auth_method: the registered authentication method (:rfc:`7591` section 2), or ``None``.
    :ivar jwks: the registered public keys (:rfc:`7517` section 5), or ``None``.
    :ivar introspection_signed_response_alg: how answers to it are signed (:rfc:`9701` section 6),
        or ``None`` where it is not registered for signed answers.
    :ivar introspection_encrypted_response_alg: how their key is encrypted, or ``None``; the
        sibling says how their content is.
    :ivar tls_client_auth_subject_dn: the subject of its certificate (:rfc:`8705` section 2.1.2), or
        ``None``; its siblings name a subject alternative name instead.
    """

    client_id: str
    secrets: Any = field(default=None, repr=False)
    secret_expires_at: int | None = None
    enabled: bool = True
    public: bool = False
    right: Right | None = None
    resources: frozenset[str] = frozenset()
    visible_claims: frozenset[str] | None = None
    visible_scopes: frozenset[str] | None = None
    auth_method: str | None = None
    jwks: Any = field(default=None, repr=False)
    introspection_signed_response_alg: str | None = None
    introspection_encrypted_response_alg: str | None = None
    introspection_encrypted_response_enc: str | None = None
    tls_client_auth_subject_dn: str | None = None
    tls_client_auth_san_dns: str | None = None
    tls_client_auth_san_uri: str | None = None
    tls_client_auth_san_ip: str | None = None
    tls_client_auth_san_email: str | None = None


class Token(NamedTuple):
    """A token's row under our names, without the token itself. Times are epoch seconds.

    :ivar kind: access or refresh token.
    :ivar aud: the audiences, in order; empty where the token names none.
    :ivar exp: ``None`` for a token that never expires.
    :ivar revoked: whether this token itself, not its sibling, was revoked.
    :ivar client_known: whether the client that it was issued to still exists.
    :ivar client_enabled: whether that client is enabled.
    :ivar user_enabled: whether its user is enabled, if it has one.
    :ivar unreadable: the field that could not be read, or ``None``. Such a token is never active.
    """

    kind: Kind
    client_id: str | None = None
    username: str | None = None
    sub: str | None = None
    scope: str | None = None
    aud: tuple[str, ...] = ()
    iss: str | None = None
    jti: str | None = None
    token_type: str | None = None
    iat: int | None = None
    exp: int | None = None
    nbf: int | None = None
    revoked: bool = False
    claims: Mapping[str, Any] | None = None
    client_known: bool = True
    client_enabled: bool = True
    user_enabled: bool = True
    unreadable: str | None = None


@dataclass(frozen=True)
class Introspection:
    """What the endpoint would answer about a token, and why.

    :ivar reason: the reason code.
    :ivar claims: the members of the answer in their order, ``active`` first; ``{"active": False}``
        and nothing else for every token that is not active.
    :ivar kind: the kind of the token that was found, ``None`` where there was none.
    """

    reason: Reason
    claims: Mapping[str, Any]
    kind: Kind | None = None

    @property
    def active(self) -> bool:
        """Whether the token is good now, for this caller."""
        return self.reason is Reason.ACTIVE

    @property
    def known(self) -> bool:
        """Whether the caller may know that the token exists."""
        return self.reason not in _UNKNOWN_TO_CALLER
