"""The ways a caller proves itself (:rfc:`6749` section 2.3), and the memo of verified secrets."""

from __future__ import annotations

import hmac
import logging
import os
from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, NamedTuple

from .credentials import Pair, StoredSecret, UnreadableSecret, read_basic, stored_secrets, verify_secret
from .dialects import Parameters
from .errors import InvalidClient, InvalidRequest
from .records import Client
from .store import Reading, Store

__all__ = ["Authenticator", "SecretVerifier", "VerifiedSecrets"]

logger = logging.getLogger(__package__)

SecretVerifier = Callable[[str, str], bool]

#: A hash at the cost of Werkzeug's default, of a secret that nobody knows: checked where there is nothing to check, as
#: long as no client's own stored secret tells what a check costs here.
_DECOY = StoredSecret(
    "scrypt:32768:8:1$dm8TedpMa6CzQIqv$18af67bdea3fccd4658817891d325d923f0671a5249ecd"
    "1c75ab4ac8b787a1312d3206769d008c79f0ae27cae1b8cf87172f77c11ef0fdd6d43c314e1c593097"
)

#: Registered methods (:rfc:`7591` section 2) of clients that prove themselves with a secret; ``None``: none registered.
_SECRET_METHODS = frozenset({None, "client_secret_basic", "client_secret_post"})


class _Verified(NamedTuple):
    """What a secret was verified against: the stored value of that moment, and when the matching secret ends."""

    stored: Any
    expires_at: int | None


class VerifiedSecrets:
    """Which presented secrets were verified, and against which stored ones.

    A slow hash is paid once per process and secret. An entry counts only as long as the client's row, read by the
    request at hand, still holds what the secret was verified against; so a rotated secret is refused at once, on every
    worker. Failures are never kept. Presented secrets are kept only as an HMAC under a key of this process.

    :param size: how many entries are kept at most; the oldest goes first.
    """

    def __init__(self, size: int = 10_000) -> None:
        self._size = size
        self._key = os.urandom(32)
        self._entries: OrderedDict[bytes, _Verified] = OrderedDict()
        self._lock = Lock()
        self._checking = tuple(Lock() for _ in range(64))

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: bytes) -> bool:
        return name in self._entries

    def name(self, pair: Pair) -> bytes:
        """What a pair is kept under."""
        return hmac.digest(self._key, f"{pair.client_id}\0{pair.secret}".encode(), "sha256")

    def holds(self, name: bytes, stored: Any, now: float) -> bool:
        """Whether a pair was verified against this very stored value, and its secret has not ended."""
        entry = self._entries.get(name)
        return entry is not None and entry.stored == stored and not _ended(entry.expires_at, now)

    def add(self, name: bytes, stored: Any, expires_at: int | None) -> None:
        """Keep that a pair was verified against a stored value."""
        with self._lock:
            self._entries.pop(name, None)
            while len(self._entries) >= self._size:
                self._entries.popitem(last=False)
            self._entries[name] = _Verified(stored, expires_at)

    def discard(self, name: bytes) -> None:
        """Forget a pair that no longer holds."""
        with self._lock:
            self._entries.pop(name, None)

    def checking(self, name: bytes) -> Lock:
        """The lock under which a pair is checked, so that many first requests at once hash once."""
        return self._checking[name[0] % len(self._checking)]


class Authenticator:
    """Settles who calls.

    :param methods: the methods on offer, by their registered names (:rfc:`7591` section 2).
    :param verifier: the host's own check ``(stored, presented) -> bool``, instead of the known formats.
    :param allow_repeated: whether Basic may come with the very same id and secret in the body.
    :param clock: gives the present time in epoch seconds.
    """

    def __init__(
        self,
        store: Store,
        *,
        methods: frozenset[str],
        verifier: SecretVerifier | None,
        allow_repeated: bool,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._methods = methods
        self._verifier = verifier
        self._allow_repeated = allow_repeated
        self._clock = clock
        self._verified = VerifiedSecrets()
        self._decoy: StoredSecret | None = None

    def authenticate(self, authorization: str | None, parameters: Parameters, reading: Reading) -> Client:
        """Say which client calls.

        :param authorization: the ``Authorization`` header.
        :param parameters: the body's parameters, for ``client_secret_post``.
        :param reading: reads the client; the token comes along where the pair was verified before.
        :raise InvalidClient: nobody proved to be anybody. Costs the same for an unknown client as for a wrong secret.
        :raise InvalidRequest: two methods at once, or credentials that cannot be told.
        :raise TemporarilyUnavailable: the database did not answer.
        """
        tries = [(self._verified.name(pair), pair) for pair in self._presented(authorization, parameters)]
        if len(tries) > 1:
            tries.sort(key=lambda each: each[0] not in self._verified)
        for name, pair in tries:
            client = reading.client(pair.client_id, with_token=name in self._verified)
            now = self._clock()
            if self._proves(name, pair, client, now) and client is not None:
                return client
        raise InvalidClient()

    # What was presented

    def _presented(self, authorization: str | None, parameters: Parameters) -> Sequence[Pair]:
        """The pairs to try, by the one method that was used."""
        if parameters.credential_fault is not None:
            raise InvalidRequest(parameters.credential_fault)
        client_id, secret = parameters.get("client_id"), parameters.get("client_secret")
        if not authorization:
            pair = Pair(client_id or "", secret or "")
            return (pair,) if "client_secret_post" in self._methods and pair.plausible else ()
        scheme, _, credentials = authorization.partition(" ")
        basic = scheme.lower() == "basic"
        pairs = read_basic(credentials.strip(" \t")) if basic else ()
        if secret is not None and not (self._allow_repeated and Pair(client_id or "", secret) in pairs):
            raise InvalidRequest("The request uses more than one client authentication method")
        if client_id is not None and pairs and all(client_id != pair.client_id for pair in pairs):
            raise InvalidRequest("client_id: it differs from the client id in the Authorization header")
        return pairs if "client_secret_basic" in self._methods else ()

    # Whether it proves anything

    def _proves(self, name: bytes, pair: Pair, client: Client | None, now: float) -> bool:
        """Whether the pair lets the client in: by the memo, else at full cost, even where nothing can come of it."""
        usable = client if client is not None and _usable(client, now) else None
        if usable is not None and self._verified.holds(name, usable.secrets, now):
            return True
        with self._verified.checking(name):
            if usable is not None and self._verified.holds(name, usable.secrets, now):
                return True
            self._verified.discard(name)
            secret = self._check(pair, client)
            if usable is None or secret is None or _ended(secret.expires_at, now):
                return False
            self._verified.add(name, usable.secrets, secret.expires_at)
            return True

    def _check(self, pair: Pair, client: Client | None) -> StoredSecret | None:
        """The client's stored secret that is the presented one. Nobody's secret costs as much as somebody's."""
        own: tuple[StoredSecret, ...] = ()
        if client is not None:
            try:
                own = stored_secrets(client.secrets)
            except UnreadableSecret as error:
                logger.error("client %r cannot authenticate: %s", client.client_id, error)
        for secret in own or [self._find_decoy()]:
            if self._verify(secret, pair) and own:
                return secret
        return None

    def _verify(self, secret: StoredSecret, pair: Pair) -> bool:
        try:
            if self._verifier is not None:
                return self._verifier(secret.value, pair.secret) is True
            return verify_secret(secret.value, pair.secret, plain=self._store.clients.plain_secrets)
        except UnreadableSecret as error:
            logger.error("client %r cannot authenticate: %s", pair.client_id, error)
        except Exception as error:  # the host's verifier; what it says might hold the secret
            logger.error("INTROSPECT_SECRET_VERIFIER raised %s; the answer is no", type(error).__name__)
        return False

    def _find_decoy(self) -> StoredSecret:
        """A stored secret to check where there is none, of the kind that this host's clients have."""
        if self._decoy is None:
            try:
                sample = stored_secrets(self._store.any_stored_secret())
            except UnreadableSecret:
                sample = ()
            if not sample:
                return _DECOY
            self._decoy = sample[0]
        return self._decoy


def _ended(end: int | None, now: float) -> bool:
    return end is not None and now >= end


def _usable(client: Client, now: float) -> bool:
    """Whether a client that proved itself with a secret is let in."""
    return (
        client.enabled
        and not client.public
        and client.auth_method in _SECRET_METHODS
        and not _ended(client.secret_expires_at, now)
    )
