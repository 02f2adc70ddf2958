"""What the parts of an endpoint can report."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

__all__ = ["Insides"]


class Insides(NamedTuple):
    """What the parts of an endpoint can report, when asked.

    :ivar hashes: how many slow hashes were run.
    :ivar remembered: how many verified secrets are remembered.
    :ivar kept: how many database connections are kept open between requests.
    """

    hashes: Callable[[], int]
    remembered: Callable[[], int]
    kept: Callable[[], int]
