"""Hosts that know an issuer of JWTs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ..support import Host
from .answers import SIGNING
from .issuer import jwks

MakeHost = Callable[..., Host]


@pytest.fixture
def make_jwt_host(make_host: MakeHost) -> MakeHost:
    """Makes hosts with the documented client, which know the issuer unless they say otherwise."""

    def make(**config: Any) -> Host:
        made = make_host(**{"INTROSPECT_JWT_KEYS": jwks(), **config})
        made.add_client(resources=["my_api"])
        return made

    return make


@pytest.fixture
def jwt_host(share_host: MakeHost) -> Host:
    """A host that knows the issuer, with the documented client and no token at all."""
    host = share_host(INTROSPECT_JWT_KEYS=jwks())
    host.add_client(resources=["my_api"])
    return host


@pytest.fixture
def make_signing(make_host: MakeHost) -> MakeHost:
    """Makes hosts with signing keys, and the documented client and token."""

    def make(**config: Any) -> Host:
        made = make_host(**{"INTROSPECT_SIGNING_KEYS": SIGNING, **config})
        made.add_documented()
        return made

    return make


@pytest.fixture
def signing(share_host: MakeHost) -> Host:
    """A host with signing keys, and the documented client and token."""
    host = share_host(INTROSPECT_SIGNING_KEYS=SIGNING)
    host.add_documented()
    return host
