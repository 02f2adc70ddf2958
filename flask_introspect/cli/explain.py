"""``flask introspect explain``"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import click
from flask.cli import with_appcontext

from ..admin import explained
from ..endpoint import Endpoint, introspect
from ..errors import RequestError
from ..records import Token
from ..wire import FORM, JSON, Dialect, Verdict
from .common import TokenCommand, common_options, find_endpoint, read_token, say, shown_time

__all__ = ["explain"]


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
            "explanation": explained(found, token, refusal),
            "answers": _answers(lambda dialect: dialect.error(refusal)),
        }
    inactive = found.settings.unknown_is_inactive
    return {
        "reason": introspection.reason.value,
        "explanation": explained(found, token, introspection),
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
