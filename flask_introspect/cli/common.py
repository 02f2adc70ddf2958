"""What all commands share: errors, options, the prompt for a token, text and JSON."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, TypeVar

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.exc import SQLAlchemyError

from ..admin import AdminError, database_problem
from ..endpoint import Endpoint, endpoints_of
from ..errors import IntrospectError

__all__ = [
    "Group",
    "TokenCommand",
    "common_options",
    "duration",
    "find_endpoint",
    "hand_over",
    "note",
    "read_token",
    "say",
    "shown_table",
    "shown_time",
]

F = TypeVar("F", bound=Callable[..., Any])

_NO_ARGUMENT = (
    "A token never stands on the command line, where the shell's history and other users see it. "
    "It is read from a prompt, or from standard input; see --help for the options"
)

_SECONDS: Mapping[str, int] = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


class TokenCommand(click.Command):
    """A command that reads a token.

    Anything unexpected on its command line could be the token, so no error repeats it.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.UsageError:
            raise click.UsageError(_NO_ARGUMENT, ctx) from None


class Group(AppGroup):
    """Commands whose errors become one line on standard error and the exit status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except IntrospectError as error:
            raise click.ClickException(str(error)) from None
        except SQLAlchemyError as error:
            raise click.ClickException(database_problem(error)) from None


def common_options(command: F) -> F:
    """Add the options that every command has."""
    as_json = click.option("--json", "as_json", is_flag=True, help="Write JSON, for a machine.")
    endpoint = click.option(
        "--endpoint",
        metavar="NAME",
        help="The blueprint's name, where the application has several endpoints.",
    )
    return endpoint(as_json(command))


def duration(text: str | int) -> int:
    """Read seconds, written as ``90``, ``15m``, ``24h``, ``30d`` or ``2w``."""
    found = re.fullmatch(r"(\d{1,9})([smhdw]?)", str(text), re.ASCII)
    if found is None:
        raise click.BadParameter(f"{text!r} is no duration; write 90, 15m, 24h, 30d or 2w")
    return int(found[1]) * _SECONDS[found[2]]


def find_endpoint(name: str | None) -> tuple[str, Endpoint]:
    """Find the endpoint to work on, and its name.

    :param name: what ``--endpoint`` says.
    :raise AdminError: there is none of that name, or there are several and none was named.
    """
    endpoints = endpoints_of(current_app)
    if not endpoints:
        raise AdminError("No IntrospectBlueprint is registered on this application")
    if name is None and len(endpoints) == 1:
        name = next(iter(endpoints))
    if name not in endpoints:
        problem = "This application has several endpoints"
        if name is not None:
            problem = f"There is no endpoint {name!r}"
        raise AdminError(f"{problem}. Say which with --endpoint: {', '.join(endpoints)}")
    return name, endpoints[name]


def read_token() -> str:
    """Read a token from a hidden prompt, or from standard input if that is no terminal.

    Only the last line break is cut off.
    """
    if sys.stdin.isatty():
        return str(click.prompt("Token", hide_input=True, err=True))
    # Bytes that are not UTF-8 become characters that no token has. An error would show them.
    text = sys.stdin.buffer.read().decode("utf-8", "surrogateescape")
    token = re.sub(r"\r?\n\Z", "", text)
    if not token:
        raise click.UsageError("There is no token on standard input")
    return token


def say(as_json: bool, document: Mapping[str, Any], text: str | Iterable[str]) -> None:
    """Write the result to standard output: JSON for a machine, or text for a person."""
    if as_json:
        click.echo(json.dumps(document))
    else:
        click.echo(text if isinstance(text, str) else "\n".join(text))


def hand_over(as_json: bool, document: Mapping[str, Any], value: str, notes: Iterable[str]) -> None:
    """Write a value that is shown only now: it alone goes to standard output.

    So ``T=$(flask introspect token issue ...)`` takes the value; messages go to standard error.
    """
    if as_json:
        click.echo(json.dumps(document))
        return
    for each in notes:
        note(each)
    click.echo(value)


def note(text: str) -> None:
    """Write something that is not the result to standard error."""
    click.echo(text, err=True)


def shown_time(epoch: float | None) -> str:
    """Write a time for a person."""
    if epoch is None:
        return "never"
    return datetime.fromtimestamp(epoch, timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")


def shown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Write rows as lines with aligned columns."""
    lines = [head, *rows]
    widths = [max(len(line[n]) for line in lines) for n in range(len(head))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
