"""Proof by client secret: by the memo if it holds, else at full cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..errors import InvalidClient
from ..limits import FailureLimits, HashPlaces
from ..logs import logger
from ..records import Client, Refusal
from ..secrets import (
    StoredSecret,
    UnreadableSecret,
    is_hash,
    is_quick,
    reading_advice,
    stored_secrets,
    verify_secret,
)
from ..storage import Reading, Store
from .dummies import DummyHashes
from .presented import ClientCredentials, Presented
from .standing import standing
from .verified import VerifiedSecrets

__all__ = ["SecretProof", "SecretVerifier"]

SecretVerifier = Callable[[str, str], bool]


class SecretProof:
    """Checks client secrets.

    :param dummies: what is verified if the client has no stored secret.
    :param verifier: the host's own check ``(stored, presented) -> bool``, instead of the known
        formats.
    :param prefix: what the configuration keys of this endpoint begin with, for the log.
    :param failures: shuts out callers that failed too often.
    :param places: where slow hashes run.
    :param clock: gives the present time in epoch seconds.
    """

    def __init__(
        self,
        store: Store,
        *,
        dummies: DummyHashes,
        verifier: SecretVerifier | None,
        prefix: str,
        failures: FailureLimits,
        places: HashPlaces,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._verifier = verifier
        self._prefix = prefix
        self._failures = failures
        self._places = places
        self._clock = clock
        self._verified = VerifiedSecrets()
        self._dummies = dummies

    @property
    def hashes_run(self) -> int:
        """How many slow hashes were run."""
        return self._places.ran

    @property
    def remembered(self) -> int:
        """How many verified secrets are remembered."""
        return len(self._verified)

    def authenticate(
        self,
        readings: Sequence[ClientCredentials],
        method: str,
        presented: Presented,
        reading: Reading,
    ) -> Client:
        """Say which client the credentials prove.

        :param readings: the credentials, in each way that they may be read.
        :param method: the registered name of the method that was used.
        :param presented: the request, for the caller's address.
        :param reading: reads the client; the token comes along if the memo knows the secret.
        :raise InvalidClient: none. That costs the same for an unknown client as for a wrong secret.
        :raise SlowDown: there were too many failures.
        :raise TemporarilyUnavailable: the database did not answer, or no hash has a place.
        """
        prints = [self._verified.fingerprint(each) for each in readings]
        tries = [
            (fingerprint in self._verified, fingerprint, each)
            for fingerprint, each in zip(prints, readings, strict=True)
        ]
        if len(tries) > 1:
            tries.sort(key=lambda each: not each[0])
        if not tries[0][0]:
            self._failures.check(readings[0].client_id, presented.address)
        refusal: Refusal | None = None
        for known, fingerprint, credentials in tries:
            client = reading.client(credentials.client_id, with_token=known)
            refusal = self._refusal(fingerprint, credentials, client, method)
            if refusal is None and client is not None:
                return client
        raise InvalidClient(reason=refusal, client_id=readings[0].client_id)

    def check(self, client_id: str, stored: Any, presented: str) -> bool:
        """Tell whether a presented secret is one of a client's stored ones.

        It is for the host's own endpoints: without limits, and with the memo.

        :param stored: what the client's row holds.
        """
        credentials = ClientCredentials(client_id, presented)
        if not credentials.plausible:
            return False
        fingerprint = self._verified.fingerprint(credentials)
        client = Client(client_id, stored)
        return self._refusal(fingerprint, credentials, client, "client_secret_post") is None

    def _refusal(
        self, fingerprint: bytes, credentials: ClientCredentials, client: Client | None, method: str
    ) -> Refusal | None:
        """Say why the credentials don't let the client in, or ``None`` if they do.

        Even if it cannot succeed, a secret is checked at full cost, so that timing doesn't tell an
        unknown or a disabled client from a wrong secret.
        """
        now = self._clock()
        refusal = standing(client, now, method)
        if self._remembers(fingerprint, client, refusal, now):
            return None
        own = self._own_secrets(client)
        if self._is_quick(own or [self._dummies.of(credentials.client_id)]):
            self._verified.discard(fingerprint)
            secret = self._matching(own, credentials)
        else:
            with self._places.place(), self._verified.checking(fingerprint):
                if self._remembers(fingerprint, client, refusal, now):
                    return None
                self._verified.discard(fingerprint)
                secret = self._places.run(lambda: self._matching(own, credentials))
                if secret is None:
                    self._places.note_failure()
        return self._settled(fingerprint, client, refusal, secret, now)

    def _settled(
        self,
        fingerprint: bytes,
        client: Client | None,
        refusal: Refusal | None,
        secret: StoredSecret | None,
        now: float,
    ) -> Refusal | None:
        """Say the result of a check, and remember it if the secret was right."""
        if refusal is not None or client is None:
            return refusal
        if secret is None:
            return Refusal.WRONG_SECRET
        if secret.has_ended(now):
            return Refusal.SECRET_EXPIRED
        self._verified.add(fingerprint, client.secrets, secret.expires_at)
        return None

    def _remembers(
        self, fingerprint: bytes, client: Client | None, refusal: Refusal | None, now: float
    ) -> bool:
        """Tell whether the memo lets a client in that has no other obstacle."""
        if refusal is not None or client is None:
            return False
        return self._verified.holds(fingerprint, client.secrets, now)

    def _own_secrets(self, client: Client | None) -> Sequence[StoredSecret]:
        if client is None:
            return ()
        try:
            return stored_secrets(client.secrets)
        except UnreadableSecret as error:
            logger.error("client %r cannot authenticate: %s", client.client_id, error)
            return ()

    def _is_quick(self, stored: Sequence[StoredSecret]) -> bool:
        """Tell whether checking these costs next to nothing."""
        return self._verifier is None and all(is_quick(each.value) for each in stored)

    def _matching(
        self, own: Sequence[StoredSecret], credentials: ClientCredentials
    ) -> StoredSecret | None:
        """Find the client's stored secret that matches the presented one.

        If it has none, a dummy hash is verified, and nothing matches.
        """
        if not own:
            self._matches(self._dummies.of(credentials.client_id), credentials)
        return next((each for each in own if self._matches(each, credentials)), None)

    def _matches(self, secret: StoredSecret, credentials: ClientCredentials) -> bool:
        try:
            if self._verifier is not None:
                return self._verifier(secret.value, credentials.secret) is True
            plain = self._store.clients.plain_secrets
            return verify_secret(secret.value, credentials.secret, plain=plain)
        except UnreadableSecret as error:
            advice = ""
            if not is_hash(secret.value):
                column = None if self._store.clients.plain_secrets else "..."
                advice = f". {reading_advice(self._prefix, column)}"
            logger.error(
                "client %r cannot authenticate: %s%s", credentials.client_id, error, advice
            )
        except Exception as error:  # the host's verifier; what it says might hold the secret
            key, raised = f"{self._prefix}SECRET_VERIFIER", type(error).__name__
            logger.error("%s raised %s; the answer is no", key, raised)
        return False
