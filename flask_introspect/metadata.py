"""What the authorization server's metadata says of the endpoint (:rfc:`8414` section 2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from .endpoint import Endpoint
from .errors import ConfigError, TemporarilyUnavailable
from .texts import VARIABLE

__all__ = ["jwks", "metadata"]

#: What a bearer token is called there: the access token type's name.
_NAMES = {"bearer": "Bearer"}


def metadata(endpoint: Endpoint, variables: Mapping[str, object]) -> dict[str, Any]:
    """List the endpoint's members, from the configuration.

    :param variables: values for the variables of its path.
    :raise ConfigError: the issuer is not set, or is no URL; or a variable has no value.
    :raise TemporarilyUnavailable: the host's callable gives no signing keys now.
    """
    settings = endpoint.settings
    url = settings.url_of(_filled(endpoint.path, variables))
    if url is None:
        key = settings.prefix + "ISSUER"
        held = "it is not set" if settings.issuer is None else f"it holds {settings.issuer!r}"
        problem = f"metadata needs the issuer's URL, and {held}"
        raise ConfigError(key, problem, "Set it to an https:// URL")
    methods = sorted(_NAMES.get(method, method) for method in settings.auth_methods)
    members: dict[str, Any] = {
        "introspection_endpoint": url,
        "introspection_endpoint_auth_methods_supported": methods,
    }
    algorithms = endpoint.authenticator.assertion_algorithms
    if algorithms:
        members["introspection_endpoint_auth_signing_alg_values_supported"] = sorted(algorithms)
    return members | _of_signed_answers(endpoint)


def _filled(path: str, variables: Mapping[str, object]) -> str:
    """Put values into a path, as the host's prefix may hold variables."""
    missing = [name for name in VARIABLE.findall(path) if name not in variables]
    if missing:
        problem = f"the path {path} needs a value for {', '.join(missing)}"
        raise ConfigError("metadata", problem, f"Give it: metadata({missing[0]}=...)")
    return VARIABLE.sub(lambda found: quote(str(variables[found[1]]), safe=""), path)


def _of_signed_answers(endpoint: Endpoint) -> dict[str, Any]:
    """List the members of :rfc:`9701` section 7."""
    if endpoint.signed is None:
        return {}
    from .jose import CONTENT_ENCRYPTION, KEY_ENCRYPTION, KeysUnavailable

    try:
        algorithms = endpoint.signed.signer.algorithms()
    except KeysUnavailable:
        raise TemporarilyUnavailable("The signing keys are unavailable") from None
    return {
        "introspection_signing_alg_values_supported": algorithms,
        "introspection_encryption_alg_values_supported": list(KEY_ENCRYPTION),
        "introspection_encryption_enc_values_supported": list(CONTENT_ENCRYPTION),
    }


def jwks(endpoint: Endpoint) -> dict[str, Any]:
    """Return the public keys that signed answers are verified with, as a JWK set.

    :raise TemporarilyUnavailable: the host's callable gives no keys now.
    """
    if endpoint.signed is None:
        return {"keys": []}
    from .jose import KeysUnavailable

    try:
        return endpoint.signed.signer.public_jwks()
    except KeysUnavailable:
        raise TemporarilyUnavailable("The signing keys are unavailable") from None
