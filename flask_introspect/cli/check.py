"""``flask introspect check``"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

import click
from flask.cli import ScriptInfo
from sqlalchemy.exc import SQLAlchemyError

from ..admin import database_problem
from ..admin.checks import Finding, Severity, check, error
from ..endpoint import Endpoint, endpoints_of
from ..errors import ConfigError
from .common import common_options, find_endpoint, say

__all__ = ["check_command"]

#: A finding, and the endpoint that it is about.
Found = tuple[str | None, Finding]


@click.command("check")
@click.option("--strict", is_flag=True, help="Warnings count as well.")
@common_options
@click.pass_context
def check_command(ctx: click.Context, strict: bool, endpoint: str | None, as_json: bool) -> None:
    """Say whether this deployment is sound. The exit status is 1 if it is not."""
    found = _findings(ctx, endpoint)
    bad = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    sound = not any(finding.severity in bad for _, finding in found)
    document = {
        "sound": sound,
        "findings": [{"endpoint": name, **asdict(finding)} for name, finding in found],
    }
    say(as_json, document, _lines(found, sound))
    ctx.exit(0 if sound else 1)


def _lines(found: Sequence[Found], sound: bool) -> Iterator[str]:
    for name, each in found:
        where = f"[{name}] " if name else ""
        yield f"{each.severity.value}: {where}{each.problem}\n    {each.remedy}."
    severities = [each.severity for _, each in found]
    counts = ", ".join(_counted(severities.count(each), each.value) for each in Severity)
    yield f"{'Sound' if sound else 'Not sound'}: {counts}."


def _counted(count: int, name: str) -> str:
    return f"{count} {name}" if count == 1 else f"{count} {name}s"


def _findings(ctx: click.Context, endpoint: str | None) -> list[Found]:
    """Check the named endpoint, or all of them.

    An application whose configuration cannot work does not even load; then that is the finding.
    """
    try:
        app = ctx.ensure_object(ScriptInfo).load_app()
    except ConfigError as problem:
        return [(None, error("config", f"{problem.key}: {problem.problem}", problem.remedy))]
    with app.app_context():
        endpoints = endpoints_of(app)
        names = [find_endpoint(endpoint)[0]] if endpoint or not endpoints else list(endpoints)
        return [(name, each) for name in names for each in _checked(endpoints[name])]


def _checked(endpoint: Endpoint) -> Iterator[Finding]:
    try:
        yield from check(endpoint)
    except SQLAlchemyError as problem:
        yield error("database", database_problem(problem), "Make the database answer")
