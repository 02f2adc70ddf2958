"""Which rule a test checks: its source, and how strong it is."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

__all__ = ["Rule", "rule", "rule_of", "rules_of"]

F = TypeVar("F", bound=Callable[..., Any])

#: Where a test keeps its rule. No marker: it would have to be registered before the tests are
#: imported, and tests are selected by their names.
_ATTRIBUTE = "introspection_rule"


@dataclass(frozen=True)
class Rule:
    """A rule that a test holds an endpoint to.

    :ivar name: the name of the test.
    :ivar text: the rule, in words.
    :ivar source: ``"RFC 7662"``, say, or ``"wire"`` for the page of this documentation.
    :ivar section: the section, or the heading on the page.
    :ivar word: ``"MUST"``, ``"SHOULD"`` or ``"MAY"``, as an RFC has it; ``""`` for the others.
    :ivar once: whether it is checked in one dialect only, since it has nothing to do with dialects.
    """

    name: str
    text: str
    source: str
    section: str
    word: str
    once: bool

    @property
    def place(self) -> str:
        """The rule's source, in words."""
        if self.source.startswith("RFC"):
            return f"{self.source} section {self.section}"
        return f"docs/{self.source}.rst, {self.section!r}"


def rule(source: str, section: str, word: str = "MUST", *, once: bool = False) -> Callable[[F], F]:
    """Say which rule a test checks. Its docstring is the rule's text.

    :param source: see :class:`Rule`, as for the others.
    """

    def keep(test: F) -> F:
        text = " ".join(inspect.cleandoc(test.__doc__ or "").split())
        strength = word if source.startswith("RFC") else ""
        found = Rule(test.__name__, text, source, section, strength, once)
        setattr(test, _ATTRIBUTE, found)
        return test

    return keep


def rule_of(test: Any) -> Rule | None:
    """Return the rule that a test checks; ``None`` for any other function."""
    return getattr(test, _ATTRIBUTE, None)


def rules_of(suite: type) -> Iterator[Rule]:
    """List the rules of a class such as :class:`~flask_introspect.testing.Conformance`."""
    for base in suite.__mro__:
        for test in vars(base).values():
            found = rule_of(test)
            if found is not None:
                yield found
