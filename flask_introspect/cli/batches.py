"""``flask introspect purge`` and ``flask introspect hash-tokens``"""

from __future__ import annotations

import sys

import click
from flask.cli import with_appcontext

from ..admin import AdminError, hashings, plain_only, purges, token_tables
from ..admin.batches import Batches
from ..endpoint import Endpoint
from .common import common_options, duration, find_endpoint, note, say

__all__ = ["hash_tokens", "purge"]

_batch_option = click.option(
    "--batch",
    type=click.IntRange(1, 10_000),
    default=500,
    show_default=True,
    help="How many rows one transaction takes.",
)


@click.command("purge")
@click.option(
    "--older-than",
    type=duration,
    required=True,
    help="For how long a token must have been dead, such as 30d.",
)
@click.option("--dry-run", is_flag=True, help="Only count.")
@_batch_option
@common_options
@with_appcontext
def purge(older_than: int, dry_run: bool, batch: int, endpoint: str | None, as_json: bool) -> None:
    """Delete tokens that expired or were revoked long ago.

    The work is done in small batches, while the server runs. A row stays as long as any token in it
    lives, and as long as another table needs it.
    """
    tables = [
        {
            "table": each.table,
            "rows": each.count() if dry_run else _run(each, f"Purging {each.table}", batch),
        }
        for each in purges(find_endpoint(endpoint)[1], older_than)
    ]
    verb = "would be deleted" if dry_run else "deleted"
    lines = [f"{each['table']}: {each['rows']} rows {verb}" for each in tables]
    say(as_json, {"dry_run": dry_run, "tables": tables}, lines)


@click.command("hash-tokens")
@_batch_option
@common_options
@with_appcontext
def hash_tokens(batch: int, endpoint: str | None, as_json: bool) -> None:
    """Replace tokens in plain text by their digests.

    The work is done in small batches, while the server runs. It can be broken off and run again at
    any time.
    """
    _, found = find_endpoint(endpoint)
    work = hashings(found)
    _report_without_digests(found, is_all=not work)
    columns = []
    for each in work:
        done = _run(each, f"Hashing {each.table}.{each.column}", batch)
        counts = {"hashed": done, "remaining": each.count()}
        columns.append({"table": each.table, "column": each.column, **counts})
    lines = [
        f"{each['table']}.{each['column']}: {each['hashed']} hashed, {each['remaining']} remaining"
        for each in columns
    ]
    nothing = "No token is mapped in plain text: there is nothing to do."
    say(as_json, {"columns": columns}, lines or nothing)


def _report_without_digests(endpoint: Endpoint, *, is_all: bool) -> None:
    """Name the plain-text columns that have no column for digests.

    :param is_all: whether there are no others.
    :raise AdminError: there are no others, so nothing can be done.
    """
    alone = ", ".join(
        f"{own.table.name} ({key.kind.value})"
        for own in token_tables(endpoint)
        for key in plain_only(own)
    )
    if not alone:
        return
    text = f"No column for digests: {alone}. Add one, and map it with sha256(...) before plain(...)"
    if is_all:
        raise AdminError(text)
    note(text)


def _run(work: Batches, label: str, batch: int) -> int:
    """Do long work, with a progress bar on standard error."""
    done = 0
    with click.progressbar(length=work.count(), label=label, file=sys.stderr, show_pos=True) as bar:
        for rows in work.run(batch):
            done += rows
            bar.update(rows)
    return done
