"""What only the whole application shows: unread keys, and taken URLs."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from flask import current_app
from werkzeug.routing import Rule

from ...endpoint import Endpoint, endpoints_of
from .findings import Finding, error, warning

__all__ = ["application"]


def application(endpoint: Endpoint) -> Iterator[Finding]:
    """Judge what else is in an endpoint's application."""
    yield from _unknown_keys(endpoint)
    yield from _taken_url(endpoint)


def _unknown_keys(endpoint: Endpoint) -> Iterator[Finding]:
    """Find the keys that look like the endpoint's, and which nothing reads."""
    prefix, known = endpoint.prefix, endpoint.settings.known_keys
    # Another endpoint's prefix may begin like this one's.
    longer = tuple(
        each.prefix
        for each in endpoints_of(current_app).values()
        if each.prefix != prefix and each.prefix.startswith(prefix)
    )
    keys = (key for key in current_app.config if isinstance(key, str) and key.startswith(prefix))
    for key in sorted(keys):
        name = key.removeprefix(prefix)
        if name in known or (longer and key.startswith(longer)):
            continue
        close = get_close_matches(name, known, 1)
        meant = f"Did you mean {prefix}{close[0]}? Else take it out" if close else "Take it out"
        yield warning("unknown_key", f"There is no key {key}: it is ignored", meant)


def _taken_url(endpoint: Endpoint) -> Iterator[Finding]:
    """Find a view that was there before the endpoint, under its URL."""
    name = next(name for name, each in endpoints_of(current_app).items() if each is endpoint)
    rules = [rule for rule in current_app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    for own in (rule for rule in rules if rule.endpoint == f"{name}.introspect"):
        first = next(rule for rule in rules if _url(rule) == _url(own))
        if first is not own:
            yield error(
                "url_taken",
                f"POST {own.rule} is answered by {first.endpoint!r}, which was registered before: "
                "this endpoint never answers",
                "Give one of the two another url_prefix",
            )


def _url(rule: Rule) -> tuple[str | None, str | None, str]:
    return rule.host, rule.subdomain, rule.rule
