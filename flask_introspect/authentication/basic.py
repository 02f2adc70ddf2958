"""``client_secret_basic`` and ``client_secret_post`` (:rfc:`6749` section 2.3.1)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from urllib.parse import unquote_plus

from ..errors import InvalidClient
from ..records import Client, Refusal
from ..storage import Reading
from .client_secret import SecretProof
from .presented import ClientCredentials, Presented

__all__ = ["Basic", "Post", "read_basic"]

_ENCODED = re.compile(r"[%+]")


class Basic:
    """Client id and secret in a ``Basic`` header.

    :param proof: checks the secret.
    """

    def __init__(self, proof: SecretProof) -> None:
        self._proof = proof

    def authenticate(self, presented: Presented, reading: Reading) -> Client:
        """Say which client the header proves.

        :raise InvalidClient: none.
        """
        readings = read_basic(presented.authorization[1])
        if not readings:
            raise InvalidClient(reason=Refusal.UNREADABLE_CREDENTIALS)
        return self._proof.authenticate(readings, "client_secret_basic", presented, reading)


class Post:
    """Client id and secret in the body.

    :param proof: checks the secret.
    """

    def __init__(self, proof: SecretProof) -> None:
        self._proof = proof

    def authenticate(self, presented: Presented, reading: Reading) -> Client:
        """Say which client the body proves.

        :raise InvalidClient: none.
        """
        credentials = ClientCredentials(presented.client_id or "", presented.client_secret or "")
        if not credentials.plausible:
            raise InvalidClient(reason=Refusal.UNREADABLE_CREDENTIALS)
        return self._proof.authenticate((credentials,), "client_secret_post", presented, reading)


def read_basic(credentials: str) -> Sequence[ClientCredentials]:
    """Read what follows ``Basic`` in an ``Authorization`` header, the likeliest reading first.

    :rfc:`6749` section 2.3.1 wants id and secret form-encoded. Few clients do that and some overdo
    it, so both the decoded and the raw reading are returned if they differ. Some clients send
    Latin-1, so that is read if UTF-8 fails.

    :param credentials: the Base64 text.
    :return: one or two readings; none where this is no Base64, holds no colon, or names no
        possible client.
    """
    try:
        octets = base64.b64decode(credentials, validate=True)
    except (binascii.Error, ValueError):
        return ()
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        text = octets.decode("latin-1")
    client_id, colon, secret = text.partition(":")
    if not colon:
        return ()
    raw = ClientCredentials(client_id, secret)
    if not _ENCODED.search(text):
        return (raw,) if raw.plausible else ()
    try:
        decoded = ClientCredentials(
            unquote_plus(client_id, errors="strict"), unquote_plus(secret, errors="strict")
        )
    except UnicodeDecodeError:
        decoded = raw
    # A dict keeps the order, and one of two equal readings.
    return tuple(each for each in dict.fromkeys((decoded, raw)) if each.plausible)
