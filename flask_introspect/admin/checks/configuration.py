"""What the configuration and the mappings say, without a look at the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from ...endpoint import Endpoint
from ...records import Kind, Right
from ..token_tables import OwnTokens
from .findings import Finding, info, warning

__all__ = ["configuration"]

_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


def configuration(endpoint: Endpoint, tokens: Sequence[OwnTokens]) -> Iterator[Finding]:
    """Judge the issuer, the policy, and what is mapped."""
    yield from _issuer(endpoint)
    yield from _policy(endpoint)
    yield from _limits(endpoint)
    if "enabled" not in endpoint.store.clients.mapped:
        remedy = "Map 'enabled' if the host's clients have a switch"
        yield info("enabled_unmapped", "No client can be disabled", remedy)
    for own in tokens:
        for kind in _kinds(own):
            yield from _state(own, kind)


def _issuer(endpoint: Endpoint) -> Iterator[Finding]:
    key, issuer = endpoint.settings.prefix + "ISSUER", endpoint.settings.issuer
    if issuer is None:
        problem = f"{key} is not set: an answer names an issuer only where a row does"
        yield info("no_issuer", problem, f"Set {key}")
        return
    parts = urlsplit(issuer)
    if parts.scheme != "https" and parts.hostname not in _THIS_MACHINE:
        problem = f"{key} is {issuer!r}, which is not https"
        yield warning("http_issuer", problem, "Serve it by https (RFC 8414)")


def _policy(endpoint: Endpoint) -> Iterator[Finding]:
    key = endpoint.settings.prefix + "POLICY"
    if endpoint.settings.policy is Right.ANY:
        yield warning(
            "policy_any",
            f"{key} is 'any': every client may look into other clients' access tokens that name "
            "no audience",
            f"Set {key} to 'audience', and give 'any' to single clients where it must be",
        )
    has_audience = any("aud" in table.mapped for table in endpoint.store.tokens)
    if endpoint.settings.policy is Right.AUDIENCE and not has_audience:
        yield warning(
            "no_audience",
            "No token names an audience, so every client sees its own tokens only: a resource "
            "server is told of no other client's",
            "Map 'aud', or give resource servers the right 'any'",
        )


def _limits(endpoint: Endpoint) -> Iterator[Finding]:
    settings, prefix = endpoint.settings, endpoint.settings.prefix
    is_shared = settings.limit_storage_uri != "memory://"
    if not is_shared and settings.auth_methods & {"private_key_jwt", "client_secret_jwt"}:
        yield warning(
            "assertions_in_memory",
            "Each process remembers used assertions by itself: with several workers, one can be "
            "used once in each",
            f"Set {prefix}LIMIT_STORAGE_URI to a Redis that all workers share",
        )
    if settings.failed_auth_limit or settings.failed_auth_address_limit:
        yield info(
            "address",
            "Failed authentications are counted by the address that the server sees (REMOTE_ADDR); "
            "behind a proxy that is the proxy's",
            "Behind a proxy, wrap the application in Werkzeug's ProxyFix",
        )


def _kinds(own: OwnTokens) -> list[Kind]:
    """List the kinds of token in a table; one stands for both if their state is the same."""
    kinds = [kind for kind in Kind if own.holds(kind)]
    same = own.mapping.has_kind and own.state(Kind.ACCESS) == own.state(Kind.REFRESH)
    return kinds[:1] if same else kinds


def _state(own: OwnTokens, kind: Kind) -> Iterator[Finding]:
    """Judge whether tokens of a kind end, and whether they can be revoked."""
    exp, revoked = own.state(kind)
    # A refresh token that shares its row has an end and a state of its own.
    own_field = "refresh_" if kind is Kind.REFRESH and own.mapping.shared else ""
    if exp is None:
        # Many hosts choose that refresh tokens live until they are revoked.
        unlimited = warning if kind is Kind.ACCESS else info
        problem = f"The end of {own.name}'s {kind.value}s is not known: none expires"
        yield unlimited("exp_unmapped", problem, f"Map '{own_field}exp' in {own.setting}")
    if revoked is None:
        problem = f"{own.name}'s {kind.value}s cannot be revoked"
        yield warning("revoked_unmapped", problem, f"Map '{own_field}revoked' in {own.setting}")
    elif kind is Kind.REFRESH and own.mapping.shared and revoked == "revoked":
        yield warning(
            "refresh_revoked_unmapped",
            f"{own.name}'s refresh tokens count as revoked when their access token is, and only "
            "then",
            f"Map 'refresh_revoked' in {own.setting}",
        )
