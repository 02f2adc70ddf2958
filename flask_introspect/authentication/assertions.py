"""Signed assertions: ``private_key_jwt`` and ``client_secret_jwt`` (:rfc:`7523`)."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from joserfc.jwk import Key, OctKey

from ..errors import InvalidClient, InvalidRequest
from ..jose import SignedJson, Unverifiable, generate_dummy_jwks, keys_for, keys_of, read_signed
from ..logs import logger
from ..records import Client, Refusal
from ..secrets import UnreadableSecret, is_plain, stored_secrets
from ..settings import HMAC_ALGORITHMS
from ..storage import Reading
from ..texts import is_storable
from .presented import Presented
from .standing import standing

__all__ = ["ASSERTION_TYPE", "Assertions"]

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

#: Seconds ahead that an assertion may expire at most: a stolen one is good until then.
_MAX_LIFETIME = 3600

#: Seconds by which the clock of a client may be ahead of ours.
_SKEW = 60

#: Octets of a secret that signs, at least: anybody who sees an assertion can guess at a shorter one
#: (:rfc:`7518` section 3.2).
_MIN_SECRET_OCTETS = 32

#: Characters of a ``jti`` at most.
_MAX_ID_LENGTH = 256


class Assertions:
    """A client signs a short statement of who it is, with its private key or with its secret.

    :param algorithms: those that are allowed.
    :param audiences: what an assertion may name as its audience: the issuer, the endpoint's URL.
    :param use_once: takes a name and seconds; says whether the name is used for the first time.
    :param leeway: seconds of clock skew that are forgiven at the end.
    :param clock: gives the present time in epoch seconds.
    """

    def __init__(
        self,
        *,
        algorithms: Collection[str],
        audiences: Collection[str],
        use_once: Callable[[str, int], bool],
        leeway: int,
        clock: Callable[[], float],
    ) -> None:
        self._algorithms = frozenset(algorithms)
        self._audiences = frozenset(audiences)
        self._use_once = use_once
        self._leeway = leeway
        self._clock = clock
        self._dummy_jwks = generate_dummy_jwks(self._algorithms - HMAC_ALGORITHMS)
        self._dummy_secret = OctKey.generate_key(256)

    def authenticate(self, presented: Presented, reading: Reading) -> Client:
        """Say which client the assertion proves.

        The client's keys come from its row; a URL of keys is never fetched.

        :raise InvalidClient: none. That costs the same for an unknown client as for a wrong
            signature.
        :raise InvalidRequest: ``client_id`` in the body names another client.
        """
        signed = self._read(presented)
        client_id = _client_id(signed)
        if presented.client_id not in (None, client_id):
            raise InvalidRequest("client_id: it differs from the client id in the assertion")
        client = reading.client(client_id)
        refusal = self._refusal(signed, client)
        if client is None or refusal is not None:
            raise InvalidClient(reason=refusal, client_id=client_id)
        return client

    def _read(self, presented: Presented) -> SignedJson:
        if presented.client_assertion_type != ASSERTION_TYPE:
            raise InvalidClient(reason=Refusal.INVALID_ASSERTION)
        try:
            return read_signed(presented.client_assertion or "", self._algorithms)
        except Unverifiable:
            raise InvalidClient(reason=Refusal.INVALID_ASSERTION) from None

    def _refusal(self, signed: SignedJson, client: Client | None) -> Refusal | None:
        """Say why the assertion doesn't let the client in, or ``None`` if it does."""
        now = self._clock()
        method = _method(signed.algorithm)
        signature_holds = self._is_signed(signed, client, now)
        refusal = standing(client, now, method)
        if refusal is not None or client is None:
            return refusal
        if not signature_holds:
            return Refusal.WRONG_SECRET
        refusal = self._fault(signed.claims, now)
        if refusal is not None:
            return refusal
        seconds = math.ceil(signed.claims["exp"] - now) + self._leeway + 1
        used = hashlib.sha256(f"{client.client_id}\0{signed.claims['jti']}".encode()).hexdigest()
        return None if self._use_once(used, seconds) else Refusal.REPLAYED

    def _is_signed(self, signed: SignedJson, client: Client | None, now: float) -> bool:
        """Verify the signature at full cost, even if it cannot succeed.

        An unknown client, and one without a key that fits, is verified with keys that nobody has.
        """
        if signed.algorithm in HMAC_ALGORITHMS:
            own: Sequence[Key] = tuple(_secret_keys(client, now)) if client is not None else ()
            keys = own or (self._dummy_secret,)
        else:
            own = keys_for(signed, keys_of(client.jwks)) if client is not None else ()
            keys = own or keys_for(signed, keys_of(self._dummy_jwks))
        return any(signed.is_signed_by(key) for key in keys)

    def _fault(self, claims: Any, now: float) -> Refusal | None:
        """Say what is wrong with the claims (:rfc:`7523` section 3)."""
        if not self._audiences.intersection(_audience(claims.get("aud"))):
            return Refusal.INVALID_ASSERTION
        end, issued, begins = claims.get("exp"), claims.get("iat", 0), claims.get("nbf", 0)
        if not all(_is_time(each) for each in (end, issued, begins)):
            return Refusal.INVALID_ASSERTION
        if now >= end + self._leeway:
            return Refusal.ASSERTION_EXPIRED
        if end > now + _MAX_LIFETIME + _SKEW or max(issued, begins) > now + _SKEW:
            return Refusal.INVALID_ASSERTION
        identifier = claims.get("jti")
        if not isinstance(identifier, str) or not 0 < len(identifier) <= _MAX_ID_LENGTH:
            return Refusal.INVALID_ASSERTION
        return None if is_storable(identifier) else Refusal.INVALID_ASSERTION


def _client_id(signed: SignedJson) -> str:
    """Read the assertion's subject: ``iss`` and ``sub`` are both the client."""
    issuer, subject = signed.claims.get("iss"), signed.claims.get("sub")
    if not isinstance(issuer, str) or issuer != subject or not is_storable(issuer):
        raise InvalidClient(reason=Refusal.INVALID_ASSERTION)
    return issuer


def _method(algorithm: str) -> str:
    return "client_secret_jwt" if algorithm in HMAC_ALGORITHMS else "private_key_jwt"


def _secret_keys(client: Client, now: float) -> Iterator[Key]:
    """Turn the client's secrets into keys, if they are in plain text.

    A hash is no key: anyone who read it in the database could sign with it.
    """
    try:
        stored = stored_secrets(client.secrets)
    except UnreadableSecret:
        return
    for secret in stored:
        if secret.has_ended(now) or not is_plain(secret.value):
            continue
        octets = secret.value.encode("utf-8", "surrogatepass")
        if len(octets) < _MIN_SECRET_OCTETS:
            logger.error("client %r cannot sign: its secret is too short", client.client_id)
            continue
        # Not import_key, which tries first whether a secret is a public key of any kind, and warns.
        yield OctKey(octets, octets)


def _audience(value: Any) -> Sequence[str]:
    members = value if isinstance(value, list) else [value]
    return [each for each in members if isinstance(each, str)]


def _is_time(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
