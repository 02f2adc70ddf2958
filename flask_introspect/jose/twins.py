"""The other signature that everybody can make of an ECDSA signature."""

from __future__ import annotations

from collections.abc import Mapping

from .signed import SignedJson, encoded

__all__ = ["twin_of"]

#: The orders of the curves (FIPS 186-5, by way of SP 800-186 section 3.2.1).
_ORDERS: Mapping[str, int] = {
    "ES256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "ES384": int(
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF"
        "581A0DB248B0A77AECEC196ACCC52973",
        16,
    ),
    "ES512": int(
        "01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFA"
        "51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409",
        16,
    ),
}


def twin_of(text: str, signed: SignedJson) -> str | None:
    """Write a JWS with the other signature that holds for the same key, if there is one.

    Where (r, s) is an ECDSA signature, so is (r, -s). Whoever holds a token can write it so, and
    a token that was revoked by its digest would be another one. With RSA and Ed25519, each
    signature is the only one that a bearer can write.

    :param text: the JWS; :param signed: the same, read.
    """
    order = _ORDERS.get(signed.algorithm)
    size = len(signed.signature) // 2
    if order is None or len(signed.signature) % 2:
        return None
    s = int.from_bytes(signed.signature[size:], "big")
    if not 0 < s < order:
        return None
    twin = signed.signature[:size] + (order - s).to_bytes(size, "big")
    return f"{text.rpartition('.')[0]}.{encoded(twin)}"
