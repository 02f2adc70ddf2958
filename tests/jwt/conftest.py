"""Hosts that know an issuer of JWTs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ..support import Host
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
