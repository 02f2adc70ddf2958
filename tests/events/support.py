"""What the tests of events share."""

from __future__ import annotations

from typing import Any


class Received(list[Any]):
    """The events that came, in their order."""

    def only(self) -> Any:
        """The one that came; forgotten then."""
        (event,) = self
        self.clear()
        return event
