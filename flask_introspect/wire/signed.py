"""Answers as signed JWTs, encrypted for callers registered for that (:rfc:`9701`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from ..errors import InvalidRequest, TemporarilyUnavailable
from ..jose import AnswerSigner, KeysUnavailable, Unencryptable, encrypt_for
from ..logs import logger
from ..records import Client, Introspection
from .responses import HEADERS_THAT_VARY, Reply

__all__ = ["SIGNED_TYPE", "SignedAnswers", "asks_for_jwt"]

#: The media type of a signed answer, and its ``typ`` without ``application/``.
SIGNED_TYPE = "application/token-introspection+jwt"

#: RFC 9701 section 6: for a client that registers none.
_DEFAULT_ENCRYPTION = "A128CBC-HS256"

_HEADERS: Sequence[tuple[str, str]] = tuple(
    (name, SIGNED_TYPE if name == "Content-Type" else value) for name, value in HEADERS_THAT_VARY
)


@lru_cache(256)
def asks_for_jwt(accept: str) -> bool:
    """Tell whether an ``Accept`` header asks for a signed answer, by this exact type.

    If JSON is equally welcome, a caller that names the signed type gets it (:rfc:`9110` section
    12.5.1). With a parameter it is another type, which we don't write; JSON is JSON with any.
    """
    ranges = parse_accept_header(accept, MIMEAccept)
    wanted = max((quality for name, quality in ranges if name.lower() == SIGNED_TYPE), default=0)
    plain = MIMEAccept((name.partition(";")[0].strip(), quality) for name, quality in ranges)
    return wanted > 0 and wanted >= plain.quality("application/json")


class SignedAnswers:
    """Writes signed answers, and knows which callers must get one.

    :param signer: signs with our keys.
    :param issuer: the ``iss`` of the answers.
    :param setting: the configuration key of the keys, for the log.
    :param clock: gives the present time in epoch seconds.
    """

    def __init__(
        self, signer: AnswerSigner, issuer: str, setting: str, clock: Callable[[], float]
    ) -> None:
        self.signer = signer
        self._issuer = issuer
        self._setting = setting
        self._clock = clock

    def due(self, accept: str, caller: Client) -> SignedAnswers | None:
        """Return what writes the answer, or ``None`` for a caller that gets a plain one.

        :param accept: its ``Accept`` header.
        :raise InvalidRequest: it is registered for signed answers, and asks for a plain one.
        """
        if asks_for_jwt(accept):
            return self
        if _is_registered(caller):
            raise InvalidRequest(
                "This client is registered for signed answers; ask for them with "
                f"Accept: {SIGNED_TYPE}"
            )
        return None

    def reply(self, introspection: Introspection, caller: Client) -> Reply:
        """Write a signed answer, and encrypt it if the caller is registered for that.

        :raise InvalidRequest: there is no key for what the caller is registered for. It never gets
            a weaker answer instead.
        :raise TemporarilyUnavailable: the host's callable gives no keys now.
        """
        answer = introspection.claims if introspection.active else {"active": False}
        payload = {
            "iss": self._issuer,
            "aud": caller.client_id,
            "iat": int(self._clock()),
            "token_introspection": answer,
        }
        algorithm = caller.introspection_signed_response_alg or None
        try:
            signed = self.signer.sign(payload, algorithm, SIGNED_TYPE.partition("/")[2])
            body = self._encrypted(signed, caller)
        except KeysUnavailable:
            raise TemporarilyUnavailable("The signing keys are unavailable") from None
        except LookupError:
            raise self._refused(caller, f"no key of this server signs with {algorithm}") from None
        except Unencryptable:
            problem = "no key in its jwks is for the encryption that it is registered for"
            raise self._refused(caller, problem) from None
        return Reply(200, _HEADERS, body.encode())

    def _encrypted(self, signed: str, caller: Client) -> str:
        alg = caller.introspection_encrypted_response_alg
        enc = caller.introspection_encrypted_response_enc
        if alg is None and enc is None:
            return signed
        return encrypt_for(caller.jwks, signed, alg or "", enc or _DEFAULT_ENCRYPTION)

    def _refused(self, caller: Client, problem: str) -> InvalidRequest:
        logger.error("%s: client %r gets no answer: %s", self._setting, caller.client_id, problem)
        return InvalidRequest(f"The answer cannot be written for this client: {problem}")


def _is_registered(caller: Client) -> bool:
    """Tell whether a client is registered for signed answers (:rfc:`9701` section 6)."""
    return bool(
        caller.introspection_signed_response_alg
        or caller.introspection_encrypted_response_alg
        or caller.introspection_encrypted_response_enc
    )
