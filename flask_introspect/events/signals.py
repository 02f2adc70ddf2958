"""The signals, and how their receivers are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from blinker import Namespace

from .values import Event, TokenIntrospected

__all__ = ["have_receivers", "receivers_of", "request_refused", "token_introspected"]

_namespace = Namespace()

#: Sent after each answer about a token, with ``event``: a :class:`TokenIntrospected`.
token_introspected = _namespace.signal("token-introspected")

#: Sent after each refusal, with ``event``: a :class:`RequestRefused`.
request_refused = _namespace.signal("request-refused")


def have_receivers() -> bool:
    """Tell whether anybody receives anything."""
    return bool(token_introspected.receivers or request_refused.receivers)


def receivers_of(
    event: Event, sender: Any, as_sync: Callable[[Any], Any]
) -> Iterator[tuple[str, Callable[[], object]]]:
    """List the receivers of an event: each one's name, and a call that tells it.

    They are called one by one, not by ``Signal.send``: there, one that raises would keep the event
    from the others.

    :param sender: the Flask application.
    :param as_sync: makes an ordinary function from an ``async`` one.
    """
    signal = token_introspected if isinstance(event, TokenIntrospected) else request_refused
    if signal.receivers and not signal.is_muted:
        for receiver in signal.receivers_for(sender):
            yield _name(receiver), partial(_tell, receiver, sender, event, as_sync)


def _tell(
    receiver: Callable[..., object], sender: Any, event: Event, as_sync: Callable[[Any], Any]
) -> None:
    as_sync(receiver)(sender, event=event)


def _name(receiver: Any) -> str:
    name = getattr(receiver, "__qualname__", type(receiver).__qualname__)
    return f"receiver {getattr(receiver, '__module__', '?')}.{name}"
