"""``flask introspect explain``"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import click
from flask.cli import with_appcontext

from ..admin import odd_row
from ..endpoint import Endpoint, introspect
from ..errors import RequestError
from ..records import Reason, Refusal, Token
from ..wire import FORM, JSON, Dialect, Verdict
from .common import TokenCommand, common_options, find_endpoint, read_token, say, shown_time

__all__ = ["explain"]

_EXPLANATIONS: Mapping[Reason, str] = {
    Reason.ACTIVE: "The token is good now.",
    Reason.UNKNOWN: "No table holds such a token.",
    Reason.MALFORMED: "It is empty, or holds characters that no token has. It is not looked for.",
    Reason.TOO_LONG: "It is longer than {prefix}MAX_TOKEN_LENGTH, so it is not looked for.",
    Reason.BAD_SIGNATURE: "It is a JWT that none of the keys in {prefix}JWT_KEYS signed, or that "
    "cannot be accepted whoever signed it.",
    Reason.WRONG_TYPE: "It is a JWT of another type than an access token's; see {prefix}JWT_TYPES.",
    Reason.WRONG_ISSUER: "It is a JWT of another issuer.",
    Reason.NOT_FOR_CALLER: "There is such a token, but this caller may not know of it.",
    Reason.EXPIRED: "It has expired.",
    Reason.REVOKED: "It was revoked.",
    Reason.NOT_YET_VALID: "It is not valid yet.",
    Reason.CLIENT_DISABLED: "The client that it was issued to is disabled.",
    Reason.CLIENT_GONE: "The client that it was issued to does not exist.",
    Reason.USER_DISABLED: "Its user is disabled, or does not exist.",
    Reason.UNREADABLE: "Its row holds something that cannot be read.",
}

_REFUSALS: Mapping[Refusal, str] = {
    Refusal.UNKNOWN_CLIENT: "There is no such caller.",
    Refusal.CLIENT_DISABLED: "The caller is disabled.",
    Refusal.PUBLIC_CLIENT: "The caller is a public client, which cannot authenticate.",
    Refusal.NOT_ALLOWED: "The caller's right is 'none'.",
}


@click.command("explain", cls=TokenCommand)
@click.option(
    "--caller",
    metavar="ID",
    help="The client that asks. Without it, the host itself asks, which sees everything.",
)
@common_options
@with_appcontext
def explain(caller: str | None, endpoint: str | None, as_json: bool) -> None:
    """Say why the endpoint answers as it does about a token.

    The token is read from a hidden prompt or from standard input.
    """
    name, found = find_endpoint(endpoint)
    token = read_token()
    rows = [_facts(each.read()) for each in found.tokens.reading(token).tokens()]
    judgement = _judgement(name, found, token, caller)
    document = {"endpoint": name, "caller": caller, **judgement, "rows": rows}
    say(as_json, document, _lines(document))


def _judgement(name: str, found: Endpoint, token: str, caller: str | None) -> dict[str, Any]:
    """Judge the token, and say what each dialect would answer."""
    try:
        introspection = introspect(token, caller=caller, endpoint=name)
    except RequestError as error:
        refusal = error
        return {
            "reason": refusal.reason.value,
            "explanation": _REFUSALS.get(refusal.reason, refusal.description),
            "answers": _answers(lambda dialect: dialect.error(refusal)),
        }
    reason, inactive = introspection.reason, found.settings.unknown_is_inactive
    odd = odd_row(found, token) if reason is Reason.UNKNOWN else None
    return {
        "reason": reason.value,
        "explanation": odd or _EXPLANATIONS[reason].format(prefix=found.settings.prefix),
        "answers": _answers(lambda dialect: dialect.answer(introspection, None, inactive)),
    }


def _answers(answer: Callable[[Dialect], Verdict]) -> dict[str, Any]:
    """List status and body of an answer in both dialects, by their content types."""
    verdicts = {dialect.content_type: answer(dialect) for dialect in (JSON, FORM)}
    return {
        content_type: {"status": verdict.status, "body": json.loads(verdict.body)}
        for content_type, verdict in verdicts.items()
    }


def _facts(token: Token) -> dict[str, Any]:
    """List what a token's row says, without the host's own claims."""
    facts = {
        name: value
        for name, value in token._asdict().items()
        if name != "claims" and value not in (None, ())
    }
    return {**facts, "kind": token.kind.value}


def _lines(document: Mapping[str, Any]) -> list[str]:
    lines = [f"{document['reason']}: {document['explanation']}", ""]
    for content_type, answer in document["answers"].items():
        lines.append(f"{content_type}: {answer['status']} {json.dumps(answer['body'])}")
    for facts in document["rows"]:
        lines += ["", "What is known of it:"]
        lines += [f"  {name}: {_shown(name, value)}" for name, value in facts.items()]
    return lines


def _shown(name: str, value: Any) -> str:
    if name in ("iat", "exp", "nbf"):
        return f"{value} ({shown_time(value)})"
    return ", ".join(value) if isinstance(value, tuple) else str(value)
