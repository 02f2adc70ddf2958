"""Something that may hang, in a thread of its own, so that nobody has to wait for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from typing import TypeVar

__all__ = ["begin"]

T = TypeVar("T")


def begin(work: Callable[[], T]) -> Future[T]:
    """Begin something, in the context of the caller.

    No executor: at its end, the interpreter would wait for an executor's threads.
    """
    future: Future[T] = Future()
    context = copy_context()

    def run() -> None:
        try:
            result = context.run(work)
        except BaseException as error:  # it is raised where it is awaited
            future.set_exception(error)
        else:
            future.set_result(result)

    threading.Thread(target=run, name="introspect-connect", daemon=True).start()
    return future
