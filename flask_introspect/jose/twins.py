"""The other signature that anybody can make from an ECDSA signature."""

from __future__ import annotations

from collections.abc import Mapping

from .signed import SignedJson, encoded

__all__ = ["twin_of"]

#: The orders of the curves (SP 800-186 section 3.2.1), each with the octets of a number below it.
_ORDERS: Mapping[str, tuple[int, int]] = {
    "ES256": (0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551, 32),
    "ES384": (
        int(
            "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF"
            "581A0DB248B0A77AECEC196ACCC52973",
            16,
        ),
        48,
    ),
    "ES512": (
        int(
            "01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFA"
            "51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409",
            16,
        ),
        66,
    ),
}


def twin_of(text: str, signed: SignedJson) -> str | None:
    """Write a JWS with the other signature that holds for the same key, if there is one.

    Where (r, s) is an ECDSA signature, so is (r, -s). Whoever holds a token can write it so, and
    a token that was revoked by its digest would be another one. With RSA and Ed25519, each
    signature is the only one that a bearer can write.

    :param text: the JWS; :param signed: the same, read.
    """
    order, size = _ORDERS.get(signed.algorithm, (0, 0))
    if len(signed.signature) != 2 * size:
        return None
    s = int.from_bytes(signed.signature[size:], "big")
    if not 0 < s < order:
        return None
    twin = signed.signature[:size] + (order - s).to_bytes(size, "big")
    return f"{text.rpartition('.')[0]}.{encoded(twin)}"
