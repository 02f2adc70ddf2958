"""The tokens that this browser got from the page.

They are in the session's cookie, so only this browser has them. (A real client keeps its tokens on
its server.) Of all other tokens the page shows what a row says about them, never the token.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import session

from .demo import TOKEN
from .oauth import find_token

#: A cookie takes 4 kB: the oldest are forgotten before all together have more characters than this.
ROOM = 1000


class Held(NamedTuple):
    """A token, and the row that it stands in. A row may hold two: see ``kind``."""

    row: int
    kind: str
    text: str


def hold(answer: Mapping[str, Any]) -> None:
    """Keep what the token endpoint answered."""
    kinds = ("access_token", "refresh_token")
    new = [_found(kind, answer[kind]) for kind in kinds if kind in answer]
    held = [*new, *_read()]
    while sum(len(each.text) for each in held) > ROOM:
        held.pop()
    session["held"] = held


def held_tokens() -> dict[int, list[Held]]:
    """List them by row, with the seeded token, which is known to everybody."""
    by_row: dict[int, list[Held]] = {}
    for each in [*_read(), _found("access_token", TOKEN)]:
        by_row.setdefault(each.row, []).append(each)
    return by_row


def _read() -> list[Held]:
    return [Held(*each) for each in session.get("held", [])]


def _found(kind: str, text: str) -> Held:
    row = find_token(text)
    return Held(row.id if row else 0, kind, text)
