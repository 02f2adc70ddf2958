"""Something that may hang, in a separate thread, so that nobody has to wait forever."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from typing import TypeVar

__all__ = ["begin"]

T = TypeVar("T")


def begin(work: Callable[[], T]) -> Future[T]:
    """Begin something, in the caller's context.

    No executor: the interpreter, on exit, would wait for its threads.
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
