"""Somebody who sends wrong secrets at a fixed rate, however slowly they are answered."""

from __future__ import annotations

import asyncio
import base64
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address

from .calls import FORM, encode
from .scene import PATH, token

#: How many requests may wait for their answer at once; beyond that, none are sent.
#: gunicorn takes 1,000 connections, and the healthy caller shall not be locked out by that.
MAX_WAITING = 800
FIRST_ADDRESS = IPv4Address("10.0.0.0")


@dataclass
class Attack:
    """What an attacker got.

    :ivar answers: how many of each status.
    :ivar held_back: how many were not sent, since too many were waiting.
    :ivar unanswered: how many were still waiting in the end, or lost their connection.
    """

    answers: Counter[int] = field(default_factory=Counter)
    held_back: int = 0
    unanswered: int = 0
    seconds: float = 0


@contextmanager
def attacking(port: int, rate: float, client_ids: Iterator[str]) -> Iterator[Attack]:
    """Attack a server on this machine, as long as the context lasts.

    :param rate: wrong secrets per second; with 0 nothing is sent.
    :return: filled in when the context ends.
    """
    attack, over = Attack(), threading.Event()
    work = _attack(attack, port, rate, client_ids, over)
    thread = threading.Thread(target=asyncio.run, args=(work,))
    started = time.perf_counter()
    thread.start()
    try:
        yield attack
    finally:
        over.set()
        thread.join()
        attack.seconds = time.perf_counter() - started


async def _attack(
    attack: Attack, port: int, rate: float, client_ids: Iterator[str], over: threading.Event
) -> None:
    waiting: set[asyncio.Task[None]] = set()
    loop = asyncio.get_running_loop()
    started, sent = loop.time(), 0
    while not over.is_set():
        due = int((loop.time() - started) * rate)
        for number in range(sent, due):
            if len(waiting) >= MAX_WAITING:
                attack.held_back += 1
                continue
            task = asyncio.create_task(_guess(attack, port, next(client_ids), number))
            waiting.add(task)
            task.add_done_callback(waiting.discard)
        sent = due
        await asyncio.sleep(0.005)
    attack.unanswered += len(waiting)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def _guess(attack: Attack, port: int, client_id: str, number: int) -> None:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(_request(client_id, number))
            status_line = await reader.readline()
        finally:
            writer.close()
    except OSError:
        status_line = b""
    if status_line:
        attack.answers[int(status_line.split()[1])] += 1
    else:
        attack.unanswered += 1


def _request(client_id: str, number: int) -> bytes:
    """Write a request with a secret and an address of its own."""
    body = encode(token(number))
    credentials = base64.b64encode(f"{client_id}:wrong-{number}".encode()).decode()
    head = (
        f"POST {PATH} HTTP/1.1",
        "Host: localhost",
        f"Authorization: Basic {credentials}",
        f"X-Forwarded-For: {FIRST_ADDRESS + number}",
        f"Content-Type: {FORM}",
        f"Content-Length: {len(body)}",
        "Connection: close",
    )
    return "\r\n".join((*head, "", "")).encode() + body
