"""Endpoints with one fault each, and the rules that find it."""

from __future__ import annotations

from typing import Any, ClassVar

from werkzeug.wrappers import Request

from .small_endpoint import Issued, Refused, Registered, SmallEndpoint


class TellsTheEnd(SmallEndpoint):
    def inactive(self, token: Issued | None) -> dict[str, Any]:
        return {"active": False, **({"exp": token.end} if token else {})}


class SaysWhy(SmallEndpoint):
    def inactive(self, token: Issued | None) -> dict[str, Any]:
        why = "unknown" if token is None else "revoked" if token.revoked else "expired"
        return {"active": False, "reason": why}


class ForgetsTheAudience(SmallEndpoint):
    def may_see(self, caller: Registered, token: Issued) -> bool:
        return token.kind == "access_token" or token.client is caller


class ShowsRefreshTokens(SmallEndpoint):
    def may_see(self, caller: Registered, token: Issued) -> bool:
        return token.kind == "refresh_token" or super().may_see(caller, token)


class IsCacheable(SmallEndpoint):
    headers: ClassVar[dict[str, str]] = {"Cache-Control": "max-age=60"}


class RemembersTokens(SmallEndpoint):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[int] = set()

    def is_good(self, token: Issued) -> bool:
        if super().is_good(token):
            self.seen.add(id(token))
        return id(token) in self.seen


class TrustsTheHint(SmallEndpoint):
    def find(self, token: str, hint: str | None) -> Issued | None:
        found = super().find(token, hint)
        return found if found is not None and hint in (None, found.kind) else None


class IsASecondLate(SmallEndpoint):
    def is_good(self, token: Issued) -> bool:
        late = Issued(token.client, token.kind, token.start, token.end + 1, revoked=token.revoked)
        return super().is_good(late)


class StartsEarly(SmallEndpoint):
    def is_good(self, token: Issued) -> bool:
        return super().is_good(Issued(token.client, token.kind, 0, token.end, revoked=token.revoked))


class SaysTrueInWords(SmallEndpoint):
    def claims(self, token: Issued) -> dict[str, Any]:
        return {**super().claims(token), "active": "true"}


class CountsMilliseconds(SmallEndpoint):
    def claims(self, token: Issued) -> dict[str, Any]:
        return {**super().claims(token), "exp": token.end * 1000}


class WritesTextForTimes(SmallEndpoint):
    def claims(self, token: Issued) -> dict[str, Any]:
        return {**super().claims(token), "iat": "2026-01-01T00:00:00Z"}


class ListsScopes(SmallEndpoint):
    def claims(self, token: Issued) -> dict[str, Any]:
        return {**super().claims(token), "scope": token.scope.split()}


class ReadsTheUrl(SmallEndpoint):
    def parameters(self, request: Request) -> dict[str, str]:
        return {**request.args, **super().parameters(request)}


class AnswersGet(SmallEndpoint):
    def answer(self, request: Request) -> dict[str, Any]:
        if request.method != "GET":
            return super().answer(request)
        self.authenticate(request, {})
        found = self.find(request.args.get("token", ""), None)
        return {"active": found is not None and self.is_good(found)}


class TakesTheFirst(SmallEndpoint):
    def parameters(self, request: Request) -> dict[str, str]:
        return {name: value for name, value in request.form.items() if value}


class TakesAnyMethod(SmallEndpoint):
    def authenticate(self, request: Request, parameters: dict[str, str]) -> Registered:
        if "Authorization" in request.headers:
            parameters.pop("client_secret", None)
        return super().authenticate(request, parameters)


class ComparesLoosely(SmallEndpoint):
    def is_equal(self, secret: str, presented: str | None) -> bool:
        return secret.lower() == (presented or "").strip().lower()


class LooksBeforeItAsks(SmallEndpoint):
    def authenticate(self, request: Request, parameters: dict[str, str]) -> Registered:
        if parameters.get("token") not in self.tokens:
            raise Refused(404, "invalid_request")
        return super().authenticate(request, parameters)


class HasNoRealm(SmallEndpoint):
    challenge = "Basic"


class DoesNotDecode(SmallEndpoint):
    def credentials(self, header: str) -> tuple[str, str]:
        from urllib.parse import quote_plus

        client_id, secret = super().credentials(header)
        return quote_plus(client_id), quote_plus(secret)


#: What each one breaks: these rules, and no others.
MUTANTS: dict[type[SmallEndpoint], set[str]] = {
    SmallEndpoint: set(),
}
