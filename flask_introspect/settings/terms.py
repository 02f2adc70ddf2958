"""The host's values that are terms of OAuth: methods, rights, scopes, algorithms."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import Any

from limits import RateLimitItem, parse_many

from ..records import Right
from ..texts import a_type
from .certificates import CertificateSource
from .values import Values

__all__ = ["AUTH_METHODS", "HMAC_ALGORITHMS", "KNOWN_ALGORITHMS", "Terms"]

#: The methods of client authentication, and the short names that are understood for them.
AUTH_METHODS: Mapping[str, str] = {
    "client_secret_basic": "client_secret_basic",
    "client_secret_post": "client_secret_post",
    "client_secret_jwt": "client_secret_jwt",
    "private_key_jwt": "private_key_jwt",
    "tls_client_auth": "tls_client_auth",
    "self_signed_tls_client_auth": "self_signed_tls_client_auth",
    "bearer": "bearer",
    "basic": "client_secret_basic",
    "post": "client_secret_post",
}

#: The algorithms of assertions and of access tokens that are allowed unless the host says
#: otherwise, and those that it may allow.
_ALGORITHMS = ("RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519")
KNOWN_ALGORITHMS = (*_ALGORITHMS, "RS384", "RS512", "PS384", "PS512", "ES512")


#: The algorithms of ``client_secret_jwt``: the verifier could sign as well.
HMAC_ALGORITHMS = frozenset({"HS256", "HS384", "HS512"})

#: What names a callable, and no file.
_IMPORTABLE = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")

#: One scope (:rfc:`6749` section 3.3). It is written into a header.
_SCOPE = re.compile(r"[!#-\[\]-~]+")

_CERTIFICATE_SOURCES = (
    'Give {"header": NAME, "verified": NAME, "from": [ADDRESS, ...]}, '
    'or {"environ": NAME, "verified": NAME}'
)


class Terms(Values):
    """Takes values that are terms of OAuth, and checks each."""

    def auth_methods(self, name: str) -> frozenset[str]:
        """Take names of authentication methods."""
        value = self.get(name)
        if value is None:
            value = ["client_secret_basic", "client_secret_post"]
        methods = list(value) if isinstance(value, (list, tuple, set, frozenset)) else []
        known = ", ".join(sorted(set(AUTH_METHODS.values())))
        if not methods:
            raise self.error(name, f"it holds {value!r}", f"Give a list of: {known}")
        for method in methods:
            if not isinstance(method, str) or method not in AUTH_METHODS:
                raise self.error(name, f"there is no method {method!r}", f"Give a list of: {known}")
        return frozenset(AUTH_METHODS[method] for method in methods)

    def algorithms(self, name: str) -> frozenset[str]:
        """Take names of signature algorithms that need a private key."""
        algorithms = self.texts(name) or _ALGORITHMS
        for algorithm in algorithms:
            if algorithm not in KNOWN_ALGORITHMS:
                known = ", ".join(KNOWN_ALGORITHMS)
                raise self.error(name, f"{algorithm!r} cannot be allowed", f"Choose among: {known}")
        return frozenset(algorithms)

    def jwt_types(self, name: str) -> frozenset[str]:
        """Take types of JWTs, whose prefix may be left out (:rfc:`7515` section 4.1.9)."""
        types = self.texts(name) or ("at+jwt",)
        return frozenset(each.lower().removeprefix("application/") for each in types)

    def keys(self, name: str) -> Any:
        """Take keys, which may be private and so are never shown."""
        value = self.get(name)
        if isinstance(value, str) and _IMPORTABLE.fullmatch(value):
            value = self.imported(name, value)
        if callable(value):
            return self.called(name, value)
        fit = (Mapping, str, bytes, os.PathLike)
        if value is None or (value and isinstance(value, fit)):
            return value
        remedy = "Give a JWK set as a dict or as JSON, PEM, the path of a file, or a callable"
        raise self.error(name, f"it holds {a_type(value)}", remedy)

    def certificate_source(self, name: str) -> CertificateSource | None:
        """Take the place of client certificates in a request."""
        value = self.mapping(name, _CERTIFICATE_SOURCES)
        try:
            return None if value is None else CertificateSource.read(value)
        except ValueError as error:
            raise self.error(name, str(error), _CERTIFICATE_SOURCES) from None

    def limit(self, name: str, default: str | None) -> tuple[RateLimitItem, ...]:
        """Take limits in the notation of the ``limits`` library; ``"off"`` or False for none."""
        value = self.get(name)
        value = default if value is None else value
        if value is None or value is False or value == "off":  # and not 0, which equals False
            return ()
        try:
            return tuple(parse_many(value))
        except (ValueError, TypeError):
            remedy = 'Give limits such as "20 per minute", or "off"'
            raise self.error(name, f"it holds {value!r}", remedy) from None

    def policy(self, name: str) -> Right | Callable[..., bool]:
        """Take a right, a callable, or the path of one."""
        value = self.get(name)
        if value is None:
            return Right.AUDIENCE
        if isinstance(value, str) and ":" in value:
            value = self.imported(name, value)
        if callable(value):
            return self.called(name, value, "caller", "token")
        try:
            return Right(value)
        except ValueError:
            known = ", ".join(repr(right.value) for right in Right)
            raise self.error(
                name, f"it holds {value!r}", f"Give one of {known}, or a callable"
            ) from None

    def issuer(self, name: str) -> str | None:
        """Take a URL."""
        value = self.get(name)
        if value is not None and (not isinstance(value, str) or not value):
            raise self.error(
                name,
                f"it holds {value!r}",
                "Give the issuer's URL, such as 'https://auth.example.com'",
            )
        return value

    def scope(self, name: str, default: str) -> str:
        """Take one scope."""
        value = self.get(name)
        if value is None:
            return default
        if not isinstance(value, str) or not _SCOPE.fullmatch(value):
            raise self.error(name, f"it holds {value!r}", f"Give one scope, such as {default!r}")
        return value
