"""Endpoints with one fault each, and the rules that find it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import quote_plus

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


class EndsLate(SmallEndpoint):
    def is_good(self, token: Issued) -> bool:
        return super().is_good(replace(token, end=token.end + 30))


class StartsEarly(SmallEndpoint):
    def is_good(self, token: Issued) -> bool:
        return super().is_good(
            Issued(token.client, token.kind, 0, token.end, revoked=token.revoked)
        )


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
        client_id, secret = super().credentials(header)
        return quote_plus(client_id), quote_plus(secret)


_EACH = {
    TellsTheEnd: "a_token_that_is_not_good_now_is_inactive, why_a_token_is_inactive_is_not_said",
    SaysWhy: "what_is_no_token_is_inactive, why_a_token_is_inactive_is_not_said",
    SaysTrueInWords: "a_good_token_is_active, members_are_of_their_types",
    LooksBeforeItAsks: "who_is_refused_learns_nothing_of_a_token, what_is_no_token_is_inactive",
}
#: What some break, among others: they are wrong in nearly every answer.
WIDE = {mutant: {f"test_{name}" for name in names.split(", ")} for mutant, names in _EACH.items()}

_ONLY = {
    SmallEndpoint: "",
    ForgetsTheAudience: "a_token_for_another_resource_server_is_not_told, "
    "a_token_that_is_not_told_is_like_one_that_never_was",
    ShowsRefreshTokens: "a_refresh_token_of_another_client_is_not_told, "
    "a_token_that_is_not_told_is_like_one_that_never_was",
    IsCacheable: "the_answer_is_not_cached, a_refusal_is_not_cached",
    RemembersTokens: "a_revocation_shows_in_the_next_answer",
    TrustsTheHint: "a_wrong_hint_does_not_hide_the_token, an_unknown_hint_is_ignored",
    EndsLate: "a_token_that_is_not_good_now_is_inactive",
    StartsEarly: "a_token_that_is_not_good_now_is_inactive",
    CountsMilliseconds: "times_are_seconds_since_1970, the_end_is_the_token_s_own",
    WritesTextForTimes: "members_are_of_their_types, times_are_seconds_since_1970",
    ListsScopes: "members_are_of_their_types, scopes_are_separated_by_blanks",
    ReadsTheUrl: "a_token_in_the_url_does_not_count, a_secret_in_the_url_does_not_count",
    AnswersGet: "another_method_is_refused_with_those_that_are_allowed, get_tells_nothing",
    TakesTheFirst: "a_parameter_that_is_sent_twice_is_refused, "
    "a_credential_that_is_sent_twice_is_refused",
    TakesAnyMethod: "two_ways_to_authenticate_are_refused, the_same_credentials_twice_are_refused",
    ComparesLoosely: "wrong_credentials_are_refused, wrong_credentials_in_the_body_are_refused",
    HasNoRealm: "a_basic_challenge_names_its_realm",
    DoesNotDecode: "an_encoded_secret_is_decoded, an_encoded_client_id_is_decoded",
}
#: What each of the others breaks: these rules and no others.
ONLY = {
    mutant: {f"test_{name}" for name in names.split(", ") if name}
    for mutant, names in _ONLY.items()
}
