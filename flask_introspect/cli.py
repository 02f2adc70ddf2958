"""``flask introspect ...``: the administrator's side of the endpoint. This module speaks; others do."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timezone
from typing import Any, TypeVar

import click
from flask import current_app
from flask.cli import AppGroup, ScriptInfo
from sqlalchemy.exc import SQLAlchemyError

from .blueprint import Endpoint, endpoints_of, introspect
from .checks import Finding, Severity, check
from .dialects import FORM, JSON
from .errors import ConfigError, IntrospectError, RequestError
from .maintenance import (
    ClientRows,
    Hashing,
    MaintenanceError,
    Purge,
    database_problem,
    hashings,
    issue_token,
    plain_only,
    purges,
    revoke_token,
    token_tables,
)
from .records import Client, Kind, Reason, Right, Token

__all__ = ["introspect_cli"]

F = TypeVar("F", bound=Callable[..., Any])

_NO_ARGUMENT = (
    "A token never stands on the command line, where the shell's history and other users see it. "
    "It is read from a prompt, or from standard input; see --help for the options"
)


# The shape of all commands


class _Command(click.Command):
    """A command that reads a token: whatever else stands on the command line could be one, so it is not repeated."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.UsageError:
            raise click.UsageError(_NO_ARGUMENT, ctx) from None


class _Group(AppGroup):
    """Turns what can go wrong into one line on standard error and the exit status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except IntrospectError as error:
            raise click.ClickException(str(error)) from None
        except SQLAlchemyError as error:
            raise click.ClickException(database_problem(error)) from None


_SECONDS: Mapping[str, int] = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def duration(text: str | int) -> int:
    """Seconds, written as ``90``, ``15m``, ``24h``, ``30d`` or ``2w``."""
    found = re.fullmatch(r"(\d{1,9})([smhdw]?)", str(text), re.ASCII)
    if found is None:
        raise click.BadParameter(f"{text!r} is no duration; write 90, 15m, 24h, 30d or 2w")
    return int(found[1]) * _SECONDS[found[2]]


def _common(command: F) -> F:
    """The options of every command."""
    command = click.option("--json", "as_json", is_flag=True, help="Write JSON, for a machine.")(command)
    return click.option(
        "--endpoint", metavar="NAME", help="The blueprint's name, where the application has several endpoints."
    )(command)


def _endpoint(name: str | None) -> tuple[str, Endpoint]:
    """The endpoint to work on.

    :raise MaintenanceError: there is none of that name, or it must be said which.
    """
    endpoints = endpoints_of(current_app)
    if not endpoints:
        raise MaintenanceError("No IntrospectBlueprint is registered on this application")
    if name is None and len(endpoints) == 1:
        name = next(iter(endpoints))
    if name not in endpoints:
        known = ", ".join(endpoints)
        problem = f"There is no endpoint {name!r}" if name is not None else "This application has several endpoints"
        raise MaintenanceError(f"{problem}. Say which with --endpoint: {known}")
    return name, endpoints[name]


def _say(as_json: bool, document: Mapping[str, Any], text: str | Iterable[str]) -> None:
    """Write the result: the document for a machine, or the text for a person."""
    if as_json:
        click.echo(json.dumps(document))
    else:
        click.echo(text if isinstance(text, str) else "\n".join(text))


def _note(text: str) -> None:
    """Say something beside the result."""
    click.echo(text, err=True)


def _read_token() -> str:
    """A token from a hidden prompt on a terminal, or from standard input, of which only the last line break is cut."""
    if sys.stdin.isatty():
        return str(click.prompt("Token", hide_input=True, err=True))
    # Bytes that are no UTF-8 become what no token can hold, rather than an error that would show them.
    text = sys.stdin.buffer.read().decode("utf-8", "surrogateescape")
    token = re.sub(r"\r?\n\Z", "", text)
    if not token:
        raise click.UsageError("There is no token on standard input")
    return token


def _time(epoch: float | None) -> str:
    if epoch is None:
        return "never"
    return datetime.fromtimestamp(epoch, timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[n]) for row in [head, *rows]) for n in range(len(head))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in [head, *rows]
    ]


introspect_cli = _Group("introspect", help="Look after the token introspection endpoint.")


# Clients


@introspect_cli.group("client", cls=_Group)
def client_cli() -> None:
    """Add, list, rotate and disable clients."""


@client_cli.command("add")
@click.argument("client_id")
@click.option("--public", is_flag=True, help="A client without a secret. It cannot use the endpoint.")
@click.option("--right", type=click.Choice([right.value for right in Right]), help="What it may see.")
@click.option("--resource", "resources", multiple=True, help="An audience it answers to; may be repeated.")
@click.option("--claim", "claims", multiple=True, help="The only claims that it is told; may be repeated.")
@click.option("--scope", "scopes", multiple=True, help="The only scopes that it is told; may be repeated.")
@_common
def add_client(
    client_id: str,
    public: bool,
    right: str | None,
    resources: tuple[str, ...],
    claims: tuple[str, ...],
    scopes: tuple[str, ...],
    endpoint: str | None,
    as_json: bool,
) -> None:
    """Add the client CLIENT_ID, with a generated secret that is shown this once."""
    secret = ClientRows(_endpoint(endpoint)[1]).add(
        client_id,
        public=public,
        right=Right(right) if right else None,
        resources=resources,
        visible_claims=claims,
        visible_scopes=scopes,
    )
    lines = [f"Client {client_id!r} is added."]
    if secret is not None:
        lines += [f"Its secret, which is shown this once: {secret}"]
    _say(as_json, {"client_id": client_id, "client_secret": secret}, lines)


@client_cli.command("list")
@_common
def list_clients(endpoint: str | None, as_json: bool) -> None:
    """List the clients; never their secrets."""
    _, found = _endpoint(endpoint)
    clients = [_client(each, found) for each in ClientRows(found).all()]
    head = ["CLIENT", "STATE", "RIGHT", "RESOURCES"]
    rows = [
        [
            each["client_id"],
            ("enabled" if each["enabled"] else "disabled") + (", public" if each["public"] else ""),
            each["right"] or "(default)",
            ", ".join(each["resources"]),
        ]
        for each in clients
    ]
    _say(as_json, {"clients": clients}, _table(head, rows))


def _client(client: Client, endpoint: Endpoint) -> dict[str, Any]:
    return {
        "client_id": client.client_id,
        "enabled": client.enabled,
        "public": client.public,
        "right": client.right.value if client.right else None,
        "resources": sorted(client.resources),
        "visible_claims": _sorted(client.visible_claims),
        "visible_scopes": _sorted(client.visible_scopes),
    }


def _sorted(names: frozenset[str] | None) -> list[str] | None:
    return None if names is None else sorted(names)


@client_cli.command("rotate")
@click.argument("client_id")
@click.option(
    "--keep", type=duration, default=0, help="How long the old secret stays good, such as 24h. Left out: it ends now."
)
@_common
def rotate_client(client_id: str, keep: int, endpoint: str | None, as_json: bool) -> None:
    """Give the client CLIENT_ID a new generated secret, which is shown this once."""
    rotation = ClientRows(_endpoint(endpoint)[1]).rotate(client_id, keep)
    old = "ended" if rotation.old_end is None else f"ends at {_time(rotation.old_end)}"
    _say(
        as_json,
        {"client_id": client_id, "client_secret": rotation.secret, "old_secret_ends": rotation.old_end},
        [f"Client {client_id!r} has a new secret, which is shown this once: {rotation.secret}", f"The old one {old}."],
    )


@client_cli.command("disable")
@click.argument("client_id")
@click.option("--undo", is_flag=True, help="Enable it again.")
@_common
def disable_client(client_id: str, undo: bool, endpoint: str | None, as_json: bool) -> None:
    """Disable the client CLIENT_ID: from the next request on it is refused, and its tokens are not active."""
    ClientRows(_endpoint(endpoint)[1]).set_enabled(client_id, undo)
    state = "enabled" if undo else "disabled"
    _say(as_json, {"client_id": client_id, "enabled": undo}, f"Client {client_id!r} is {state}.")


# Tokens


@introspect_cli.group("token", cls=_Group)
def token_cli() -> None:
    """Issue and revoke tokens."""


@token_cli.command("issue")
@click.argument("client_id")
@click.option("--refresh", is_flag=True, help="A refresh token.")
@click.option("--scope", help="Its scopes, separated by blanks.")
@click.option("--username", help="The user that it was issued for.")
@click.option("--sub", help="The subject, where it is not the user name.")
@click.option("--aud", "audiences", multiple=True, help="Its audience; may be repeated.")
@click.option("--expires-in", type=duration, default=3600, show_default="1h", help="How long it is good, such as 24h.")
@click.option("--never-expires", is_flag=True, help="It is good until it is revoked.")
@_common
def issue(
    client_id: str,
    refresh: bool,
    scope: str | None,
    username: str | None,
    sub: str | None,
    audiences: tuple[str, ...],
    expires_in: int,
    never_expires: bool,
    endpoint: str | None,
    as_json: bool,
) -> None:
    """Issue a token to the client CLIENT_ID; it is shown this once."""
    kind = Kind.REFRESH if refresh else Kind.ACCESS
    fields = {"scope": scope, "username": username, "sub": sub, "aud": list(audiences)}
    token, end = issue_token(
        _endpoint(endpoint)[1],
        client_id,
        kind,
        None if never_expires else expires_in,
        {name: value for name, value in fields.items() if value},
    )
    _say(
        as_json,
        {"token": token, "kind": kind.value, "client_id": client_id, "exp": end},
        [f"The token, which is shown this once: {token}", f"It ends: {_time(end)}"],
    )


@token_cli.command("revoke", cls=_Command)
@_common
def revoke(endpoint: str | None, as_json: bool) -> None:
    """Revoke a token, read from a hidden prompt or from standard input."""
    found = _endpoint(endpoint)[1]
    kinds = [kind.value for kind in revoke_token(found, _read_token())]
    _say(as_json, {"revoked": kinds}, f"Revoked: {', '.join(kind.replace('_', ' ') for kind in kinds)}.")


# Explaining


_EXPLANATIONS: Mapping[Reason, str] = {
    Reason.ACTIVE: "The token is good now.",
    Reason.UNKNOWN: "No table holds such a token.",
    Reason.MALFORMED: "It holds characters that no token can have, or nothing, so it is not looked for.",
    Reason.TOO_LONG: "It is longer than MAX_TOKEN_LENGTH, so it is not looked for.",
    Reason.NOT_FOR_CALLER: "There is such a token, but this caller may not know of it.",
    Reason.EXPIRED: "It has expired.",
    Reason.REVOKED: "It was revoked.",
    Reason.NOT_YET_VALID: "It is not valid yet.",
    Reason.CLIENT_DISABLED: "The client that it was issued to is disabled.",
    Reason.CLIENT_GONE: "The client that it was issued to does not exist.",
    Reason.UNREADABLE: "Its row holds something that cannot be read.",
}


@introspect_cli.command("explain", cls=_Command)
@click.option("--caller", metavar="ID", help="The client that asks. Left out: the host itself, which sees everything.")
@_common
def explain(caller: str | None, endpoint: str | None, as_json: bool) -> None:
    """Say why the endpoint answers as it does about a token, read from a hidden prompt or from standard input."""
    name, found = _endpoint(endpoint)
    token = _read_token()
    reading = found.store.reading(token)
    rows = [_facts(each) for each in reading.tokens()]
    document: dict[str, Any] = {"endpoint": name, "caller": caller}
    try:
        introspection = introspect(token, caller=caller, endpoint=name)
    except RequestError as error:
        document |= {
            "reason": error.error,
            "explanation": error.description,
            "answers": {each.content_type: _answer(each.error(error)) for each in (JSON, FORM)},
        }
    else:
        inactive = found.settings.unknown_is_inactive
        document |= {
            "reason": introspection.reason.value,
            "explanation": _EXPLANATIONS[introspection.reason],
            "answers": {
                each.content_type: _answer(each.answer(introspection, None, inactive)) for each in (JSON, FORM)
            },
        }
    document["rows"] = rows
    _say(as_json, document, _explanation(document))


def _answer(verdict: Any) -> dict[str, Any]:
    return {"status": verdict.status, "body": json.loads(verdict.body)}


def _facts(token: Token) -> dict[str, Any]:
    """What a token's row says, without the host's own claims."""
    facts = {name: value for name, value in token._asdict().items() if name != "claims" and value not in (None, ())}
    facts["kind"] = token.kind.value
    return facts


def _explanation(document: Mapping[str, Any]) -> list[str]:
    lines = [f"{document['reason']}: {document['explanation']}", ""]
    for content_type, answer in document["answers"].items():
        lines.append(f"{content_type}: {answer['status']} {json.dumps(answer['body'])}")
    for facts in document["rows"]:
        lines += ["", "The row of the token:"]
        for name, value in facts.items():
            shown = f"{value} ({_time(value)})" if name in ("iat", "exp", "nbf") else value
            lines.append(f"  {name}: {', '.join(shown) if isinstance(shown, tuple) else shown}")
    return lines


# Checking


@introspect_cli.command("check", with_appcontext=False)
@click.option("--strict", is_flag=True, help="Warnings count as well.")
@_common
@click.pass_context
def check_command(ctx: click.Context, strict: bool, endpoint: str | None, as_json: bool) -> None:
    """Say whether this deployment is sound; the exit status is 1 where it is not."""
    findings = _findings(ctx, endpoint)
    bad = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    sound = not any(each.severity in bad for _, each in findings)
    document = {"sound": sound, "findings": [{"endpoint": name, **asdict(each)} for name, each in findings]}
    lines = [
        f"{each.severity.value}: {f'[{name}] ' if name else ''}{each.problem}\n    {each.remedy}."
        for name, each in findings
    ]
    counts = ", ".join(
        f"{sum(each.severity is severity for _, each in findings)} {severity.value}" for severity in Severity
    )
    _say(as_json, document, [*lines, f"{'Sound' if sound else 'Not sound'}: {counts}."])
    ctx.exit(0 if sound else 1)


def _findings(ctx: click.Context, endpoint: str | None) -> list[tuple[str | None, Finding]]:
    """What is found at each endpoint. An application whose configuration cannot work does not even load."""
    try:
        app = ctx.ensure_object(ScriptInfo).load_app()
    except ConfigError as error:
        return [(None, Finding(Severity.ERROR, "config", f"{error.key}: {error.problem}", error.remedy))]
    with app.app_context():
        names = [_endpoint(endpoint)[0]] if endpoint or not endpoints_of(app) else list(endpoints_of(app))
        return [(name, each) for name in names for each in _checked(endpoints_of(app)[name])]


def _checked(endpoint: Endpoint) -> list[Finding]:
    found: list[Finding] = []
    try:
        for each in check(endpoint):
            found.append(each)
    except SQLAlchemyError as error:
        found.append(Finding(Severity.ERROR, "database", database_problem(error), "Make the database answer"))
    return found


# Long work


_batch = click.option("--batch", type=click.IntRange(1, 10_000), default=500, show_default=True, help="Rows at a time.")


@introspect_cli.command("purge")
@click.option("--older-than", type=duration, required=True, help="For how long a token must be dead, such as 30d.")
@click.option("--dry-run", is_flag=True, help="Only count.")
@_batch
@_common
def purge(older_than: int, dry_run: bool, batch: int, endpoint: str | None, as_json: bool) -> None:
    """Delete tokens that expired or were revoked long ago, in small batches, while the server runs.

    A row stays as long as any token in it lives, and as long as another table needs it.
    """
    tables = []
    for each in purges(_endpoint(endpoint)[1], older_than):
        rows = each.count() if dry_run else _work(each, f"Purging {each.table}", batch)
        tables.append({"table": each.table, "rows": rows})
    verb = "would be deleted" if dry_run else "deleted"
    _say(
        as_json,
        {"dry_run": dry_run, "tables": tables},
        [f"{each['table']}: {each['rows']} rows {verb}" for each in tables],
    )


@introspect_cli.command("hash-tokens")
@_batch
@_common
def hash_tokens(batch: int, endpoint: str | None, as_json: bool) -> None:
    """Replace tokens in plain text by their digests, in small batches, while the server runs.

    Can be broken off and run again at any time.
    """
    _, found = _endpoint(endpoint)
    work = hashings(found)
    alone = [f"{rows.table.name} ({key.kind.value})" for rows in token_tables(found) for key in plain_only(rows)]
    if alone:
        text = f"No column for digests: {', '.join(alone)}. Add one, and map it with sha256(...) before plain(...)"
        if not work:
            raise MaintenanceError(text)
        _note(text)
    columns = []
    for each in work:
        done = _work(each, f"Hashing {each.table}.{each.column}", batch)
        columns.append({"table": each.table, "column": each.column, "hashed": done, "remaining": each.count()})
    lines = [
        f"{each['table']}.{each['column']}: {each['hashed']} hashed, {each['remaining']} remaining" for each in columns
    ]
    _say(as_json, {"columns": columns}, lines or "No token is mapped in plain text: there is nothing to do.")


def _work(work: Purge | Hashing, label: str, batch: int) -> int:
    """Do long work with a progress bar on standard error."""
    done = 0
    with click.progressbar(length=work.count(), label=label, file=sys.stderr, show_pos=True) as bar:
        for rows in work.run(batch):
            done += rows
            bar.update(rows)
    return done
